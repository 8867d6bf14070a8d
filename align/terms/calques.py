"""Renderings that nobody listed, recognised by their words: फूल और रंग is hoa màu read as flower and colour.

A machine that does not know a term renders it one word at a time, each word in whatever sense it has elsewhere.
Every Hindi word is therefore linked with the syllables of a Vietnamese term that it may stand for:

- *right*: it does so in a preferred or admitted form of the termbase;
- *literal*: the dictionary glosses it with them;
- *misread*: it does so in a deprecated form, or English lies between (a Hindi and a Vietnamese word share an
  English gloss: veteran, दिग्गज, cựu chiến binh).

A stretch whose words are linked with most of a term is a candidate; whether it is an error, a variant or a
right rendering that the termbase lacks is for the verdict to weigh.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from align.engines.gloss import Lexicon, normalise
from align.languages import WORD
from align.terms.matching import key
from align.terms.mentions import stem, syllable, term_keys
from align.terms.termbase import Concept, Termbase

EMPTY = frozenset(
    map(
        key,
        "का को में से पर ने और तक भी ही है था थे थी यह इस उस जो कि एक अपने साथ द्वारा लिए रूप करना होना वाला रहा गया दिया हैं हूँ हुआ "
        "लिया जाना देना लेना सभी या न नहीं के".split(),
    )
)
_CLASSIFIERS = frozenset(term_keys("các những sự việc cái con đã được bị", "vi"))
Syllables = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Calque:
    """A stretch of Hindi whose words are linked with a term.

    `share` (0 to 1) of the term's syllables is covered; `words` content words do it, so many of them `right`,
    `literal` and `misread`, and `own` of the misread ones in a form of this very concept. `skipped` words stand
    between that are linked with nothing. `sure` (0 to 1): how far the words stand for just these syllables and no
    others; `rare` (0 to 1): how rare the rarest misread word is in Hindi. `pairs`: which Hindi word stands for what.
    """

    start: int
    end: int
    concept: str
    term: str
    size: int
    share: float
    words: int
    right: int
    literal: int
    misread: int
    own: int
    skipped: int
    sure: float
    rare: float
    pairs: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class _Term:
    """One Vietnamese term: its syllables as they are compared, and `written` as they are read."""

    number: int
    concept: str
    text: str
    syllables: Syllables
    written: Syllables


@dataclass(frozen=True, slots=True)
class _Link:
    cover: frozenset[int]
    kind: str
    credit: float
    own: bool
    alone: bool
    sure: float


@dataclass(frozen=True, slots=True)
class _Unit:
    """A content word of the text; `joined`: a conjunction or comma stands before it, `near`: no stop or bracket."""

    start: int
    end: int
    word: str
    gap: int
    near: bool
    joined: bool


class Calques:
    """Finds stretches that spell a term of the termbase. Built once; the time to find depends on the text."""

    def __init__(self, termbase: Termbase, lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        self._words: dict[str, tuple[tuple[Syllables, ...], frozenset[str]]] = {}
        self._cached: dict[str, dict[int, _Link]] = {}
        self._terms: list[_Term] = []
        self._at: dict[str, list[_Term]] = {}
        self._known: dict[str, dict[tuple[str, Syllables], tuple[str, float, bool]]] = {}
        self._right: dict[str, set[str]] = {}
        self._counts: dict[str, dict[Syllables, int]] = {}
        self._ranks = {key(word): n for n, word in reversed(list(enumerate(lexicon.exact)))}
        self._english: dict[str, set[Syllables]] = {}
        for words, (english, vietnamese) in lexicon.folded.items():
            if len(words) == 1:
                said = {stem(one.removeprefix("to ")) for one in english if " " not in one.removeprefix("to ")}
                for one in vietnamese:
                    if keys := _strip(term_keys(one, "vi")):
                        for meaning in said:
                            self._english.setdefault(meaning, set()).add(keys)
        for concept in termbase.concepts.values():
            for keys, text in {term_keys(text, "vi"): text for text in concept.vietnamese[::-1]}.items():
                if len(keys) < 7:
                    shown = tuple(word for word in WORD.findall(text) if syllable(word) in keys)
                    written = shown if len(shown) == len(keys) else keys
                    term = _Term(len(self._terms), concept.id, text, keys, written)
                    self._terms.append(term)
                    for part in set(keys):
                        self._at.setdefault(part, []).append(term)
        for concept in termbase.concepts.values():
            self._learn(concept)

    def _gloss(self, word: str) -> tuple[tuple[Syllables, ...], frozenset[str]]:
        """What the dictionary says: Vietnamese readings as syllables, English ones as stems of single words."""
        if word not in self._words:
            hit = self._lexicon.word(normalise(word))
            (english, vietnamese), _ = hit if hit is not None else (((), ()), "")
            self._words[word] = (
                tuple(dict.fromkeys(keys for one in vietnamese if (keys := _strip(term_keys(one, "vi"))))),
                frozenset(stem(one.removeprefix("to ")) for one in english if " " not in one.removeprefix("to ")),
            )
        return self._words[word]

    def _learn(self, concept: Concept) -> None:
        """Which syllables each word of a form stands for: what the dictionary says, and what is left over."""
        right = self._right[concept.id] = {
            key(word) for form in concept.hindi if form.status != "deprecated" for word in WORD.findall(form.form)
        }
        terms = [term_keys(text, "vi") for text in concept.vietnamese]
        for form in concept.hindi:
            parts = [(key(word), self._gloss(word)[0]) for word in WORD.findall(form.form)]
            parts = [part for part in parts if part[0] not in EMPTY]
            if not parts:
                continue
            best: tuple[float, Syllables, list[set[int]]] = (-1.0, (), [])
            for syllables in terms:
                covers: list[set[int]] = [
                    set().union(*(_inside(one, syllables) for one in glosses)) for _, glosses in parts
                ]
                whole = len(set().union(*covers)) / len(syllables) - 0.01 * len(syllables)
                if whole > best[0]:
                    best = (whole, syllables, covers)
            _, syllables, covers = best
            done = set().union(*covers)
            rest = [n for n in range(len(syllables)) if n not in done]
            lost = sum(not cover for cover in covers)
            for (word, _), cover in zip(parts, covers, strict=True):
                kind = "misread" if form.status == "deprecated" and word not in right else "right"
                if cover or (rest and lost <= 3):
                    for run in _runs(sorted(cover) or rest):
                        credit = 1.0 if cover else 1 / lost
                        self._know(word, concept.id, tuple(syllables[n] for n in run), kind, credit, len(parts) == 1)

    def _know(self, word: str, concept: str, syllables: Syllables, kind: str, credit: float, alone: bool) -> None:
        counts = self._counts.setdefault(word, {})
        counts[syllables] = counts.get(syllables, 0) + 1
        for owner in (concept, ""):
            known = self._known.setdefault(word, {})
            before = known.get((owner, syllables), (kind, 0.0, False))
            kind_ = "right" if "right" in (kind, before[0]) else kind
            known[owner, syllables] = (kind_, max(credit, before[1]), alone or before[2])

    def find(self, text: str) -> list[Calque]:
        """For each concept the stretches that cover most of a term, none overlapping another of its concept."""
        units = _units(text)
        links = [self._links(unit.word) for unit in units]
        best: dict[str, list[Calque]] = {}
        for first in range(len(units)):
            for number in links[first]:
                made = self._grow(units, links, first, self._terms[number])
                if made is not None:
                    best.setdefault(made.concept, []).append(made)
        found: list[Calque] = []
        for same in best.values():
            kept: list[Calque] = []
            for one in sorted(same, key=_rank, reverse=True):
                if not any(one.start < other.end and other.start < one.end for other in kept):
                    kept.append(one)
            found += kept
        return sorted(found, key=lambda one: (one.start, one.end, one.concept))

    def strange(self, text: str, concept: str) -> tuple[float, float]:
        """Of a listed form: how rare its rarest word is that no right form of the concept has, and how far the words of
        that kind stand for this term and no other; both 0 where a right form has every word."""
        rare = sure = 0.0
        for match in WORD.finditer(text):
            word = key(match.group())
            if word in EMPTY or word == "&" or word in self._right.get(concept, ()):
                continue
            counts = self._counts.get(word, {})
            rare = max(rare, self._rarity(match.group()))
            sure = max(sure, max(counts.values(), default=0) / max(1, sum(counts.values())))
        return rare, sure

    def _grow(
        self, units: Sequence[_Unit], links: Sequence[dict[int, _Link]], first: int, term: _Term
    ) -> Calque | None:
        """The best stretch from one word on."""
        covered = [0.0] * len(term.syllables)
        counts = {"right": 0, "literal": 0, "misread": 0}
        own = words = skipped = pending = 0
        sure = rare = 0.0
        pairs: list[tuple[str, str]] = []
        best: Calque | None = None
        for at in range(first, min(first + 7, len(units))):
            unit = units[at]
            if at > first and (
                unit.gap > 3 or not unit.near or (unit.joined and not term.text.count(",") and words > 1)
            ):
                break
            link = links[at].get(term.number)
            if link is None or not any(covered[n] < 0.9 for n in link.cover):
                pending += 1
                if pending > 1 or skipped:
                    break
                continue
            skipped, pending = skipped + pending, 0
            for n in link.cover:
                covered[n] = min(1.0, covered[n] + link.credit)
            counts[link.kind] += 1
            own += link.own and link.kind == "misread"
            words += 1
            sure += link.sure
            pairs.append((unit.word, " ".join(term.written[n] for n in sorted(link.cover))))
            if link.kind == "misread":
                rare = max(rare, self._rarity(unit.word))
            if words == 1 and not link.alone:
                continue
            made = Calque(
                units[first].start, unit.end, term.concept, term.text, len(term.syllables), sum(covered) / len(covered),
                words, counts["right"], counts["literal"], counts["misread"], own, skipped,
                sure / words, rare, tuple(pairs),
            )  # fmt: skip
            if best is None or _rank(made) > _rank(best):
                best = made
        return best if best is not None and best.share >= 0.6 else None

    def _rarity(self, word: str) -> float:
        """0 for the commonest word to 1 for one that the dictionary, which is in order of frequency, does not list."""
        rank = self._ranks.get(key(word), len(self._ranks))
        return math.log1p(rank) / math.log1p(max(1, len(self._ranks)))

    def _links(self, word: str) -> dict[int, _Link]:
        """The terms that a word may render a part of, by number."""
        if word in self._cached:
            return self._cached[word]
        made: dict[int, _Link] = {}

        def add(
            term: _Term, cover: frozenset[int], kind: str, credit: float, sure: float, own: bool = False,
            alone: bool = True,
        ) -> None:  # fmt: skip
            before = made.get(term.number)
            if cover and (
                before is None or (len(cover) * credit, own) > (len(before.cover) * before.credit, before.own)
            ):
                made[term.number] = _Link(cover, kind, credit, own, alone, sure)

        for (owner, syllables), (kind, credit, alone) in self._known.get(key(word), {}).items():
            counts = self._counts[key(word)]
            sure = counts[syllables] / sum(counts.values())
            for term in self._at.get(syllables[0], ()):
                if owner in ("", term.concept):
                    add(term, _whole(syllables, term.syllables), kind, credit, sure, owner == term.concept, alone)
        glosses, english = self._gloss(word)
        for gloss in glosses:
            for part in dict.fromkeys(gloss):
                for term in self._at.get(part, ()):
                    if cover := _whole(gloss, term.syllables):
                        add(term, cover, "literal", 1.0, 1 / len(glosses))
                    else:
                        add(term, frozenset(_inside(gloss, term.syllables)), "literal", 0.5, 0.5 / len(glosses))
        for meaning in english:
            for syllables in self._english.get(meaning, ()):
                for term in self._at.get(syllables[0], ()):
                    add(term, _whole(syllables, term.syllables), "misread", 0.9, 1 / len(self._english[meaning]))
        self._cached[word] = made
        return made


def _rank(one: Calque) -> tuple[float, float, int]:
    """More of the term first, then fewer words."""
    return (one.share * one.size - 0.5 * one.skipped if one.share > 0.7 else one.share, one.share, -one.words)


def _units(text: str) -> list[_Unit]:
    """The content words of a text."""
    made: list[_Unit] = []
    gap, last, near, joined = 0, 0, True, False
    for match in WORD.finditer(text):
        between = text[last : match.start()]
        near = near and not any(char in between for char in '.।;:!?()[]"“”')
        joined = joined or "," in between
        last = match.end()
        made_key = key(match.group())
        if made_key in EMPTY or made_key == "&":
            gap += 1
            joined = joined or made_key == "&"
            continue
        made.append(_Unit(match.start(), match.end(), match.group(), gap, near, joined))
        gap, near, joined = 0, True, False
    return made


def _strip(keys: Syllables) -> Syllables:
    while len(keys) > 1 and keys[0] in _CLASSIFIERS:
        keys = keys[1:]
    return keys


def _whole(small: Syllables, large: Syllables) -> frozenset[int]:
    """Where all of `small` stands in `large` as a stretch."""
    size = len(small)
    for at in range(len(large) - size + 1):
        if large[at : at + size] == small:
            return frozenset(range(at, at + size))
    return frozenset()


def _inside(small: Syllables, large: Syllables) -> set[int]:
    """Where at least half of `small` stands in `large` as a stretch."""
    if whole := _whole(small, large):
        return set(whole)
    for size in range(len(small) - 1, (len(small) - 1) // 2, -1):
        for at in range(len(small) - size + 1):
            if part := _whole(small[at : at + size], large):
                return set(part)
    return set()


def _runs(numbers: Sequence[int]) -> list[tuple[int, ...]]:
    """Neighbouring numbers together."""
    made: list[tuple[int, ...]] = []
    for one in numbers:
        if made and made[-1][-1] == one - 1:
            made[-1] = (*made[-1], one)
        else:
            made.append((one,))
    return made
