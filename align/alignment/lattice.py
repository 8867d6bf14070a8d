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
    cell. `skips` holds the scores of leaving out a source (n,) and a target sentence (m,).
    """

    def __init__(self, band: Band, scores: dict[Shape, Floats], skips: tuple[Floats, Floats]) -> None:
        self.band = band
        self.shapes = list(scores)
        self._scores = scores
        self._skips = skips
        self._margin = max(max(shape) for shape in self.shapes) + 1
        self._inserted = np.concatenate([[0.0], np.cumsum(skips[1], dtype=np.float64)])
        self._valid = (band.across >= 0) & (band.across <= band.columns)
        self._across = np.clip(band.across, 0, band.columns)

    def _empty(self) -> Doubles:
        return np.full((self.band.rows + 1, self.band.width + 2 * self._margin), NOTHING)

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
        band, margin = self.band, self._margin
        best = self._empty()
        choice = np.zeros((band.rows + 1, band.width), np.int8)  # 0: target left out; 1: source; 2..: shapes
        for i in range(band.rows + 1):
            row = np.full(band.width, NOTHING)
            if i == 0:
                row[-min(int(band.low[0]), 0)] = 0.0
            else:
                row = self._slice(best, i - 1, i, 0) + float(self._skips[0][i - 1])
                choice[i] = 1
                for number, (a, b) in enumerate(self.shapes, start=2):
                    if a > i:
                        continue
                    candidate = self._slice(best, i - a, i, -b) + self._scores[a, b][i]
                    better = candidate > row
                    row[better] = candidate[better]
                    choice[i][better] = number
            inserted = self._inserted[self._across[i]]
            along = np.where(self._valid[i], row, NOTHING) - inserted
            highest = np.maximum.accumulate(along)
            choice[i][highest > along] = 0
            best[i, margin : margin + band.width] = np.where(self._valid[i], highest + inserted, NOTHING)
        return self._trace(choice)

    def _trace(self, choice: NDArray[np.int8]) -> list[Step]:
        i, j = self.band.rows, self.band.columns
        path = []
        while i or j:
            k = j - int(self.band.low[i])
            number = int(choice[i, k]) if 0 <= k < self.band.width else 1
            number = 0 if not i else 1 if not j else number
            a, b = (0, 1) if number == 0 else (1, 0) if number == 1 else self.shapes[number - 2]
            a, b = min(a, i), min(b, j)
            path.append((i, j, a, b))
            i, j = i - a, j - b
        return path[::-1]

    def probabilities(self) -> tuple[dict[Shape, Floats], tuple[Floats, Floats], float]:
        """Return each bead's probability, those of leaving a sentence out, and the log of the total.

        A path's probability is proportional to the exponential of its score (a conditional random
        field); shapes are those of `scores` and `skips`.
        """
        band, margin, width = self.band, self._margin, self.band.width
        forward, backward = self._empty(), self._empty()
        for i in range(band.rows + 1):
            if i == 0:
                row = np.full(width, NOTHING)
                row[-min(int(band.low[0]), 0)] = 0.0
            else:
                moves = [self._slice(forward, i - 1, i, 0) + float(self._skips[0][i - 1])]
                moves += [self._slice(forward, i - a, i, -b) + self._scores[a, b][i] for a, b in self.shapes if a <= i]
                row = np.logaddexp.reduce(np.array(moves), axis=0)
            inserted = self._inserted[self._across[i]]
            along = np.where(self._valid[i], row, NOTHING) - inserted
            total = np.logaddexp.accumulate(along) + inserted
            forward[i, margin : margin + width] = np.where(self._valid[i], np.maximum(total, NOTHING), NOTHING)
        spread: dict[Shape, Doubles] = {
            shape: np.pad(values.astype(np.float64), ((0, 0), (margin, margin)))
            for shape, values in self._scores.items()
        }
        for i in range(band.rows, -1, -1):
            if i == band.rows:
                row = np.full(width, NOTHING)
                row[min(band.columns - int(band.low[i]), width - 1)] = 0.0
            else:
                moves = [self._slice(backward, i + 1, i, 0) + float(self._skips[0][i])]
                moves += [
                    self._slice(backward, i + a, i, b) + self._slice(spread[a, b], i + a, i, b)
                    for a, b in self.shapes
                    if i + a <= band.rows
                ]
                row = np.logaddexp.reduce(np.array(moves), axis=0)
            inserted = self._inserted[self._across[i]]
            along = (np.where(self._valid[i], row, NOTHING) + inserted)[::-1]
            total = np.logaddexp.accumulate(along)[::-1] - inserted
            backward[i, margin : margin + width] = np.where(self._valid[i], np.maximum(total, NOTHING), NOTHING)
        whole = float(backward[0, margin - min(int(band.low[0]), 0)])
        return *self._marginals(forward, backward, whole), whole

    def _marginals(
        self, forward: Doubles, backward: Doubles, whole: float
    ) -> tuple[dict[Shape, Floats], tuple[Floats, Floats]]:
        band, margin, width = self.band, self._margin, self.band.width
        after = backward[:, margin : margin + width]
        found = {}
        for a, b in self.shapes:
            before = np.full_like(after, NOTHING)
            for i in range(a, band.rows + 1):
                before[i] = self._slice(forward, i - a, i, -b)
            found[a, b] = np.exp(np.minimum(before + self._scores[a, b] + after - whole, 0)).astype(np.float32)
        left = np.zeros(band.rows, np.float32)
        for i in range(1, band.rows + 1):
            sums = self._slice(forward, i - 1, i, 0) + float(self._skips[0][i - 1]) + after[i] - whole
            left[i - 1] = min(1.0, float(np.exp(np.minimum(sums, 0)).sum()))
        here = forward[:, margin : margin + width]
        gaps = here[:, :-1] + after[:, 1:] - whole
        places = self._across[:, 1:]
        skipped = np.exp(np.minimum(gaps + np.append(self._skips[1], 0)[places - 1], 0))
        skipped[~(self._valid[:, 1:] & self._valid[:, :-1])] = 0
        right = np.bincount(places.ravel() - 1, skipped.ravel(), band.columns)[: band.columns]
        return found, (left, np.minimum(right, 1).astype(np.float32))
