"""Dynamic programming over beads in a band around a path: best sequence and probabilities.

Everything is vectorised along a row of the band, so the cost is one step of Python for each source
sentence and bead shape. Leaving out target sentences runs along a row and is a running maximum (or
sum) of the row.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
Ints = NDArray[np.int64]
Shape = tuple[int, int]
Step = tuple[int, int, int, int]

NOTHING = -1e9


class Band:
    """Cells (i, j) near a path: row i holds j = low[i] .. low[i] + width - 1, of 0..m.

    Rows and columns count gaps between sentences: cell (i, j) stands after i source and j target
    sentences, and pair (i, j) of a per-sentence array is sentences i - 1 and j - 1.
    """

    def __init__(self, low: Ints, width: int, columns: int) -> None:
        self.low = low
        self.width = width
        self.columns = columns
        self.rows = len(low) - 1
        self.across: Ints = low[:, None] + np.arange(width)
        self.inside = (self.across >= 1) & (self.across <= columns)
        self.inside[0] = False

    def pairs(self, left: Floats, right: Floats) -> Floats:
        """Dot products of the rows of `left` (n, d) and `right` (m, d) in the band, shape (n + 1, width)."""
        found = np.zeros((self.rows + 1, self.width), np.float32)
        step = 128
        for start in range(1, self.rows + 1, step):
            stop = min(start + step, self.rows + 1)
            first = max(int(self.low[start]) - 1, 0)
            last = min(int(self.low[stop - 1]) + self.width - 1, self.columns)
            if first >= last:
                continue
            block = left[start - 1 : stop - 1] @ right[first:last].T
            places = np.clip(self.across[start:stop] - 1 - first, 0, last - first - 1)
            found[start:stop] = np.take_along_axis(block, places, axis=1)
        found[~self.inside] = 0
        return found

    def moved(self, cells: Floats, down: int, right: int) -> Floats:
        """For every cell (i, j) the value of the cell (i - down, j - right); 0 where that is outside."""
        rows = np.arange(self.rows + 1) - down
        seen = (rows >= 0) & (rows <= self.rows)
        rows = np.clip(rows, 0, self.rows)
        found = cells[rows]
        shift = self.low - self.low[rows] - right
        if not shift.any():
            pass
        elif (shift == shift[0]).all():
            step = int(shift[0])
            turned = np.zeros_like(found)
            if step < 0:
                turned[:, -step:] = found[:, :step]
            else:
                turned[:, :-step] = found[:, step:]
            found = turned
        else:
            places = np.arange(self.width) + shift[:, None]
            inside = (places >= 0) & (places < self.width)
            found = np.take_along_axis(found, np.clip(places, 0, self.width - 1), axis=1)
            found[~inside] = 0
        found[~seen] = 0
        return found

    def columns_of(self, values: Floats) -> Floats:
        """Spread values of the gaps 0..m over the band."""
        return np.asarray(values[np.clip(self.across, 0, self.columns)], np.float32)


def box_sums(band: Band, cells: Floats, wanted: Sequence[Shape]) -> dict[Shape, Floats]:
    """Sums over the last a rows and b columns at every cell, for every shape."""
    deepest = max(a for a, _ in wanted)
    widest = max(b for _, b in wanted)
    running = np.zeros((len(cells), band.width + 1), np.float64)
    np.cumsum(cells, axis=1, out=running[:, 1:])
    results: dict[Shape, Floats] = {}
    for b in range(1, widest + 1):
        flat = running[:, 1:].copy()
        flat[:, b - 1 :] -= running[:, : max(band.width - b + 1, 0)]
        line = flat.astype(np.float32)
        total = line
        for a in range(1, deepest + 1):
            if a > 1:
                total = line + band.moved(total, 1, 0)
            if (a, b) in wanted:
                results[a, b] = total
            if not any(shape[1] == b and shape[0] > a for shape in wanted):
                break
    return results


class Lattice:
    """The beads of a band with their scores.

    `scores` holds for each shape (a, b) an array (n + 1, width): the score of the bead that ends at a
    cell. `skips` holds the scores of leaving out a source (n,) and a target sentence (m,). `opening` is the
    score of each run of sentences left out, whatever its length and side.
    """

    def __init__(
        self, band: Band, scores: dict[Shape, Floats], skips: tuple[Floats, Floats], opening: float = 0.0
    ) -> None:
        self.band = band
        self.shapes = list(scores)
        self._scores = scores
        self._skips = skips
        self._opening = float(opening)
        self._margin = max(max(shape) for shape in self.shapes) + 1
        self._inserted = np.concatenate([[0.0], np.cumsum(skips[1], dtype=np.float64)])
        self._valid = (band.across >= 0) & (band.across <= band.columns)
        self._across = np.clip(band.across, 0, band.columns)

    def _empty(self) -> Doubles:
        return np.full((self.band.rows + 1, self.band.width + 2 * self._margin), NOTHING)

    def _start(self) -> Doubles:
        row = np.full(self.band.width, NOTHING)
        row[-min(int(self.band.low[0]), 0)] = 0.0
        return row

    def _slice(self, cells: Doubles, row: int, here: int, shift: int) -> Doubles:
        """Cells of `row` below those of row `here`, moved by `shift` columns, shape (width,)."""
        start = int(self._margin + self.band.low[here] - self.band.low[row] + shift)
        width = self.band.width
        if start >= cells.shape[1] or start + width <= 0:
            return np.full(width, NOTHING)
        part = cells[row, max(start, 0) : start + width]
        if len(part) == width:
            return part
        before = max(-start, 0)
        return np.pad(part, (before, width - before - len(part)), constant_values=NOTHING)

    def best(self) -> list[Step]:
        """Return the best path: (i, j, a, b) for the bead (a, b) that ends at gap (i, j), in order.

        A sentence that is left out is a bead (1, 0) or (0, 1).
        """
        band, inner = self.band, slice(self._margin, self._margin + self.band.width)
        # The best score of a path that ends with a bead, with a sentence left out, and of either.
        linked, skipped, either = self._empty(), self._empty(), self._empty()
        choice = np.zeros((band.rows + 1, band.width), np.int8)  # the last bead's shape
        upward = np.zeros((band.rows + 1, band.width), bool)  # whether the last sentence left out is the source's
        for i in range(band.rows + 1):
            row = self._start() if i == 0 else np.full(band.width, NOTHING)
            above = np.full(band.width, NOTHING)
            if i:
                above = np.maximum(self._slice(skipped, i - 1, i, 0), self._slice(linked, i - 1, i, 0) + self._opening)
                above = above + float(self._skips[0][i - 1])
            for number, (a, b) in enumerate(self.shapes):
                if a > i:
                    continue
                candidate = self._slice(either, i - a, i, -b) + self._scores[a, b][i]
                better = candidate > row
                row[better] = candidate[better]
                choice[i][better] = number
            row = np.where(self._valid[i], row, NOTHING)
            inserted = self._inserted[self._across[i]]
            downward = np.where(self._valid[i], above, NOTHING) - inserted
            along = downward.copy()
            along[1:] = np.maximum(along[1:], row[:-1] + self._opening - inserted[:-1])
            highest = np.maximum.accumulate(along)
            upward[i] = downward >= highest
            linked[i, inner] = row
            skipped[i, inner] = np.where(self._valid[i], highest + inserted, NOTHING)
            either[i, inner] = np.maximum(linked[i, inner], skipped[i, inner])
        return self._trace(linked, skipped, choice, upward)

    def _trace(
        self, linked: Doubles, skipped: Doubles, choice: NDArray[np.int8], upward: NDArray[np.bool_]
    ) -> list[Step]:
        def at(cells: Doubles, i: int, j: int) -> float:
            place = self._margin + j - int(self.band.low[i])
            return float(cells[i, place]) if 0 <= place < cells.shape[1] else NOTHING

        i, j = self.band.rows, self.band.columns
        leaving = at(skipped, i, j) > at(linked, i, j)
        path = []
        while i or j:
            k = j - int(self.band.low[i])
            inside = 0 <= k < self.band.width
            if not leaving and inside and i and j:
                a, b = self.shapes[int(choice[i, k])]
                a, b = min(a, i), min(b, j)
                path.append((i, j, a, b))
                i, j = i - a, j - b
                leaving = at(skipped, i, j) > at(linked, i, j)
                continue
            a, b = (1, 0) if i and (not j or not inside or upward[i, k]) else (0, 1)
            path.append((i, j, a, b))
            i, j = i - a, j - b
            leaving = at(skipped, i, j) >= at(linked, i, j) + self._opening
        return path[::-1]

    def probabilities(self) -> tuple[dict[Shape, Floats], tuple[Floats, Floats], float, float]:
        """Each bead's probability, those of leaving a sentence out, how many runs are left out, the log of the total.

        A path's probability is proportional to the exponential of its score (a conditional random
        field); shapes are those of `scores` and `skips`; the number of runs is the expected one.
        """
        band, width = self.band, self.band.width
        inner = slice(self._margin, self._margin + width)
        linked, skipped, either = self._empty(), self._empty(), self._empty()
        for i in range(band.rows + 1):
            moves = [self._slice(either, i - a, i, -b) + self._scores[a, b][i] for a, b in self.shapes if a <= i]
            row = self._start() if i == 0 else np.logaddexp.reduce(np.array([*moves, np.full(width, NOTHING)]), axis=0)
            row = np.where(self._valid[i], np.maximum(row, NOTHING), NOTHING)
            inserted = self._inserted[self._across[i]]
            along = np.where(self._valid[i], self._above(linked, skipped, i), NOTHING) - inserted
            along[1:] = np.logaddexp(along[1:], row[:-1] + self._opening - inserted[:-1])
            total = np.logaddexp.accumulate(along) + inserted
            linked[i, inner] = row
            skipped[i, inner] = np.where(self._valid[i], np.maximum(total, NOTHING), NOTHING)
            either[i, inner] = np.logaddexp(linked[i, inner], skipped[i, inner])
        after_bead, after_skip = self._backward()
        whole = float(after_bead[0, self._margin - min(int(band.low[0]), 0)])
        chances = {}
        for a, b in self.shapes:
            before = np.full((band.rows + 1, width), NOTHING)
            for i in range(a, band.rows + 1):
                before[i] = self._slice(either, i - a, i, -b)
            sums = before + self._scores[a, b] + after_bead[:, inner] - whole
            chances[a, b] = np.exp(np.minimum(sums, 0)).astype(np.float32)
        return chances, *self._left_out(linked, skipped, after_skip, whole), whole

    def _above(self, linked: Doubles, skipped: Doubles, i: int) -> Doubles:
        """The log of all paths to row i whose last step leaves out source sentence i - 1."""
        if i == 0:
            return np.full(self.band.width, NOTHING)
        before = np.logaddexp(self._slice(skipped, i - 1, i, 0), self._slice(linked, i - 1, i, 0) + self._opening)
        return np.asarray(before + float(self._skips[0][i - 1]), np.float64)

    def _backward(self) -> tuple[Doubles, Doubles]:
        """The log of all paths from a cell to the end, after a bead and after a sentence left out."""
        band, width = self.band, self.band.width
        inner = slice(self._margin, self._margin + width)
        after_bead, after_skip = self._empty(), self._empty()
        spread: dict[Shape, Doubles] = {
            shape: np.pad(values.astype(np.float64), ((0, 0), (self._margin, self._margin)))
            for shape, values in self._scores.items()
        }
        for i in range(band.rows, -1, -1):
            beads = np.full(width, NOTHING)
            down = np.full(width, NOTHING)
            if i == band.rows:
                beads[min(band.columns - int(band.low[i]), width - 1)] = 0.0  # the end
            else:
                moves = [
                    self._slice(after_bead, i + a, i, b) + self._slice(spread[a, b], i + a, i, b)
                    for a, b in self.shapes
                    if i + a <= band.rows
                ]
                beads = np.logaddexp.reduce(np.array([*moves, beads]), axis=0)
                down = self._slice(after_skip, i + 1, i, 0) + float(self._skips[0][i])
            inserted = self._inserted[self._across[i]]
            along = (np.where(self._valid[i], np.logaddexp(beads, down), NOTHING) + inserted)[::-1]
            total = np.logaddexp.accumulate(along)[::-1] - inserted
            leaving = down.copy()
            leaving[:-1] = np.logaddexp(leaving[:-1], total[1:] + inserted[1:] - inserted[:-1])
            after_skip[i, inner] = np.where(self._valid[i], np.maximum(total, NOTHING), NOTHING)
            opened = np.logaddexp(beads, leaving + self._opening)
            after_bead[i, inner] = np.where(self._valid[i], np.maximum(opened, NOTHING), NOTHING)
        return after_bead, after_skip

    def _left_out(
        self, linked: Doubles, skipped: Doubles, after_skip: Doubles, whole: float
    ) -> tuple[tuple[Floats, Floats], float]:
        band, width = self.band, self.band.width
        inner = slice(self._margin, self._margin + width)
        after = after_skip[:, inner]
        left = np.zeros(band.rows, np.float32)
        runs = 0.0
        for i in range(1, band.rows + 1):
            sums = self._above(linked, skipped, i) + after[i] - whole
            left[i - 1] = min(1.0, float(np.exp(np.minimum(sums, 0)).sum()))
            opened = self._slice(linked, i - 1, i, 0) + self._opening + float(self._skips[0][i - 1]) + after[i] - whole
            runs += float(np.exp(np.minimum(opened, 0)).sum())
        places = self._across[:, 1:]
        step = np.append(self._skips[1], 0)[places - 1] + after[:, 1:] - whole
        fresh = linked[:, inner][:, :-1] + self._opening + step
        every = np.logaddexp(skipped[:, inner][:, :-1] + step, fresh)
        allowed = self._valid[:, 1:] & self._valid[:, :-1]
        runs += float(np.where(allowed, np.exp(np.minimum(fresh, 0)), 0).sum())
        chance = np.where(allowed, np.exp(np.minimum(every, 0)), 0)
        right = np.bincount(places.ravel() - 1, chance.ravel(), band.columns)[: band.columns]
        return (left, np.minimum(right, 1).astype(np.float32)), runs
