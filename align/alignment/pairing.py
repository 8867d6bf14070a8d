"""Which texts of two collections are versions of each other, found by what they say.

Every sentence's vector, less what all of its collection has in common (language, genre), is compared with every
sentence of the other collection. How alike two texts are is the mean of what each sentence of either has at its
best in the other, weighed by length. Two texts are a pair if they are alike enough and neither has another
partner that comes near. Where a collection is so small that nothing common can be told from its one subject,
they must share numbers too. What is left open is said, not guessed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import regex
from numpy.typing import NDArray

from align.alignment.surface import fold
from align.engines.gloss import number
from align.engines.protocols import Embedder
from align.engines.remembered import embed_sums

# On the documents of NTREX-128 (61 and 62 a side, Hindi and Vietnamese, each disturbed by merges, splits, drops and
# moved paragraphs; also with half of one side taken away) these find every pair with multilingual-e5-small and 85 % of
# them with the bundled encoder, and no wrong one.
LEAST = 0.28
"""How alike a pair must be, from -1 to 1."""
LEAD = 0.08
"""How much less alike any other partner of either text must be."""
FEW = 3
"""Collections with fewer texts than this must share numbers."""
SHARED = 0.3
"""The share of distinct numbers that they must have in common (twice the common ones by all of both)."""

_NUMBER = regex.compile(r"(?<![\p{L}\p{M}\p{N}])\p{N}+(?:[.,/:]\p{N}+)*")
Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Match:
    """Texts `left` and `right` (numbers in their collections), how alike they are, and what stands against it.

    `other` is how alike the best other partner of either is (-1: there is none). `doubt` says why the two are
    not a pair; it is empty where they are one.
    """

    left: int
    right: int
    alike: float
    other: float
    doubt: str


def match_texts(
    left: Sequence[Sequence[str]], right: Sequence[Sequence[str]], languages: tuple[str, str], embedder: Embedder
) -> list[Match]:
    """The best partner of the texts of `left`, likeliest first; each text of either side is in one match at most.

    Texts are given as sentences. Time grows with the product of the two collections' sentences.
    """
    if not left or not right:
        return []
    table = likenesses(left, right, languages, embedder)
    found: list[Match] = []
    free = table.copy()
    for _ in range(min(table.shape)):
        i, j = (int(place) for place in np.unravel_index(int(free.argmax()), table.shape))
        alike = float(table[i, j])
        if alike <= 0:
            break
        free[i], free[:, j] = -1, -1
        others = np.append(np.delete(table[i], j), np.delete(table[:, j], i))
        other = float(others.max(initial=-1.0))
        found.append(Match(i, j, alike, other, _doubt(alike, other, left[i], right[j], min(table.shape))))
    return found


def likenesses(
    left: Sequence[Sequence[str]], right: Sequence[Sequence[str]], languages: tuple[str, str], embedder: Embedder
) -> Floats:
    """How alike every two texts are, shape (len(left), len(right)), from -1 to 1; -1 for a text without words."""
    sides = [_vectors(side, language, embedder) for side, language in zip((left, right), languages, strict=True)]
    (rows, row_weights), (columns, column_weights) = sides
    starts = np.cumsum([0, *map(len, columns)])[:-1]
    every = np.concatenate(columns)
    table = np.full((len(left), len(right)), -1, np.float32)
    for i, (vectors, weights) in enumerate(zip(rows, row_weights, strict=True)):
        if not weights.any():
            continue
        similar = vectors @ every.T
        best = np.maximum.reduceat(similar, starts, axis=1)  # of each sentence here, in each text there
        here = weights @ best / weights.sum()
        there = similar.max(axis=0)
        for j, start in enumerate(starts):
            across = column_weights[j]
            if across.any():
                back = across @ there[start : start + len(across)] / across.sum()
                table[i, j] = (here[j] + back) / 2
    return table


def _vectors(texts: Sequence[Sequence[str]], language: str, embedder: Embedder) -> tuple[list[Floats], list[Floats]]:
    """Unit vectors of each text's sentences, less their common mean, and the sentences' lengths."""
    flat = [sentence for text in texts for sentence in (text or [""])]
    sums, counts = embed_sums(embedder, flat, language)
    mean = sums.sum(axis=0) / max(float(counts.sum()), 1.0) * (len(flat) / (len(flat) + 4.0))
    rows = sums - counts[:, None] * mean
    rows /= np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
    lengths = np.array([len(sentence.strip()) for sentence in flat], np.float32)
    cuts = np.cumsum([len(text) or 1 for text in texts])[:-1]
    return np.split(rows, cuts), np.split(lengths, cuts)


def _doubt(alike: float, other: float, left: Sequence[str], right: Sequence[str], size: int) -> str:
    if alike < LEAST:
        return f"too little alike: {alike:.2f}, expected {LEAST:.2f} or more"
    if alike - other < LEAD:
        return f"ambiguous: another is alike by {other:.2f}, expected {LEAD:.2f} less than {alike:.2f}"
    if size < FEW:
        numbers = [_numbers(text) for text in (left, right)]
        shared = 2 * len(numbers[0] & numbers[1]) / max(len(numbers[0]) + len(numbers[1]), 1)
        if shared < SHARED:
            return (
                f"alike by {alike:.2f}, but with so few articles numbers must agree too: {shared:.2f} are shared, "
                f"expected {SHARED:.2f} or more"
            )
    return ""


def _numbers(text: Sequence[str]) -> set[str]:
    """The distinct numbers of two digits and more, digits only."""
    found = ("".join(filter(str.isalnum, fold(number(one, "en")))) for line in text for one in _NUMBER.findall(line))
    return {one for one in found if len(one) > 1}
