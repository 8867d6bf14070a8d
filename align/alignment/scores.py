"""Scores of sentence and word alignments against gold.

Beads are scored as Vecalign's scorer does (Thompson and Koehn 2019): strict wants the very bead, lax
accepts a bead that shares a pair of sentences with a gold bead. Precision is over all beads found, a
bead with an empty side being right if gold has it too; recall is over the gold beads that have two
sides. Both are over all documents together. Words are scored by the alignment error
rate (Och and Ney 2003).
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from align.errors import DataError

Side = tuple[int, ...]
Pair = tuple[Side, Side]


@dataclass(frozen=True, slots=True)
class Rates:
    """Precision and recall, each from 0 to 1."""

    precision: float
    recall: float

    @property
    def f1(self) -> float:
        """Their harmonic mean."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


@dataclass(frozen=True, slots=True)
class BeadScores:
    """Strict and lax rates."""

    strict: Rates
    lax: Rates


@dataclass(frozen=True, slots=True)
class WordScores:
    """Precision (against possible links), recall (of sure links), alignment error rate."""

    precision: float
    recall: float
    aer: float


def parse_beads(text: str, place: str = "beads") -> list[Pair]:
    """Read beads as Vecalign writes them, `[0,1]:[2]` a line, a cost after a second colon ignored.

    Raises DataError naming `place` and line.
    """
    beads = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            source, target = (ast.literal_eval(side.strip()) for side in line.split(":")[:2])
            beads.append((tuple(map(int, source)), tuple(map(int, target))))
        except (ValueError, SyntaxError, TypeError) as error:
            raise DataError(f"{place}:{number}: found {line[:60]!r}, expected beads such as [0,1]:[2]") from error
    return beads


def read_beads(path: Path) -> list[Pair]:
    """Read a file of beads; see `parse_beads`."""
    return parse_beads(path.read_text(encoding="utf-8"), str(path))


def format_beads(beads: Iterable[Pair]) -> str:
    """Write beads as `parse_beads` reads them."""
    return "".join(f"{list(source)}:{list(target)}\n".replace(" ", "") for source, target in beads)


def score_beads(gold: Sequence[Collection[Pair]], found: Sequence[Collection[Pair]]) -> BeadScores:
    """Score found beads against gold, one collection a document in the same order."""
    if len(gold) != len(found):
        raise DataError(f"expected as many documents as in gold ({len(gold)}), found {len(found)}")
    strict = lax = strict_back = lax_back = answers = questions = 0
    for right, given in zip(gold, found, strict=True):
        hit, partly, total = _matches(right, given)
        strict, lax, answers = strict + hit, lax + partly, answers + total
        hit, partly, total = _matches(_full(given), _full(right))
        strict_back, lax_back, questions = strict_back + hit, lax_back + partly, questions + total
    return BeadScores(
        Rates(strict / answers if answers else 0.0, strict_back / questions if questions else 0.0),
        Rates(lax / answers if answers else 0.0, lax_back / questions if questions else 0.0),
    )


def _full(beads: Collection[Pair]) -> list[Pair]:
    return [bead for bead in beads if bead[0] and bead[1]]


def _matches(right: Collection[Pair], given: Collection[Pair]) -> tuple[int, int, int]:
    """Count the beads of `given` that are in `right`, that are or touch one there, and all."""
    exact = {(tuple(source), tuple(target)) for source, target in right}
    cells = {(i, j) for source, target in right for i in source for j in target}
    beads = {(tuple(source), tuple(target)) for source, target in given if source or target}
    strict = len(beads & exact)
    lax = sum(any((i, j) in cells for i in bead[0] for j in bead[1]) for bead in beads - exact)
    return strict, strict + lax, len(beads)


def score_words(
    sure: Sequence[Collection[tuple[int, int]]],
    found: Sequence[Collection[tuple[int, int]]],
    possible: Sequence[Collection[tuple[int, int]]] | None = None,
) -> WordScores:
    """Score word links against sure (and possible) gold links, one collection a sentence pair."""
    may = possible if possible is not None else sure
    if not len(sure) == len(found) == len(may):
        raise DataError(f"expected as many sentences as in gold ({len(sure)}), found {len(found)}")
    hits = wide = given = wanted = 0
    for right, links, allowed in zip(sure, found, may, strict=True):
        sure_links = set(right)
        answer = set(links)
        hits += len(answer & sure_links)
        wide += len(answer & (set(allowed) | sure_links))
        given += len(answer)
        wanted += len(sure_links)
    return WordScores(
        wide / given if given else 0.0,
        hits / wanted if wanted else 0.0,
        1 - (hits + wide) / (given + wanted) if given + wanted else 0.0,
    )
