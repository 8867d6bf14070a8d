"""Sentence alignment: many-to-many beads, insertions and deletions, between two texts of any length.

Sentence vectors are sums over tokens, so a window of sentences is the sum of its sentences and costs
nothing to embed, where Vecalign (Thompson and Koehn 2019, doi 10.18653/v1/D19-1136) and Bertalign (Liu
and Zhu 2022, doi 10.1093/llc/fqac089) encode every window. As Bertalign does, a first pass finds
anchors among nearest neighbours, and a second searches a band around them for the best sequence of
beads; short texts are searched whole. A bead is scored by

- similarity of the two windows, less what both have with any other text (a margin, as in both papers);
- mass: the share of its sentences' soft matches (softmax over rows and columns) that falls into it;
- the same two for what texts share on the surface (numbers, names, signs; `surface`), and, where a
  back-translation of the source exists, for its vectors and words against the target;
- length: the ratio of the windows' (as a logarithm) and Gale and Church's (1993) squared deviation;
- whether both windows end with the same kind of sign (full stop, question mark, colon);

with the weights in `weights.json`. Where that leaves a choice open, and only there, the windows in
question are encoded as a whole (a few hundred in a document of a thousand sentences) and the search is
repeated with their vectors. What monotone search leaves over is searched again for text that changed its
place; links of stretches that are no translations of each other are taken away. Time and memory grow with
length (times the width of the band).
"""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from align.alignment import surface
from align.alignment.lattice import Band, Floats, Ints, Lattice, Shape, box_sums
from align.engines.protocols import Embedder
from align.engines.remembered import embed_sums

_EXACT_CELLS = 300_000  # texts with no more sentence pairs than this are searched whole
_NEIGHBOURS = 4  # nearest neighbours that may be anchors
_REACH = 20_000  # how far from the diagonal neighbours are sought
_SLACK = 12  # sentences around an anchor path that are searched
_WIDEST = 400  # widest band
_DOUBT = 0.01  # beads with a probability between this and 1 less this are looked at again
_ALIKE = 0.7  # of the usual similarity: what moved text must reach
_GAIN = 0.02  # in similarity: what joining a sentence that stands apart must bring
_APART = 3  # sentences that may stand in between
_NEAR = 8  # linked beads on either side by which a bead is judged
_SUPPORT = 0.5  # what beads of translations have; beads with less lose score
_UNRELATED = 0.25  # beads with less than this are no beads
_FAINT = 0.05  # nor are those that keep a score below this
_MOST_MOVED = 1_000_000  # pairs of sentences left over that are still compared

FEATURES = ("similarity", "mass", "least", "weakest", "margin", "surface", "surface_mass", "bridge", "bridge_mass",
            "bridge_least", "bridge_weakest", "words", "words_mass", "length", "deviation", "fit", "ends")  # fmt: skip
"""Names of a bead's features; `weights.json` has two numbers for each: one that counts for each sentence
of the bead (half on each side), one that counts once a bead."""
SHAPE = ("one", "more", "both", "square")
"""A bead is 1-1; sentences beyond 1-1; sentences beyond 1 on the smaller side; (a - 1)(b - 1)."""
SKIP = ("skip", "skip_best", "run")
"""Leaving a sentence out; the same, times how well it matches its best partner; each run of sentences left out."""


@dataclass(frozen=True, slots=True)
class Bead:
    """Source texts `source` say what target texts `target` say; either may be empty. `score` is a
    similarity from 0 to 1, 0 for an empty side."""

    source: tuple[int, ...]
    target: tuple[int, ...]
    score: float


@lru_cache(maxsize=1)
def default_weights() -> dict[str, dict[str, list[float]]]:
    """The fitted weights: `plain`, and `bridge` for when a back-translation is given."""
    data = json.loads(files("align.alignment").joinpath("weights.json").read_text(encoding="utf-8"))
    return {name: data[name] for name in ("plain", "bridge")}


def align_texts(
    source: Sequence[str],
    target: Sequence[str],
    source_language: str,
    target_language: str,
    embedder: Embedder,
    max_sentences: int = 5,
    bridge: Sequence[str] | None = None,
    *,
    refine: bool = True,
) -> list[Bead]:
    """Align two texts given as sentences; every index of both sides is in exactly one bead.

    A bead holds at most `max_sentences` sentences, both sides together (2 allows 1-1 only). `bridge`
    holds a translation of each source sentence into the target language, "" where there is none.
    The embedder's `embed_sums(texts, language)` is used where it has one. `refine` encodes windows whose
    bead is in doubt (texts joined by a blank); without it only the sentences are encoded. Beads come in source order,
    those without a source side where their target stands.
    """
    if bridge is not None and len(bridge) != len(source):
        raise ValueError(f"bridge: found {len(bridge)} texts, expected one for each of {len(source)} in source")
    if not source or not target:
        return [Bead((i,), (), 0.0) for i in range(len(source))] + [Bead((), (j,), 0.0) for j in range(len(target))]
    views = prepare(source, target, source_language, target_language, embedder, bridge)
    weights = default_weights()["plain" if bridge is None else "bridge"]
    return align_views(views, weights, max_sentences, refine=refine)


@dataclass(frozen=True, slots=True)
class View:
    """One kind of evidence: sums for each sentence of both sides, shapes (n, d) and (m, d)."""

    name: str
    source: Floats
    target: Floats
    sharpness: float


class Windows:
    """Encodes windows of one text as a whole, centred like its sentences."""

    def __init__(self, embedder: Embedder, texts: Sequence[str], language: str) -> None:
        self._embedder = embedder
        self._texts = texts
        self._language = language
        self.sums, self.counts = embed_sums(embedder, texts, language)
        total = max(float(self.counts.sum()), 1.0)
        self._mean = self.sums.sum(axis=0) / total * (len(texts) / (len(texts) + 4.0))

    @property
    def sentences(self) -> Floats:
        """Token sums less what all the text's tokens share (its language, its subject); less of that in short texts."""
        return self._centred(self.sums, self.counts)

    def _centred(self, sums: Floats, counts: Floats) -> Floats:
        return np.asarray(sums - counts[:, None] * self._mean, np.float32)

    def encode(self, spans: Sequence[tuple[int, int]]) -> dict[tuple[int, int], Floats]:
        """Unit vectors of the windows [first, last)."""
        joined = [" ".join(self._texts[first:last]) for first, last in spans]
        rows = _unit(self._centred(*embed_sums(self._embedder, joined, self._language)))
        return dict(zip(spans, rows, strict=True))


@dataclass(frozen=True, slots=True)
class Views:
    """All that is known of two texts: views, lengths in characters and kinds of ending, (n,) and (m,).

    `windows` encodes windows of both sides for a view; empty where they cannot be encoded any more.
    """

    views: tuple[View, ...]
    lengths: tuple[Floats, Floats]
    ends: tuple[Ints, Ints]
    windows: dict[str, tuple[Windows, Windows]] = field(default_factory=dict)

    def part(self, rows: slice, columns: slice) -> Views:
        """The same for a stretch of each text."""
        return Views(
            tuple(View(v.name, v.source[rows], v.target[columns], v.sharpness) for v in self.views),
            (self.lengths[0][rows], self.lengths[1][columns]),
            (self.ends[0][rows], self.ends[1][columns]),
        )

    @property
    def size(self) -> Shape:
        """How many sentences each text has."""
        return len(self.lengths[0]), len(self.lengths[1])


def prepare(
    source: Sequence[str],
    target: Sequence[str],
    source_language: str,
    target_language: str,
    embedder: Embedder,
    bridge: Sequence[str] | None = None,
) -> Views:
    """Embed two texts and collect the rest of the evidence."""
    left = Windows(embedder, source, source_language)
    right = Windows(embedder, target, target_language)
    windows = {"": (left, right)}
    views = [
        View("", left.sentences, right.sentences, 20.0),
        View("surface", *surface.bags(source, target), 6.0),
    ]
    if bridge is not None:
        back = Windows(embedder, bridge, target_language)
        windows["bridge"] = back, right
        views.append(View("bridge", back.sentences, right.sentences, 20.0))
        views.append(View("words", *surface.bags(bridge, target), 6.0))
    lengths = [np.array([len(text) + 3 for text in side], np.float32) for side in (source, target)]
    ends = surface.ends(source), surface.ends(target)
    return Views(tuple(views), (lengths[0], lengths[1]), ends, windows)


def shapes(max_sentences: int) -> list[Shape]:
    """The beads (a, b) with both sides that are searched, smallest first."""
    found = [(a, b) for a in range(1, max_sentences) for b in range(1, max_sentences) if a + b <= max_sentences]
    return sorted(found or [(1, 1)], key=lambda shape: (sum(shape), shape))


def _window_sums(values: Floats, size: int) -> Floats:
    """Sums of the last `size` rows before each gap: (n, d) to (n + 1, d); gaps before `size` hold 0."""
    running = np.zeros((len(values) + 1, *values.shape[1:]), np.float64)
    np.cumsum(values, axis=0, out=running[1:])
    result = np.zeros_like(running)
    result[size:] = running[size:] - running[:-size]
    return result.astype(np.float32)


def _norms(values: Floats, sizes: int) -> list[Floats]:
    """Lengths of the window sums for sizes 1..sizes; 1 where there is nothing."""
    found = []
    for size in range(1, sizes + 1):
        norm = np.linalg.norm(_window_sums(values, size), axis=1).astype(np.float32)
        found.append(np.where(norm > 1e-6, norm, np.float32(1e6)))
    return found


def _unit(values: Floats) -> Floats:
    norms = np.linalg.norm(values, axis=1, keepdims=True)
    return np.asarray(values / np.maximum(norms, 1e-6), np.float32)


def features(views: Views, band: Band, wanted: Sequence[Shape]) -> tuple[dict[Shape, Floats], tuple[Floats, Floats]]:
    """Compute the features of every bead in the band.

    Returns, for each shape, an array (features, n + 1, width), and how good the best single match of
    each source (n,) and target sentence (m,) is.
    """
    names = [view.name for view in views.views]
    found = {shape: np.zeros((len(FEATURES), band.rows + 1, band.width), np.float32) for shape in wanted}
    deepest = max(a for a, _ in wanted)
    widest = max(b for _, b in wanted)
    best = (np.zeros(band.rows, np.float32), np.zeros(band.columns, np.float32))
    for view in views.views:
        prefix = view.name + "_" if view.name else ""
        place = FEATURES.index(view.name or "similarity")
        raw = band.pairs(view.source, view.target)
        cosine = band.pairs(_unit(view.source), _unit(view.target))
        down, across = _norms(view.source, deepest), _norms(view.target, widest)
        similar = {
            (a, b): total / down[a - 1][:, None] / band.columns_of(across[b - 1])
            for (a, b), total in box_sums(band, raw, wanted).items()
        }
        rows, columns = _masses(band, cosine, view.sharpness)
        row_boxes, column_boxes = box_sums(band, rows, wanted), box_sums(band, columns, wanted)
        for a, b in wanted:
            by_row, by_column = row_boxes[a, b] / a, column_boxes[a, b] / b
            found[a, b][place] = similar[a, b]
            found[a, b][FEATURES.index(prefix + "mass")] = (by_row + by_column) / 2
        if view.name in ("", "bridge"):
            least = _least(band, rows, columns, wanted)
            weakest = _weakest(band, cosine, wanted)
            for shape in wanted:
                found[shape][FEATURES.index(prefix + "least")] = least[shape]
                found[shape][FEATURES.index(prefix + "weakest")] = weakest[shape]
        if view.name == ("bridge" if "bridge" in names else ""):
            best = _best(band, cosine)
            for shape in wanted:
                found[shape][FEATURES.index("margin")] = _margin(band, similar[shape], shape)
    _lengths_and_ends(views, band, found)
    return found, best


def _least(band: Band, rows: Floats, columns: Floats, wanted: Sequence[Shape]) -> dict[Shape, Floats]:
    """The smallest mass that any sentence of a bead, of either side, has within the bead."""
    found = {}
    for a, b in wanted:
        across = sum((band.moved(rows, 0, step) for step in range(1, b)), rows)
        down = sum((band.moved(columns, step, 0) for step in range(1, a)), columns)
        cells = [band.moved(across, step, 0) for step in range(a)] + [band.moved(down, 0, step) for step in range(b)]
        found[a, b] = np.asarray(np.minimum.reduce(cells), np.float32)
    return found


def _weakest(band: Band, cosine: Floats, wanted: Sequence[Shape]) -> dict[Shape, Floats]:
    """The smallest of the similarities of a bead's sentences to the sentence of the other side they are most like."""
    found = {}
    for a, b in wanted:
        across = np.maximum.reduce([band.moved(cosine, 0, step) for step in range(b)])
        down = np.maximum.reduce([band.moved(cosine, step, 0) for step in range(a)])
        cells = [band.moved(across, step, 0) for step in range(a)] + [band.moved(down, 0, step) for step in range(b)]
        found[a, b] = np.asarray(np.minimum.reduce(cells), np.float32)
    return found


def _margin(band: Band, similar: Floats, shape: Shape) -> Floats:
    """What a bead is more alike than its windows are with their neighbours' (Bertalign's margin)."""
    a, b = shape
    beside = (
        band.moved(similar, a, 0) + band.moved(similar, -a, 0) + band.moved(similar, 0, b) + band.moved(similar, 0, -b)
    )
    return np.asarray(similar - beside / 4, np.float32)


def _masses(band: Band, cosine: Floats, sharpness: float) -> tuple[Floats, Floats]:
    """Softmax of each sentence over those of the other side in the band: by row and by column."""
    heat = np.where(band.inside, np.exp(np.minimum(cosine * sharpness, 60.0)), 0.0)
    by_row = heat / np.maximum(heat.sum(axis=1, keepdims=True), 1e-30)
    places = np.where(band.inside, band.across, 0)
    sums = np.bincount(places.ravel(), heat.ravel(), band.columns + 1)
    by_column = heat / np.maximum(sums[places], 1e-30)
    return by_row.astype(np.float32), np.where(band.inside, by_column, 0).astype(np.float32)


def _best(band: Band, cosine: Floats) -> tuple[Floats, Floats]:
    shown = np.where(band.inside, cosine, -1.0)
    across = np.full(band.columns + 1, -1.0)
    np.maximum.at(across, np.where(band.inside, band.across, 0).ravel(), shown.ravel())
    return shown[1:].max(axis=1).astype(np.float32), across[1:].astype(np.float32)


def _lengths_and_ends(views: Views, band: Band, found: dict[Shape, Floats]) -> None:
    left, right = views.lengths
    ratio = (float(left.sum()) + 100) / (float(right.sum()) + 100)
    down = np.append(-1, views.ends[0])[:, None]
    across = np.append(-1, views.ends[1])[np.clip(band.across, 0, band.columns)]
    differ = (down != across).astype(np.float32)
    for (a, b), values in found.items():
        here = _window_sums(left, a)[:, None]
        there = band.columns_of(_window_sums(right, b) * np.float32(ratio))
        values[FEATURES.index("length")] = np.minimum(np.abs(np.log((here + 10) / (there + 10))), 2.0)
        deviation = (here - there) ** 2 / (here + there + 10) / 10
        values[FEATURES.index("deviation")] = np.minimum(deviation, 4.0)
        values[FEATURES.index("ends")] = differ
        share = np.log2(1 + np.minimum(here, there) / np.maximum(np.maximum(here, there), 1))
        values[FEATURES.index("fit")] = values[FEATURES.index("margin")] * share


def band_of(views: Views) -> Band:
    n, m = views.size
    if n * m <= _EXACT_CELLS or m < 60:
        return Band(np.zeros(n + 1, np.int64), m + 1, m)
    anchors = _anchors(views)
    rows = np.array([0, *(i + 1 for i, _ in anchors), n + 1])
    columns = np.array([0, *(j + 1 for _, j in anchors), m + 1])
    path = np.interp(np.arange(n + 1), rows, columns)
    # Between two anchors the whole rectangle counts, as far as the widest band allows.
    step = np.searchsorted(rows, np.arange(n + 1), side="right")
    low = columns[np.clip(step - 1, 0, len(columns) - 1)] - _SLACK
    high = columns[np.clip(step, 0, len(columns) - 1)] + _SLACK
    reach = np.arange(n + 1)
    low = np.minimum(low, low[np.maximum(reach - _SLACK // 2, 0)])
    high = np.maximum(high, high[np.minimum(reach + _SLACK // 2, n)])
    width = int(min((high - low).max() + 1, _WIDEST, m + 1))
    narrow = high - low + 1 > width
    low = np.where(narrow, path - width / 2, low + (high - low + 1 - width) / 2).astype(np.int64)
    low = np.clip(np.maximum.accumulate(low), 0, m + 1 - width)
    return Band(low, width, m)


def _anchors(views: Views) -> list[tuple[int, int]]:
    """Mutual near neighbours on the best increasing chain that have company nearby."""
    left = np.concatenate([_unit(v.source) for v in views.views if v.name in ("", "bridge")], axis=1)
    right = np.concatenate([_unit(v.target) for v in views.views if v.name in ("", "bridge")], axis=1)
    seen: dict[tuple[int, int], float] = {}
    towards = _nearest(left, right)
    back = _nearest(right, left)
    for i, (places, values) in enumerate(zip(*towards, strict=True)):
        for j, value in zip(places, values, strict=True):
            if value > 0 and i in back[0][j]:
                seen[i, int(j)] = float(value)
    chain = _chain(seen)
    trusted = []
    for place, (i, j) in enumerate(chain):
        near = chain[max(place - 2, 0) : place] + chain[place + 1 : place + 3]
        if any(abs(i - k) <= 5 and abs(j - q) <= 5 and abs((i - k) - (j - q)) <= 3 for k, q in near):
            trusted.append((i, j))
    return trusted


def _nearest(left: Floats, right: Floats) -> tuple[Ints, Floats]:
    """The nearest rows of `right` for each of `left`: places and similarities, shape (n, neighbours)."""
    n, m = len(left), len(right)
    some = min(_NEIGHBOURS, m)
    places = np.zeros((n, some), np.int64)
    values = np.zeros((n, some), np.float32)
    for start in range(0, n, 256):
        stop = min(start + 256, n)
        first = max(0, start * m // n - _REACH)
        last = min(m, stop * m // n + _REACH)
        block = left[start:stop] @ right[first:last].T
        near = np.argpartition(-block, some - 1, axis=1)[:, :some]
        places[start:stop] = near + first
        values[start:stop] = np.take_along_axis(block, near, axis=1)
    return places, values


def _chain(seen: dict[tuple[int, int], float]) -> list[tuple[int, int]]:
    """The heaviest chain of pairs that increase on both sides (patience with weights)."""
    columns: list[int] = []  # ends of the best chains: columns rising, and so their weights
    weights: list[float] = []
    ends: list[tuple[int, int]] = []
    before: dict[tuple[int, int], tuple[int, int] | None] = {}
    for i, j in sorted(seen, key=lambda pair: (pair[0], -pair[1])):
        place = bisect_left(columns, j)
        weight = seen[i, j] + (weights[place - 1] if place else 0.0)
        before[i, j] = ends[place - 1] if place else None
        if place < len(columns) and columns[place] == j and weights[place] >= weight:
            continue
        stop = place
        while stop < len(columns) and weights[stop] <= weight:
            stop += 1
        columns[place:stop] = [j]
        weights[place:stop] = [weight]
        ends[place:stop] = [(i, j)]
    chain: list[tuple[int, int]] = []
    step = ends[-1] if ends else None
    while step is not None:
        chain.append(step)
        step = before[step]
    return chain[::-1]


# --- the whole ---


def shape_values(a: int, b: int) -> tuple[float, ...]:
    """The values of `SHAPE` for a bead (a, b)."""
    return float(a == b == 1), a + b - 2.0, min(a, b) - 1.0, (a - 1.0) * (b - 1.0)


def weigh(
    found: dict[Shape, Floats], best: tuple[Floats, Floats], weights: dict[str, list[float]]
) -> tuple[dict[Shape, Floats], tuple[Floats, Floats], float]:
    """Turn features into scores of beads and of leaving sentences out, as a `Lattice` takes them."""
    each = np.array([weights[name][0] for name in FEATURES], np.float32)
    once = np.array([weights[name][1] for name in FEATURES], np.float32)
    shape = np.array([weights[name][0] for name in SHAPE])
    scores = {
        (a, b): np.tensordot(each * (a + b) / 2 + once, values, axes=1).astype(np.float32)
        + np.float32(shape @ shape_values(a, b))
        for (a, b), values in found.items()
    }
    skip, by_best, run = (np.float32(weights[name][0]) for name in SKIP)
    return scores, (skip + by_best * best[0], skip + by_best * best[1]), float(run)


def align_views(
    views: Views, weights: dict[str, list[float]], max_sentences: int, *, refine: bool = True
) -> list[Bead]:
    """Align what `prepare` collected; see `align_texts`."""
    return align_and_doubt(views, weights, max_sentences, refine=refine)[0]


def align_and_doubt(
    views: Views, weights: dict[str, list[float]], max_sentences: int, *, refine: bool = True
) -> tuple[list[Bead], list[Bead]]:
    """Like `align_views`, with all that might be: also every bead with two sides whose probability is over 0.01.

    The second list holds the first one's linked beads too; a bead's score is its probability.
    """
    found, likely, best = _monotone(views, weights, max_sentences, refine)
    beads = _add_moved(views, found, weights, max_sentences)
    beads = order_beads(_join_apart(views, beads, max_sentences))
    beads, likely = _supported(views, beads, likely, best)
    seen = {(bead.source, bead.target) for bead in likely}
    changed = [bead for bead in beads if bead.source and bead.target and (bead.source, bead.target) not in seen]
    return beads, likely + changed


def _monotone(
    views: Views, weights: dict[str, list[float]], max_sentences: int, refine: bool
) -> tuple[list[Bead], list[Bead], tuple[Floats, Floats]]:
    """The best sequence of beads, all linked beads that are not out of the question, and each sentence's best match."""
    band = band_of(views)
    found, best = features(views, band, shapes(max_sentences))
    lattice = Lattice(band, *weigh(found, best, weights))
    chances = lattice.probabilities()[0]
    if refine and views.windows:
        encode_doubtful(views, band, found, chances)
        lattice = Lattice(band, *weigh(found, best, weights))
        chances = lattice.probabilities()[0]
    beads = []
    for i, j, a, b in lattice.best():
        score = float(chances[a, b][i, j - int(band.low[i])]) if a and b else 0.0
        beads.append(Bead(tuple(range(i - a, i)), tuple(range(j - b, j)), score))
    likely = []
    for (a, b), chance in chances.items():
        for row, place in np.argwhere(chance > _DOUBT):
            i, j = int(row), int(band.low[row] + place)
            likely.append(Bead(tuple(range(i - a, i)), tuple(range(j - b, j)), float(chance[row, place])))
    return beads, likely, best


def encode_doubtful(views: Views, band: Band, found: dict[Shape, Floats], chances: dict[Shape, Floats]) -> None:
    """Replace the similarities of beads that are neither certain nor out of the question, in `found`.

    Their windows of two sentences and more are encoded as a whole.
    """
    cells = [
        (a, b, int(i), int(k))
        for (a, b), chance in chances.items()
        if a + b > 2
        for i, k in np.argwhere((chance > _DOUBT) & (chance < 1 - _DOUBT))
    ]
    spans = [(i - a, i, int(band.low[i]) + k - b, int(band.low[i]) + k) for a, b, i, k in cells]
    lefts = sorted({(start, end) for start, end, _, _ in spans if end - start > 1})
    rights = sorted({(start, end) for _, _, start, end in spans if end - start > 1})
    judged = "bridge" if "bridge" in views.windows else ""
    for view in views.views:
        if view.name not in views.windows:
            continue
        sides = []
        for windows, wanted, sums in zip(
            views.windows[view.name], (lefts, rights), (view.source, view.target), strict=True
        ):
            rows = {(place, place + 1): row for place, row in enumerate(_unit(sums))}
            rows.update(windows.encode(wanted) if wanted else {})
            sides.append(rows)
        place = FEATURES.index(view.name or "similarity")
        for (a, b, i, k), (start, end, first, last) in zip(cells, spans, strict=True):
            values = found[a, b][:, i, k]
            change = float(sides[0][start, end] @ sides[1][first, last]) - float(values[place])
            values[place] += change
            if view.name == judged:
                margin = float(values[FEATURES.index("margin")])
                share = float(values[FEATURES.index("fit")]) / margin if margin else 0.0
                values[FEATURES.index("margin")] += change
                values[FEATURES.index("fit")] += change * share


# --- texts that have nothing to do with each other ---


def _supported(
    views: Views, beads: Sequence[Bead], likely: Sequence[Bead], best: tuple[Floats, Floats]
) -> tuple[list[Bead], list[Bead]]:
    """Take away the links of stretches that are no translations, and score from those that hardly are.

    The search links whatever goes together best, in unrelated texts too. But there the sentences that it links are
    seldom each other's nearest. So a bead is judged by the share of sentences, in it and the linked beads nearby,
    that are nearest to their own bead, weighed by its score.
    """
    names = [view.name for view in views.views]
    view = views.views[names.index("bridge") if "bridge" in names else 0]
    source, target = _unit(view.source), _unit(view.target)
    linked = [bead for bead in beads if bead.source and bead.target]
    if not linked:
        return list(beads), []
    agreed, sizes = np.zeros(len(linked)), np.zeros(len(linked))
    for number, bead in enumerate(linked):
        left, right = list(bead.source), list(bead.target)
        pairs = source[left] @ target[right].T
        near = (pairs.max(axis=1) >= best[0][left] - 1e-4).sum() + (pairs.max(axis=0) >= best[1][right] - 1e-4).sum()
        agreed[number], sizes[number] = near * bead.score, len(left) + len(right)
    first = np.maximum(np.arange(len(linked)) - _NEAR, 0)
    last = np.minimum(np.arange(len(linked)) + _NEAR + 1, len(linked))
    sums = [np.concatenate([[0.0], np.cumsum(values)]) for values in (agreed, sizes)]
    support = (sums[0][last] - sums[0][first]) / (sums[1][last] - sums[1][first])
    trust = np.where(support < _UNRELATED, 0.0, np.minimum(support / _SUPPORT, 1.0))
    kept: list[Bead] = []
    for bead, share in zip(linked, trust.tolist(), strict=True):
        if share == 1 or bead.score * share > _FAINT:
            kept.append(Bead(bead.source, bead.target, bead.score * share))
        else:
            kept += [Bead((i,), (), 0.0) for i in bead.source] + [Bead((), (j,), 0.0) for j in bead.target]
    kept += [bead for bead in beads if not (bead.source and bead.target)]
    places = [bead.source[0] for bead in linked]
    nearest = np.clip(np.searchsorted(places, [bead.source[0] for bead in likely]), 0, len(linked) - 1)
    shares = trust[nearest].tolist() if likely else []
    return order_beads(kept), [
        Bead(bead.source, bead.target, bead.score * share) for bead, share in zip(likely, shares, strict=True) if share
    ]


def order_beads(beads: Sequence[Bead]) -> list[Bead]:
    """Source order; a bead without a source side comes after the bead that holds the target before it."""
    linked = [bead for bead in beads if bead.source]
    after = {bead.target[-1]: bead.source[0] for bead in linked if bead.target}
    places = []
    last = -1
    for bead in sorted((bead for bead in beads if bead.target), key=lambda bead: bead.target):
        last = after.get(bead.target[-1], last)
        if not bead.source:
            places.append(((last, 1, bead.target[0]), bead))
    places += [((bead.source[0], 0, 0), bead) for bead in linked]
    return [bead for _, bead in sorted(places, key=lambda item: item[0])]


# --- text that changed its place ---


def _add_moved(views: Views, beads: list[Bead], weights: dict[str, list[float]], max_sentences: int) -> list[Bead]:
    """Align runs of sentences that the monotone search left out on both sides, if they are alike.

    Alike means nearly as alike as the beads already found; a single sentence must be fully so.
    """
    left = [bead.source[0] for bead in beads if not bead.target]
    right = [bead.target[0] for bead in beads if not bead.source]
    if not left or not right or len(left) * len(right) > _MOST_MOVED:
        return beads
    names = [view.name for view in views.views]
    view = views.views[names.index("bridge") if "bridge" in names else 0]
    source, target = _unit(view.source), _unit(view.target)
    usual = [float((source[list(b.source)] @ target[list(b.target)].T).max()) for b in beads if b.source and b.target]
    level = float(np.median(usual)) if len(usual) >= 3 else 0.6
    added: list[Bead] = []
    for _ in range(3):  # what is left of a run after a round is tried again
        taken: set[range] = set()
        for here, there in _likely_runs(left, right, source, target, level):
            if here not in taken and there not in taken:
                kept = _align_runs(views, here, there, weights, max_sentences, source, target, level)
                if kept:
                    added += kept
                    taken |= {here, there}
        if not taken:
            break
        linked = {i for bead in added for i in bead.source}, {j for bead in added for j in bead.target}
        left = [i for i in left if i not in linked[0]]
        right = [j for j in right if j not in linked[1]]
    done = [bead for bead in beads if bead.source and bead.target]
    return done + added + [Bead((i,), (), 0.0) for i in left] + [Bead((), (j,), 0.0) for j in right]


def _runs(numbers: Sequence[int]) -> list[range]:
    """Consecutive numbers as ranges."""
    found: list[range] = []
    for number in numbers:
        if found and found[-1].stop == number:
            found[-1] = range(found[-1].start, number + 1)
        else:
            found.append(range(number, number + 1))
    return found


def _likely_runs(
    left: Sequence[int], right: Sequence[int], source: Floats, target: Floats, level: float
) -> list[tuple[range, range]]:
    """Pairs of runs with sentences that are alike, those with the most first."""
    if not left or not right:
        return []
    surplus = np.maximum(source[list(left)] @ target[list(right)].T - _ALIKE * level, 0)
    rows = [run for run in _runs(left) for _ in run]
    columns = [run for run in _runs(right) for _ in run]
    sums: dict[tuple[range, range], float] = {}
    for i, j in np.argwhere(surplus):
        pair = rows[i], columns[j]
        sums[pair] = sums.get(pair, 0.0) + float(surplus[i, j])
    return sorted(sums, key=lambda pair: (-sums[pair], pair[0].start, pair[1].start))[: 2 * len(left)]


def _align_runs(
    views: Views, here: range, there: range, weights: dict[str, list[float]], max_sentences: int,
    source: Floats, target: Floats, level: float,
) -> list[Bead]:  # fmt: skip
    part = views.part(slice(here.start, here.stop), slice(there.start, there.stop))
    kept = []
    surest = 0.0
    for bead in _monotone(part, weights, max_sentences, False)[0]:
        if not bead.source or not bead.target:
            continue
        moved = Bead(
            tuple(i + here.start for i in bead.source),
            tuple(j + there.start for j in bead.target),
            bead.score,
        )
        alike = float((source[list(moved.source)] @ target[list(moved.target)].T).max())
        if alike >= _ALIKE * level:
            kept.append(moved)
            surest = max(surest, alike)
    return kept if len(kept) > 1 or surest >= level else []


# --- beads with something in between (a caption inside a sentence) ---


def _join_apart(views: Views, beads: list[Bead], max_sentences: int) -> list[Bead]:
    """Add to a bead a sentence left out nearby, with others left out in between, that makes it more alike."""
    view = views.views[0]
    sums = view.source.astype(np.float64), view.target.astype(np.float64)
    linked = sorted((bead for bead in beads if bead.source and bead.target), key=lambda bead: bead.source)
    alone = [
        sorted(bead.source[0] for bead in beads if not bead.target),
        sorted(bead.target[0] for bead in beads if not bead.source),
    ]
    for side in (0, 1):
        free = set(alone[side])
        owner = {place: number for number, bead in enumerate(linked) for place in (bead.source, bead.target)[side]}
        for number in alone[side]:
            best, chosen = _GAIN, -1
            near = range(number - _APART - 1, number + _APART + 2)
            for place in sorted({owner[other] for other in near if other in owner}):
                bead = linked[place]
                here = (bead.source, bead.target)[side]
                if len(bead.source) + len(bead.target) >= max_sentences:
                    continue
                between = range(min(number, here[-1]) + 1, max(number, here[0]))
                if 0 < len(between) <= _APART and free.issuperset(between):
                    gain = _similarity(sums, bead, side, number) - _similarity(sums, bead)
                    if gain > best:
                        best, chosen = gain, place
            if chosen >= 0:
                bead = linked[chosen]
                sides = [bead.source, bead.target]
                sides[side] = tuple(sorted((*sides[side], number)))
                linked[chosen] = Bead(sides[0], sides[1], bead.score)
                free.discard(number)
        alone[side] = sorted(free)
    return linked + [Bead((i,), (), 0.0) for i in alone[0]] + [Bead((), (j,), 0.0) for j in alone[1]]


def _similarity(
    sums: tuple[NDArray[np.float64], NDArray[np.float64]], bead: Bead, side: int = 0, extra: int = -1
) -> float:
    """Cosine of a bead's two sides, with sentence `extra` added to one."""
    windows = [sums[0][list(bead.source)].sum(axis=0), sums[1][list(bead.target)].sum(axis=0)]
    if extra >= 0:
        windows[side] = windows[side] + sums[side][extra]
    return float(windows[0] @ windows[1] / max(np.linalg.norm(windows[0]) * np.linalg.norm(windows[1]), 1e-9))
