from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from align.alignment.words import Link, Word, WordAligner, gloss_evidence, project, words
from align.engines.gloss import Lexicon, lookup

LEXICON = Lexicon(
    [
        ("कुशल", ("skillful",), ("khéo",)),
        ("जन", ("people", "mass"), ("dân",)),
        ("लामबंदी", ("mobilization",), ("vận động",)),
        ("आंदोलन", ("movement",), ("phong trào",)),
    ]
)


class PieceVectors:
    """A fake token embedder: tokens are words; a word's vector is fixed, translations share theirs."""

    same = {"आंदोलन": "movement", "जन": "mass", "trào": "movement", "phong": "movement", "dân": "mass"}  # noqa: RUF012

    def token_states(
        self, texts: Sequence[str], language: str, layer: int
    ) -> list[tuple[NDArray[np.int64], NDArray[np.float32]]]:
        found = []
        for text in texts:
            parts = words(text)
            spans = np.array([(part.start, part.end) for part in parts], np.int64).reshape(-1, 2)
            rows = [self.vector(self.same.get(part.text, part.text)) for part in parts]
            states = np.array(rows, np.float32).reshape(len(parts), 64)
            found.append((spans, states))
        return found

    def vector(self, word: str) -> NDArray[np.float64]:
        seed = int.from_bytes(hashlib.sha256(word.encode()).digest()[:4], "big")
        return np.random.default_rng(seed).normal(size=64)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("जनसंपर्क का कुशल।", ["जनसंपर्क", "का", "कुशल", "।"]),
        ("जन-लामबंदी (DVK)", ["जन", "-", "लामबंदी", "(", "DVK", ")"]),
        ("dân vận khéo, 1.200 m²", ["dân", "vận", "khéo", ",", "1.200", "m²"]),
        ("the People's 5,5%", ["the", "People's", "5,5", "%"]),
        ("", []),
        ("क्\u200dष", ["क्\u200dष"]),
    ],
)
def test_words_keep_their_signs(text: str, expected: list[str]) -> None:
    found = words(text)
    assert [word.text for word in found] == expected
    assert all(text[word.start : word.end] == word.text for word in found)


def links(hindi: str, other: str, language: str, lexicon: Lexicon | None = LEXICON) -> set[tuple[str, str]]:
    left, right = words(hindi), words(other)
    found = WordAligner(PieceVectors(), lexicon).align(hindi, other, language)
    assert all(0 <= link.score <= 1 for link in found)
    return {(left[link.i].text, right[link.j].text) for link in found}


def test_states_and_glosses_link_words() -> None:
    found = links("कुशल जन आंदोलन", "skillful mass movement", "en")
    assert {("कुशल", "skillful"), ("जन", "mass"), ("आंदोलन", "movement")} <= found


def test_vietnamese_is_linked_by_syllables() -> None:
    found = links("आंदोलन", "phong trào", "vi")
    assert found == {("आंदोलन", "phong"), ("आंदोलन", "trào")}


def test_names_and_numbers_are_evidence() -> None:
    hindi, other = "सोन ला में 1,00,000 लोग", "100.000 người ở Sơn La"
    left, right = words(hindi), words(other)
    found = gloss_evidence(lookup(hindi, Lexicon([])), left, right, "vi")
    there = {(left[i].text, right[j].text) for i, j in np.argwhere(found > 0.5)}
    assert {("सोन", "Sơn"), ("1,00,000", "100.000")} <= there


def test_many_at_once_is_the_same_as_one_by_one() -> None:
    pairs = [("जन आंदोलन", "mass movement", "en"), ("जन आंदोलन", "phong trào dân", "vi"), ("", "x", "en")]
    aligner = WordAligner(PieceVectors(), LEXICON)
    assert aligner.align_many(pairs) == [aligner.align(*pair) for pair in pairs]
    assert aligner.align("जन", "", "en") == []


def row(text: str) -> list[Word]:
    return words(text)


@pytest.mark.parametrize(
    ("pairs", "expected"),
    [
        ([(0, 4, 0.9), (1, 5, 0.8)], "mass movement"),
        ([(0, 4, 0.9), (1, 6, 0.8)], "mass movement of"),
        ([(0, 4, 0.9), (1, 0, 0.2)], "mass"),
        ([(2, 4, 0.9), (1, 4, 0.3)], ""),
        ([], ""),
    ],
    ids=["neighbours", "a gap is filled", "an outlier is dropped", "taken by another", "nothing"],
)
def test_projection(pairs: list[tuple[int, int, float]], expected: str) -> None:
    hindi, other = "जन आंदोलन चला", "the big old red mass movement of"
    found = project((0, 9), [Link(*pair) for pair in pairs], row(hindi), row(other))
    assert other[found.start : found.end] == expected
    assert bool(found.words) == bool(expected)
    assert 0 <= found.score <= 1
    assert (found.score > 0) == bool(expected)


COMPOUNDS = {("cộng", "đồng"), ("dân", "tộc"), ("nhân", "dân"), ("ủy", "ban", "nhân", "dân")}


@pytest.mark.parametrize(
    ("other", "linked", "expected"),
    [
        ("vì cộng đồng tốt", {1: 0.9}, "cộng đồng"),
        ("vì cộng đồng tốt", {2: 0.9}, "cộng đồng"),
        ("vì cộng đồng tốt", {1: 0.9, 2: 0.9}, "cộng đồng"),
        ("nhân dân tộc", {0: 0.9, 1: 0.9}, "nhân dân"),
        ("của ủy ban nhân dân xã", {2: 0.9}, "ủy ban nhân dân"),
        ("Cộng đồng", {0: 0.9}, "Cộng đồng"),
        ("cộng với đồng", {0: 0.9}, "cộng"),
    ],
)
def test_half_a_compound_becomes_the_whole(other: str, linked: dict[int, float], expected: str) -> None:
    hindi = "समुदाय अच्छा"
    found = project(
        (0, 6), [Link(0, j, score) for j, score in linked.items()], row(hindi), row(other), compounds=COMPOUNDS
    )
    assert other[found.start : found.end] == expected


def test_a_compound_leaves_what_belongs_to_another_word() -> None:
    hindi, other = "समुदाय अच्छा", "vì cộng đồng tốt"
    found = project((0, 6), [Link(0, 1, 0.9), Link(1, 2, 0.9)], row(hindi), row(other), compounds=COMPOUNDS)
    assert other[found.start : found.end] == "cộng"
