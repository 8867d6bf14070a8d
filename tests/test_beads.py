from __future__ import annotations

import hashlib
import random
from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from align.alignment.beads import Bead, align_texts, shapes
from align.alignment.lattice import Band, Lattice, box_sums

WORDS = [f"w{number}" for number in range(400)]


class WordVectors:
    """A fake embedder: a word's vector is random but fixed and the same in every language."""

    signature = "fake"

    def __init__(self) -> None:
        self.encoded = 0

    def embed_sums(self, texts: Sequence[str], language: str) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        self.encoded += len(texts)
        sums = np.zeros((len(texts), 48), np.float32)
        for row, text in zip(sums, texts, strict=True):
            for word in text[:2000].split():
                seed = int.from_bytes(hashlib.sha256(word.lower().encode()).digest()[:4], "big")
                row += np.random.default_rng(seed).normal(size=48)
        return sums, np.array([len(text.split()) for text in texts], np.float32)

    def embed(self, texts: Sequence[str], language: str) -> NDArray[np.float32]:
        sums, _ = self.embed_sums(texts, language)
        return np.asarray(sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-9), np.float32)


class UnitVectors:
    """The same without token sums."""

    signature = "fake"
    encoded = 0

    def __init__(self) -> None:
        self.embed_sums_of = WordVectors().embed_sums

    def embed(self, texts: Sequence[str], language: str) -> NDArray[np.float32]:
        sums, _ = self.embed_sums_of(texts, language)
        return np.asarray(sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-9), np.float32)


def sentences(count: int, seed: int = 0, length: int = 12) -> list[str]:
    draw = random.Random(seed)
    return [" ".join(draw.choices(WORDS, k=length + draw.randrange(5))) + " ." for _ in range(count)]


def align(source: Sequence[str], target: Sequence[str], **options: object) -> list[Bead]:
    return align_texts(source, target, "hi", "en", WordVectors(), **options)  # type: ignore[arg-type]


def sides(beads: Sequence[Bead]) -> list[tuple[tuple[int, ...], tuple[int, ...]]]:
    return [(bead.source, bead.target) for bead in beads]


def covered(beads: Sequence[Bead], n: int, m: int) -> bool:
    left = sorted(i for bead in beads for i in bead.source)
    right = sorted(j for bead in beads for j in bead.target)
    return left == list(range(n)) and right == list(range(m)) and all(0 <= bead.score <= 1 for bead in beads)


def test_identical_texts_align_one_to_one_with_high_scores() -> None:
    text = sentences(30)
    beads = align(text, text)
    assert sides(beads) == [((i,), (i,)) for i in range(30)]
    assert min(bead.score for bead in beads) > 0.8


def test_merges_splits_and_gaps_are_found() -> None:
    text = sentences(14)
    target = [*text[:3], text[3] + " " + text[4], *text[5:8], *text[9:]]
    cut = target[7].split()
    target[7:8] = [" ".join(cut[:6]), " ".join(cut[6:])]
    found = sides(align(text, target))
    assert ((3, 4), (3,)) in found
    assert ((8,), ()) in found
    assert ((9,), (7, 8)) in found
    assert found[-1] == ((13,), (12,))


def test_a_moved_paragraph_is_found() -> None:
    text = sentences(24)
    target = [*text[:4], *text[8:20], *text[4:8], *text[20:]]
    beads = align(text, target)
    assert covered(beads, 24, 24)
    assert all(text[bead.source[0]] == target[bead.target[0]] for bead in beads)
    assert [bead.source for bead in beads] == [(i,) for i in range(24)]


@pytest.mark.parametrize("seed", range(5))
def test_unrelated_texts_have_few_links_and_low_scores(seed: int) -> None:
    draw = random.Random(seed)
    source = [" ".join(draw.choices(WORDS[:200], k=12)) + " ." for _ in range(30)]
    target = [" ".join(draw.choices(WORDS[200:], k=12)) + " ." for _ in range(25)]
    beads = align(source, target)
    assert covered(beads, 30, 25)
    linked = [bead for bead in beads if bead.source and bead.target]
    assert len(linked) <= 5
    assert sum(bead.score for bead in linked) <= 2


def test_what_is_related_stays_beside_what_is_not() -> None:
    text = sentences(30)
    beads = align([*text, *sentences(30, 5)], [*text, *sentences(30, 6)])
    assert covered(beads, 60, 60)
    assert {((i,), (i,)) for i in range(26)} <= set(sides(beads))
    assert sum(bool(bead.source and bead.target) for bead in beads if bead.source[:1] >= (36,)) <= 6


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ([], []),
        (["a b c"], []),
        ([], ["a b c", "d"]),
        (["a b c"], ["a b c"]),
        (["a b c"], ["x", "a b c", "y z"]),
        (["", ""], [""]),
        (["।", "?"], ["...", "!", "1 2 3"]),
        (["a"] * 7, ["a"] * 3),
    ],
)
def test_every_sentence_is_in_one_bead(source: list[str], target: list[str]) -> None:
    beads = align(source, target)
    assert covered(beads, len(source), len(target))
    assert all(bead.score == 0 for bead in beads if not bead.source or not bead.target)


def test_a_huge_line_is_survived() -> None:
    text = sentences(5)
    beads = align([*text, "क" * 10_000_000], [*text, "x y " * 2_500_000])
    assert covered(beads, 6, 6)
    assert sides(beads)[:4] == [((i,), (i,)) for i in range(4)]


def test_beads_keep_to_the_size_and_two_means_one_to_one() -> None:
    text = sentences(12)
    target = [text[0] + " " + text[1] + " " + text[2], *text[3:]]
    assert max(len(bead.source) for bead in align(text, target, max_sentences=5)) == 3
    assert max(len(bead.source + bead.target) for bead in align(text, target, max_sentences=2)) == 2
    assert shapes(4) == [(1, 1), (1, 2), (2, 1), (1, 3), (2, 2), (3, 1)]


def test_a_bridge_helps_where_vectors_do_not() -> None:
    text = sentences(12)
    source = ["क ख ग घ च छ ज झ ट ठ ड ढ" for _ in text]
    target = [*text[:5], text[5] + " " + text[6], *text[7:]]
    found = sides(align(source, target, bridge=text))
    assert ((5, 6), (5,)) in found
    assert ((11,), (10,)) in found
    with pytest.raises(ValueError, match="found 1 texts, expected one for each of 12"):
        align(source, target, bridge=["x"])


def test_an_embedder_without_sums_will_do() -> None:
    text = sentences(10)
    beads = align_texts(text, [text[0] + " " + text[1], *text[2:]], "hi", "en", UnitVectors())
    assert sides(beads)[0] == ((0, 1), (0,))


def test_only_doubtful_windows_are_encoded() -> None:
    embedder = WordVectors()
    text = sentences(40)
    align_texts(text, text, "hi", "en", embedder, refine=False)
    assert embedder.encoded == 80
    align_texts(text, text, "hi", "en", embedder)
    assert embedder.encoded < 80 * 3


def test_the_same_twice() -> None:
    source, target = sentences(40), sentences(60, 1)[:20] + sentences(40)
    assert align(source, target) == align(source, target)


def test_a_band_finds_what_the_whole_finds(monkeypatch: pytest.MonkeyPatch) -> None:
    text = sentences(150)
    target = [*text[:40], *sentences(30, 7), *text[40:90], text[90] + " " + text[91], *text[92:]]
    whole = sides(align(text, target, refine=False))
    monkeypatch.setattr("align.alignment.beads._EXACT_CELLS", 0)
    assert sides(align(text, target, refine=False)) == whole


def brute_force(
    n: int,
    m: int,
    scores: dict[tuple[int, int], NDArray[np.float32]],
    skip: float,
    run: float,
    after_skip: bool = False,
) -> list[tuple[float, int]]:
    """Scores of all paths through an n by m grid, and how many runs of skips each has; read from the end."""
    if n == m == 0:
        return [(0.0, 0)]
    found = []
    opened = (0.0, 0) if after_skip else (run, 1)
    for rows, columns in ((1, 0), (0, 1)):
        if n >= rows and m >= columns:
            found += [
                (score + skip + opened[0], runs + opened[1])
                for score, runs in brute_force(n - rows, m - columns, scores, skip, run, True)
            ]
    for (a, b), values in scores.items():
        if n >= a and m >= b:
            found += [
                (score + float(values[n, m]), runs) for score, runs in brute_force(n - a, m - b, scores, skip, run)
            ]
    return found


@pytest.mark.parametrize("run", [0.0, -1.5, 0.7])
def test_the_search_is_exact(run: float) -> None:
    draw = np.random.default_rng(3)
    n, m = 4, 3
    band = Band(np.zeros(n + 1, np.int64), m + 1, m)
    scores = {shape: draw.normal(size=(n + 1, m + 1)).astype(np.float32) for shape in [(1, 1), (1, 2), (2, 1)]}
    skips = np.full(n, -0.5, np.float32), np.full(m, -0.5, np.float32)
    lattice = Lattice(band, scores, skips, run)
    paths = brute_force(n, m, scores, -0.5, run)
    total, leaving = 0.0, False
    for i, j, a, b in lattice.best():
        total += float(scores[a, b][i, j]) if a and b else -0.5 + (0.0 if leaving else run)
        leaving = not (a and b)
    assert total == pytest.approx(max(score for score, _ in paths), abs=1e-4)
    chances, (left, right), runs, whole = lattice.probabilities()
    assert whole == pytest.approx(float(np.logaddexp.reduce([score for score, _ in paths])), abs=1e-4)
    assert sum(a * chance.sum() for (a, _), chance in chances.items()) + left.sum() == pytest.approx(n, abs=1e-3)
    assert sum(b * chance.sum() for (_, b), chance in chances.items()) + right.sum() == pytest.approx(m, abs=1e-3)
    expected = sum(float(np.exp(score - whole)) * count for score, count in paths)
    assert runs == pytest.approx(expected, abs=1e-3)


def test_box_sums_follow_a_slanted_band() -> None:
    draw = np.random.default_rng(5)
    full = draw.normal(size=(9, 13)).astype(np.float32)
    low = np.array([0, 0, 1, 3, 4, 4, 5, 6, 6, 6])
    band = Band(low, 8, 13)
    cells = np.zeros((10, 8), np.float32)
    for i in range(1, 10):
        for k in range(8):
            if 1 <= low[i] + k <= 13:
                cells[i, k] = full[i - 1, low[i] + k - 1]
    sums = box_sums(band, cells, [(1, 1), (2, 2)])
    assert sums[2, 2][5, 4] == pytest.approx(full[3:5, 6:8].sum(), abs=1e-5)
