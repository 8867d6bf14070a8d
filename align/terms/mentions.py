"""Where the Vietnamese or English terms of a termbase stand in a text: the original, or what came back.

Vietnamese syllables are compared in lower case with the tone taken out of the vowel (hoà = hòa) and blanks,
hyphens and commas between them ignored; abbreviations only in capitals. English words lose the endings of
number and tense. A longer word of the language that covers a term (xã hội for xã) hides it. One trie and one
pass: the time does not grow with the termbase.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache

import regex

from align.terms.termbase import Termbase

_WORD = regex.compile(r"[\p{L}\p{M}\p{N}]+(?:[&'’./-](?=[\p{L}\p{N}])[\p{L}\p{M}\p{N}]+)*")
_PART = regex.compile(r"[\p{L}\p{M}\p{N}&]+")
_TONES = frozenset("\u0300\u0301\u0303\u0309\u0323")
_ABBREVIATION = regex.compile(r"\p{Lu}[\p{Lu}\p{N}&./-]*\p{Lu}[\p{Lu}\p{N}]*|\p{Lu}{2,}")
_BREAK = regex.compile(r"[.;:!?()\[\]\n]")
_INITIAL = regex.compile(r"\p{Lu}{1,2}\.|[Nn]o\. ?")  # T.Ư, TH.U, No. 3: a stop that ends nothing
_LITTLE = frozenset("the a an of and to for in on 's".split())
_LITTLE_VI = frozenset("của và các những".split())


@dataclass(frozen=True, slots=True)
class Mention:
    """A term of a concept at `text[start:end]`; `term` as the termbase writes it."""

    start: int
    end: int
    concept: str
    term: str
    abbreviation: bool = False


@lru_cache(maxsize=100_000)
def syllable(word: str) -> str:
    """A Vietnamese syllable as it is compared: lower case, tone at the end; i and y alike after a consonant."""
    letters, tone = [], ""
    for char in unicodedata.normalize("NFD", word.lower()):
        if char in _TONES:
            tone = char
        else:
            letters.append(char)
    base = unicodedata.normalize("NFC", "".join(letters))
    if len(base) > 1 and base.endswith("y") and base[-2] in "hklmst":
        base = base[:-1] + "i"
    return base + tone


@lru_cache(maxsize=100_000)
def stem(word: str) -> str:
    """An English word as it is compared: lower case, without possessive, plural, tense; -ise as -ize."""
    word = word.lower().replace("’", "'")
    word = word.removesuffix("'s").removesuffix("'")
    if len(word) > 4 and word.endswith("ies"):
        word = word[:-3] + "y"
    elif len(word) > 4 and word.endswith(("sses", "shes", "ches", "xes", "zes")):
        word = word[:-2]
    elif len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    for ending in ("ization", "isation", "izing", "ising", "ized", "ised", "ise", "ize"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)] + "iz"
    for ending in ("ing", "ed"):
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            word = word[: -len(ending)]
            return word[:-1] if word[-1] == word[-2] and word[-1] not in "sl" else word
    return word.removesuffix("e") if len(word) > 4 else word


def term_keys(text: str, language: str) -> tuple[str, ...]:
    """The words of a term as they are compared, little words left out."""
    parts = [match.group() for match in _PART.finditer(text)]
    if language == "vi":
        return tuple(syllable(part) for part in parts if part.lower() not in _LITTLE_VI) or tuple(map(syllable, parts))
    return tuple(stem(part) for part in parts if part.lower() not in _LITTLE and part != "s")


def _capitals(word: str) -> bool:
    """Whether a word is compared as the capitals it is written in."""
    return word.isupper() and len(word) > 1


@dataclass(slots=True)
class _Node:
    next: dict[str, _Node] = field(default_factory=dict)
    ends: list[tuple[str, str, bool]] = field(default_factory=list)
    hides: bool = False


class Mentions:
    """Finds the terms of one language. `words` are other words of the language, which hide terms inside them."""

    def __init__(self, termbase: Termbase, language: str, words: Iterable[str] = ()) -> None:
        self.language = language
        self._root = _Node()
        for concept in termbase.concepts.values():
            for term in concept.vietnamese if language == "vi" else concept.english:
                if term.isupper() and len(term) > 1 and _PART.fullmatch(term):
                    self._add(("^" + term,), concept.id, term, True)  # WHO is not who
                else:
                    self._add(term_keys(term, language), concept.id, term, False)
            for term in concept.abbreviations if language == "vi" else ():
                parts = [match.group() for match in _PART.finditer(term)]
                self._add(
                    tuple(f"^{part}" if _capitals(part) else syllable(part) for part in parts), concept.id, term, True
                )
        # A word hides the one-syllable term inside it (cán bộ, not bộ), a phrase never a whole term (mô hình dân vận khéo).
        hiding = [
            keys for word in words
            if len(keys := term_keys(word, language)) > 1
            and not any(len(term_keys(one.term, language)) > 1 for one in self.find(word))
        ]  # fmt: skip
        for keys in hiding:
            self._walk_in(keys).hides = True

    def _walk_in(self, keys: tuple[str, ...]) -> _Node:
        node = self._root
        for part in keys:
            node = node.next.setdefault(part, _Node())
        return node

    def _add(self, keys: tuple[str, ...], concept: str, term: str, short: bool) -> None:
        if len("".join(keys)) > 1:  # one letter (H. for huyện) is more often a person's initial
            ends = self._walk_in(keys).ends
            if all(known != concept for known, _, _ in ends):
                ends.append((concept, term, short))

    def find(self, text: str) -> list[Mention]:
        """The terms in a text, longest first wherever they overlap; several concepts may share a place."""
        words = [(match.start(), match.end(), match.group()) for match in _PART.finditer(text)]
        little = _LITTLE_VI if self.language == "vi" else _LITTLE
        fold = syllable if self.language == "vi" else stem
        keys = [(fold(word), f"^{word}" if _capitals(word) else "") for _, _, word in words]
        gaps = [
            bool(at and _BREAK.search(text, words[at - 1][1], words[at][0]))
            and not _INITIAL.fullmatch(text, words[at - 1][0], words[at][0])
            for at in range(len(words))
        ]
        skip = [word.lower() in little or word == "s" for _, _, word in words]
        result: list[Mention] = []
        at = 0
        while at < len(words):
            longest = at
            ends: list[tuple[str, str, bool]] = []
            states = [self._root]
            for reach in range(at, len(words)):
                if reach > at and gaps[reach]:
                    break
                following = []
                for node in states:
                    for key in keys[reach]:
                        if key in node.next:
                            following.append(node.next[key])
                    if skip[reach] and reach > at:
                        following.append(node)
                states = following
                if not states:
                    break
                made = [end for node in states for end in node.ends] if not skip[reach] or reach == at else []
                if made:
                    longest, ends = reach + 1, made
                elif any(node.hides for node in states):
                    longest, ends = reach + 1, []
            for concept, term, short in dict.fromkeys(ends):
                result.append(Mention(words[at][0], words[longest - 1][1], concept, term, short))
            if ends and longest - at > 1 and "," in text[words[at][0] : words[longest - 1][1]]:
                result += self._parts(text, words[at][0], words[longest - 1][1], {concept for concept, _, _ in ends})
            at = max(longest, at + 1)
        return result

    def _parts(self, text: str, start: int, end: int, known: set[str]) -> list[Mention]:
        """The other terms inside a term that is a list: cấp ủy, chính quyền."""
        made = []
        for match in regex.finditer(r"[^,]+", text[start:end]):
            for inner in self.find(match.group()):
                if inner.concept not in known:
                    at = start + match.start()
                    made.append(
                        Mention(at + inner.start, at + inner.end, inner.concept, inner.term, inner.abbreviation)
                    )
        return made

    def concepts(self, text: str) -> Iterator[str]:
        """The concepts mentioned, each once."""
        yield from dict.fromkeys(mention.concept for mention in self.find(text))
