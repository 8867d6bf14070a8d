"""Finding the forms of a termbase in Hindi text, whatever their spelling and inflection.

Text and forms become sequences of keys, one a word, in which nukta, chandrabindu, joiners, hyphens and the
endings of number, case and gender no longer count; a trie over keys finds every form in one pass. The time
depends on the text, not on the size of the termbase. Offsets are those of the text as given.

The endings are those of the light stemmer of Ramanathan and Rao (2003), less its derivational ones:
अनुकरण (emulation) and अनुकरणीय (exemplary) stay apart.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

import regex

from align.languages import WORD
from align.terms.termbase import Form, Termbase

_DROPPED = str.maketrans("", "", "\u200c\u200d\u093c")  # joiners, nukta
_NASALS = regex.compile(r"ङ्(?=[कखगघ])|ञ्(?=[चछजझ])|ण्(?=[टठडढ])|न्(?=[तथदध])|म्(?=[पफबभ])")
_ENDINGS = sorted("ियों ियां ियो ाओं ुओं ूओं ाएं ुएं ओं ों ें ीं एं ां ा े ी ो ि ु ू".split(), key=len, reverse=True)
_JOINING = frozenset(("का", "के", "की"))
_FIXED = frozenset(
    "सभी कभी अभी तभी किसी दोनों तीनों चारों".split()
)  # look inflected: सभी (all) is no form of सभा (assembly)
_AND = frozenset(("और", "एवं", "व", "तथा", "ओर"))
_DO = frozenset("कर करना करने करनी करता करते करती करके करें करेंगे करेगा करेगी करो किया किए किये कराना कराने करवाना करवाने".split())
_BE = frozenset("हो होना होने होनी होता होते होती हुआ हुए हुई होगा होगी".split())
# Verbs that end a form of a termbase. Other words in -ना are nouns (सूचना, योजना), whose stems are words of their own.
_VERBS = frozenset(
    """देना बनाना लेना जुटाना हटाना रखना लगाना निकलना पकड़ना बदलना मिटाना चलाना रोकना उबरना लड़ना घटाना उठाना जाना पूछना तोड़ना भागना बाँटना
    खोलना छोड़ना फैलना अपनाना जलाना चलना पहुँचना थोपना बुलाना लाना समझाना बढ़ाना बढ़ना दिखाना दोहराना बसाना रहना हिलाना गिराना मिलाना उतरना मोड़ना
    सीखना जोड़ना जुड़ना पाना निपटना फैलाना समझना जानना पहुँचाना दिलाना बचना बचाना उकसाना भड़काना निकालना भरना छूना सराहना मिलना सजाना हड़पना पालना
    ठहराना बुझाना धँसना खिसकना फिसलना झाड़ना सुनना देखना निभाना सौंपना सँभालना सुधारना ढालना डालना टूटना हाथ बँटाना आना कहना बोलना लिखना पढ़ना पढ़ाना
    सिखाना उगाना काटना खींचना घेरना जगाना झुकाना डराना ढहाना तैरना थामना दबाना दौड़ना नापना परखना पुकारना फेंकना बिखेरना मनाना माँगना मानना मारना
    रचना संजोना सहना सौंपना हराना""".split()
) - {"रचना", "हाथ"}
_IRREGULAR = {"जाना": "गया गए गई", "लेना": "लिया ली लेगा लेंगे", "देना": "दिया दिए दी देगा देंगे"}
_AFTER_CONSONANT = ("", "कर", "के", "ता", "ते", "ती", "ा", "े", "ी", "ेगा", "ेगी", "ेंगे", "ें", "ने")
_AFTER_VOWEL = ("", "कर", "के", "ता", "ते", "ती", "या", "ए", "ई", "एगा", "एगी", "एंगे", "एं", "ने")


def finite(verb: str) -> tuple[str, ...]:
    """The forms of a verb that may stand for its infinitive in running text: फैलाना -> फैलाया, फैलाए, फैलाता, फैलाकर ..."""
    if verb not in _VERBS:
        return ()
    stem = verb.removesuffix("ना")
    endings = _AFTER_VOWEL if unicodedata.category(stem[-1]) != "Lo" and stem[-1] != "\u093c" else _AFTER_CONSONANT
    return (*(stem + ending for ending in endings), *_IRREGULAR.get(verb, "").split())


@lru_cache(maxsize=200_000)
def key(word: str) -> str:
    """What a word is compared by: spelling folded, ending of number, case or gender removed."""
    folded = unicodedata.normalize("NFD", word).translate(_DROPPED)
    folded = unicodedata.normalize("NFC", folded).replace("ँ", "ं").lower()
    folded = _NASALS.sub("ं", folded).replace("िये", "िए").replace("यी", "ई").replace("ऑ", "ओ").replace("ॉ", "ो")
    if folded in _AND:
        return "&"
    if folded in _DO:
        return "कर*"
    if folded in _BE:
        return "हो*"
    if folded in _JOINING:
        return "का*"
    if folded in _FIXED:
        return folded
    if folded.isdigit():
        return str(int(folded)) if len(folded) < 30 else folded
    for ending in _ENDINGS:
        if folded.endswith(ending):
            stem = folded[: -len(ending)]
            if len(stem) >= 2 and sum(unicodedata.category(char) == "Lo" for char in stem) >= 2:
                return stem
    return folded


class Token(NamedTuple):
    """A word of the text with its offsets and key; `near`: only a blank, hyphens or quotes stand before it."""

    start: int
    end: int
    key: str
    near: bool


_GAP = regex.compile(r"[\s\-‐-―'\"“”‘’]{0,3}")
_COMMA = regex.compile(r"[\s'\"“”‘’]{0,2},[\s'\"“”‘’]{0,2}")


def tokens(text: str) -> list[Token]:
    """The words of a text. A comma counts as "and"; `near` is False where a stop or bracket stands before a word."""
    result: list[Token] = []
    before = 0
    for match in WORD.finditer(text):
        start, end = match.span()
        made = key(match.group())
        near = text[before:start] == " " or _GAP.fullmatch(text, before, start) is not None
        if not near and result and _COMMA.fullmatch(text, before, start):
            near = True
            if made != "&" and result[-1].key != "&":
                result.append(Token(before, start, "&", True))
        result.append(Token(start, end, made, near))
        before = end
    return result


@dataclass(frozen=True, slots=True)
class Match:
    """A form of a concept at `text[start:end]`."""

    start: int
    end: int
    concept: str
    form: Form


@dataclass(slots=True)
class _Node:
    next: dict[str, _Node] = field(default_factory=dict)
    ends: list[tuple[str, Form | None]] = field(default_factory=list)


class Matcher:
    """Finds the Hindi forms of a termbase. Building is linear in the termbase, matching in the text."""

    def __init__(self, termbase: Termbase) -> None:
        self._root = _Node()
        for concept in termbase.concepts.values():
            for form in concept.hindi:
                self._add(form.form, concept.id, form)
            for phrase in concept.not_in:
                self._add(phrase, concept.id, None)

    def _add(self, text: str, concept: str, form: Form | None) -> None:
        sequence = [token.key for token in tokens(text)]
        bare = [key for key in sequence if key != "का*"] if len(sequence) > 2 else sequence
        for keys in {tuple(sequence), tuple(bare or sequence), *_joined(text), *_inflected(text, sequence)}:
            if not keys:
                continue
            node = self._root
            for part in keys:
                node = node.next.setdefault(part, _Node())
            if (concept, form) not in node.ends:
                node.ends.append((concept, form))

    def all(self, text: str) -> Iterator[Match]:
        """Every occurrence of every form, overlapping ones too, negative contexts taken away."""
        words = tokens(text)
        found: list[tuple[int, int, str, Form | None]] = []
        root, count = self._root.next, len(words)
        keys = [word.key for word in words]
        for first, begin in enumerate(keys):
            if begin not in root:
                continue
            waiting = [(root[begin], first)]
            while waiting:
                node, at = waiting.pop()
                for concept, form in node.ends:
                    found.append((words[first].start, words[at].end, concept, form))
                at += 1
                if at == count or not words[at].near:
                    continue
                if keys[at] in node.next:
                    waiting.append((node.next[keys[at]], at))
                skips = keys[at] == "का*" and keys[at - 1] != "का*" and at + 1 < count and words[at + 1].near
                if skips and keys[at + 1] in node.next:
                    # पार्टी की केंद्रीय समिति for पार्टी केंद्रीय समिति, whatever other form goes on with की
                    waiting.append((node.next[keys[at + 1]], at + 1))
        blocked = [(start, end, concept) for start, end, concept, form in found if form is None]
        seen: set[tuple[int, int, str, str]] = set()
        for start, end, concept, form in found:
            if form is None or any(a <= start and end <= b and concept == c for a, b, c in blocked):
                continue
            if (start, end, concept, form.form) not in seen:
                seen.add((start, end, concept, form.form))
                yield Match(start, end, concept, form)

    def longest(self, text: str) -> list[Match]:
        """The occurrences that no longer one contains; several concepts may share a span."""
        matches = sorted(self.all(text), key=lambda match: (match.start, -match.end))
        kept: list[Match] = []
        reach = -1
        for match in matches:
            if match.end > reach or (kept and (match.start, match.end) == (kept[-1].start, kept[-1].end)):
                kept.append(match)
                reach = max(reach, match.end)
        return kept


def _inflected(text: str, sequence: Sequence[str]) -> Iterable[tuple[str, ...]]:
    """A form that ends in an infinitive, with the verb's other forms."""
    last = WORD.findall(text)[-1:]
    for form in finite(unicodedata.normalize("NFC", last[0])) if last else ():
        # A stem alone (दे, ले) that is the whole form would be found in every other sentence.
        if len(sequence) > 1 or len(form) > 3:
            yield (*sequence[:-1], key(form))


def _joined(text: str) -> Iterable[tuple[str, ...]]:
    """Spellings that write neighbouring words as one: जनआंदोलन, जनसमिति."""
    parts = WORD.findall(text)
    for at in range(len(parts) - 1):
        merged = [*parts[:at], parts[at] + parts[at + 1], *parts[at + 2 :]]
        yield tuple(key(part) for part in merged)
