"""What speaks for or against a rendering: small pure functions on texts, spans and glosses.

Each gives a number from 0 to 1. None decides anything; verdict.py weighs them with weights that were fitted.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher
from functools import lru_cache
from urllib.parse import unquote, urlparse

from align.alignment.surface import sound
from align.alignment.words import Word
from align.engines.gloss import Gloss
from align.terms.mentions import stem, syllable, term_keys

# Vietnamese syllables that say little by themselves, and English ones.
_LIGHT = frozenset(
    map(syllable, "của và các những cho với trong ở tại về là người việc sự công tác tổ chức hoạt động".split())
)
_LIGHT_EN = frozenset(map(stem, "of the a an and for in on to with by at from work activity local level all".split()))


@lru_cache(maxsize=200_000)
def keys(text: str, language: str) -> frozenset[str]:
    """The words of a text as terms are compared, light ones left out where others remain."""
    found = frozenset(term_keys(text, language))
    return found - (_LIGHT if language == "vi" else _LIGHT_EN) or found


def sameness(came_back: str, terms: Iterable[str], language: str) -> float:
    """How much what came back is one of the terms: F1 of their words, best term; 1 where the words are equal."""
    have = keys(came_back, language)
    best = 0.0
    for term in terms:
        want = keys(term, language)
        shared = len(have & want)
        if shared:
            best = max(best, 2 * shared / (len(have) + len(want)))
    return best


def covered(came_back: str, terms: Iterable[str], language: str) -> float:
    """Share of a term's words that came back, whatever else came too; best term."""
    have = keys(came_back, language)
    return max(
        (len(have & keys(term, language)) / len(keys(term, language)) for term in terms if keys(term, language)),
        default=0.0,
    )


def gloss_words(glosses: Iterable[Gloss], language: str) -> list[frozenset[str]]:
    """What each dictionary entry of a span may say, as a set of words each."""
    result = []
    for gloss in glosses:
        if gloss.found in ("plain", "transliteration"):
            continue
        words: set[str] = set()
        for alternative in gloss.alternatives(language):
            words.update(term_keys(alternative, language))
        if words:
            result.append(frozenset(words))
    return result


def says(glosses: Sequence[Gloss], terms: Iterable[str], language: str) -> float:
    """How far the dictionary says that the span means a term: share of the term's words that some gloss
    gives, times the share of the span's words that give one; best term."""
    spans = gloss_words(glosses, language)
    if not spans:
        return 0.0
    have = frozenset().union(*spans)
    best = 0.0
    for term in terms:
        want = keys(term, language)
        if want:
            reached = len(want & have) / len(want)
            used = sum(bool(span & want) for span in spans) / len(spans)
            best = max(best, reached * used)
    return best


def inside(glosses: Iterable[Gloss], start: int, end: int) -> list[Gloss]:
    """The glosses that lie in the span."""
    return [gloss for gloss in glosses if gloss.start < end and gloss.end > start]


def name_share(words: Sequence[Word], glosses: Sequence[Gloss]) -> float:
    """Share of a span's words that are proper names or unknown to the dictionary: a name is not a rendering."""
    if not words:
        return 0.0
    names = sum(
        any(
            gloss.start <= word.start < gloss.end and (gloss.is_name or gloss.found == "transliteration")
            for gloss in glosses
        )
        for word in words
    )
    return names / len(words)


def loans(hindi: Iterable[str], english: Iterable[str]) -> float:
    """Share of the Hindi words that are English ones in Devanagari: कमेटी beside committee."""
    heard = [sound(word) for word in english if len(word) > 3]
    own = [sound(word) for word in hindi]
    if not own:
        return 0.0
    return sum(len(word) > 2 and any(_alike(word, other) for other in heard) for word in own) / len(own)


@lru_cache(maxsize=100_000)
def _alike(left: str, right: str) -> bool:
    bones, others = ("".join(letter for letter in word if letter not in "aeiou") for word in (left, right))
    if len(bones) > 2 and bones == others and left[0] == right[0]:
        return True
    return abs(len(left) - len(right)) <= 3 and SequenceMatcher(None, left, right, autojunk=False).ratio() >= 0.7


def slug_words(source: str) -> tuple[str, ...]:
    """The syllables of an address's last part, without diacritics: mo-hinh-dan-van-kheo."""
    parts = [part for part in unquote(urlparse(source).path).split("/") if part]
    last = parts[-1].rsplit(".", 1)[0] if parts else ""
    return tuple(part for part in last.lower().split("-") if part and not part.isdigit())


def in_slug(source: str, concept: str) -> bool:
    """Whether the article's address tells the concept (its id is the Vietnamese without diacritics)."""
    words, wanted = slug_words(source), tuple(concept.split("-"))
    return len(wanted) > 1 and any(words[at : at + len(wanted)] == wanted for at in range(len(words)))
