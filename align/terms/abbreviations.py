"""Abbreviations: letters spelled out or left in Latin, and expansions that say something else.

An abbreviation that a machine does not know it expands by guess: of BVNTTT (bảo vệ nền tảng tư tưởng, protecting
the ideological foundation) it makes protecting the environment in one sentence and protecting information and
communication in the next. No word of that is wrong in itself. What gives it away is its company: the phrase stands
where the article elsewhere has the right one, under the same noun (protecting) and with the same owner (of the
Party), and says what the article speaks of nowhere else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache

import regex

from align.languages import DEVANAGARI
from align.records import Reason, Rendering
from align.terms.candidates import Sentence
from align.terms.findings import Check, flag
from align.terms.matching import key
from align.terms.mentions import term_keys
from align.terms.names import INTERNATIONAL, spelled
from align.terms.termbase import Concept, Termbase

_SPELLED = re.compile(
    r"\d+[-–](?:(?:एन|क्यू|टी|यू|डब्ल्यू|डब्लू|सी|डी|के|एच|पी|बी|एस|एल|जी|आर|एम|वी|टीयू|टीडब्ल्यू|एनक्यू|सीटी|केएल|क्यूडी|यूबीएनडी)[/\-–]?){2,}"
)
_CAPITALS = re.compile(r"(?<![\w/&.–-])(?:[A-ZĐƯƠ]{2,}(?:[-–][A-ZĐƯƠ]{2,})+|[A-ZĐƯƠ]{3,}(?:[&.][A-ZĐƯ]+)*)(?![\w/–-])")
_INDEX_TWICE = re.compile(r"\b([A-Z]{2,}I|[A-Z]+ INDEX)\s+(?:इंडेक्स|सूचकांक)")
_VIETNAMESE = regex.compile(
    r"(?<!\w)\p{Latin}*[ăâđêôơưàảãáạằẳẵắặầẩẫấậèẻẽéẹềểễếệìỉĩíịòỏõóọồổỗốộờởỡớợùủũúụừửữứựỳỷỹýỵ]\p{Latin}*",
    regex.IGNORECASE,
)


def abbreviations(
    sentences: Sequence[Sentence], renderings: Sequence[Rendering], known: frozenset[str]
) -> Iterator[Check]:
    """Letters spelled out, abbreviations left in Latin letters, an index called index twice, wrong expansions."""
    by_index = {sentence.segment.index: sentence for sentence in sentences}
    for sentence in sentences:
        text = sentence.segment.text
        for match in _SPELLED.finditer(text):
            reason = Reason(
                "spelled-letters",
                "a document number with its letters spelled in Devanagari; keep the Vietnamese sign or write it out",
            )
            yield flag(sentence.segment, match.span(), "abbreviation", "suspicious", 0.8, reason)
        for start, end, letters in spelled(text):
            foreign = letters in INTERNATIONAL or (
                letters not in known and (len(letters) < 4 or set(letters) & set("AEIOU"))
            )
            if (
                text[start].isascii()
                or foreign
                or any(one.start() < end and start < one.end() for one in _SPELLED.finditer(text))
            ):
                continue
            reason = Reason(
                "spelled-letters", f"the letters {letters} spelled in Devanagari: write out what they stand for"
            )
            yield flag(sentence.segment, (start, end), "abbreviation", "suspicious", 0.8, reason)
        for match in _INDEX_TWICE.finditer(text):
            reason = Reason("index-twice", "the abbreviation says index already")
            yield flag(sentence.segment, match.span(), "abbreviation", "suspicious", 0.7, reason)
        run: list[tuple[int, int]] = []
        for match in _CAPITALS.finditer(text):
            international = any(part in INTERNATIONAL for part in re.split(r"[-–&.]", match.group()))
            if international or not (match.group() in known or len(match.group()) >= 5):
                continue
            if run and re.fullmatch(r"[\s,&]{1,3}", text[run[-1][1] : match.start()]):
                run[-1] = (run[-1][0], match.end())
            else:
                run.append(match.span())
        for span in run:
            reason = Reason("latin-abbreviation", "an abbreviation left in Latin letters: write out what it stands for")
            yield flag(sentence.segment, span, "untranslated", "suspicious", 0.75, reason)
        for word in _VIETNAMESE.finditer(text):
            reason = Reason("vietnamese-word", "Vietnamese left in the Hindi text")
            yield flag(sentence.segment, word.span(), "untranslated", "suspicious", 0.8, reason)
    for one in renderings:
        if not DEVANAGARI.search(one.hindi):
            continue  # left as it is, not expanded
        if one.verdict in ("wrong", "suspicious") and any(reason.code == "abbreviation" for reason in one.reasons):
            detail = next(reason.detail for reason in one.reasons if reason.code == "abbreviation")
            yield flag(
                by_index[one.index].segment, (one.start, one.end), "abbreviation", "wrong", one.score,
                Reason("wrong-expansion", detail), one.suggestion,
            )  # fmt: skip


# Expansions by their company

_OF = frozenset(("का", "के", "की"))
_LINKS = _OF | frozenset("लिए पर में हेतु संबंधी".split())
_AND = frozenset(("और", "एवं", "तथा", "व"))
_STOPS = _AND | frozenset(
    "में से को पर ने लिए है हैं था थी थे कि जो यह इस उस इन अपनी अपने अपना द्वारा तक साथ लेकर भी ही करने करना कर करते".split()
)


@dataclass(frozen=True)
class _Phrase:
    """An object, words `first` to `last` of the sentence, under the noun at `noun`, of the owner at `owner`."""

    sentence: Sentence
    first: int
    last: int
    noun: int
    owner: int

    @property
    def span(self) -> tuple[int, int]:
        """The object with the noun over it."""
        return self.sentence.words[self.first].start, self.sentence.words[self.noun].end

    @property
    def hindi(self) -> str:
        start, end = self.span
        return self.sentence.segment.text[start:end]

    def content(self) -> frozenset[str]:
        """The keys of the object's words, little ones left out."""
        words = self.sentence.words[self.first : self.last + 1]
        return frozenset(key(word.text) for word in words if word.text not in _STOPS | _OF)

    def senses(self, at: int, language: str) -> frozenset[tuple[str, ...]]:
        """What the word at `at`, or the phrase that it is part of, may say, as compared words."""
        word = self.sentence.words[at]
        glosses = (g for g in self.sentence.glosses if g.start <= word.start and word.end <= g.end)
        return frozenset(term_keys(said, language) for g in glosses for said in g.alternatives(language))

    def alike(self, other: _Phrase) -> bool:
        """Whether the other stands under the same noun, as far as the dictionary knows, and has the same owner."""
        own, others = ({part for said in one.senses(one.noun, "en") for part in said} for one in (self, other))
        owners = (key(one.sentence.words[one.owner].text) for one in (self, other))
        return bool(own & others) and len(set(owners)) == 1


def _phrases(sentence: Sentence) -> Iterator[_Phrase]:
    """Every object that stands under a noun and has an owner.

    The owner is before the object (पार्टी के X की रक्षा, पार्टी के X-संरक्षण) or after the noun (X की रक्षा के लिए पार्टी की
    लड़ाई, X-संरक्षण के पार्टी कार्य).
    """
    parts = sentence.words
    for at in range(1, len(parts)):
        if parts[at].text in _STOPS | _OF or not parts[at].text[0].isalpha():
            continue
        last = at - 2 if parts[at - 1].text in _OF else at - 1
        first = last + 1
        while first > 0 and last - first < 5 and _joins(sentence, first - 1):
            first -= 1
        while first <= last and parts[first].text in _AND:
            first += 1
        if first > last:
            continue
        if first > 1 and parts[first - 1].text in _OF and parts[first - 2].text not in _STOPS:
            yield _Phrase(sentence, first, last, at, first - 2)
        after = at + 1
        while after < len(parts) and after - at <= 3 and parts[after].text in _LINKS:
            after += 1
        if at + 1 < after < len(parts) and parts[after].text not in _STOPS:
            yield _Phrase(sentence, first, last, at, after)


def _joins(sentence: Sentence, at: int) -> bool:
    """Whether word `at` belongs to the same object as the word after it."""
    text, parts = sentence.segment.text, sentence.words
    gap = text[parts[at].end : parts[at + 1].start]
    if gap.strip(" -") or not parts[at].text[0].isalpha() or parts[at].text in _OF:
        return False
    return parts[at].text not in _STOPS or parts[at].text in _AND


def expansions(sentences: Sequence[Sentence], termbase: Termbase) -> Iterator[Check]:
    """Phrases that stand where the article elsewhere has the right rendering of an abbreviated term.

    The term is one whose Vietnamese names noun and owner too (bảo vệ ... của Đảng). Reported where both are those of
    the right rendering, the object shares no word with it nor is a term of the same field, and its last word
    stands nowhere else in the article. Where there is an original, its sentence has the term.
    """
    phrases = [phrase for sentence in sentences for phrase in _phrases(sentence)]
    reported: set[tuple[int, int]] = set()
    there = dict.fromkeys(match.concept for sentence in sentences for match in sentence.matches)
    for concept in (termbase.concepts[name] for name in there if name in termbase.concepts):
        if not _around(concept.vietnamese) or not any(len(short) > 2 for short in concept.abbreviations):
            continue
        right = [one for one in phrases if _matched(one, concept.id) and _named_whole(one, concept)]
        if not right:
            continue
        words = frozenset[str]().union(*(one.content() for one in right))
        same = [
            one
            for one in phrases
            if any(one.alike(other) for other in right)
            and one.content()
            and not one.content() & words
            and not _matched(one, concept.id)
            and not _of_the_field(one, concept, termbase)
            and (one.sentence.original is None or any(m.concept == concept.id for m in one.sentence.original.mentions))
        ]
        for one in same:
            place = (one.sentence.segment.index, one.span[0])
            if place in reported or not _isolated(one, sentences, same):
                continue
            reported.add(place)
            usual = next(other for other in right if one.alike(other))
            reason = Reason(
                "other-expansion",
                f"elsewhere the article has {usual.hindi}: {concept.vietnamese[0]} ({', '.join(concept.abbreviations)}). Here "
                f"{_said(one)} stands under the same noun, with the same owner: the abbreviation expanded as another one?",
            )
            made = flag(one.sentence.segment, one.span, "abbreviation", "wrong", 0.8, reason, usual.hindi)
            yield replace(made, concept=concept.id)


def _matched(phrase: _Phrase, concept: str) -> bool:
    start, end = phrase.sentence.words[phrase.first].start, phrase.sentence.words[phrase.last].end
    return any(
        one.concept == concept and one.form.status != "deprecated" and one.start < end and start < one.end
        for one in phrase.sentence.matches
    )


@cache
def _around(vietnamese: tuple[str, ...]) -> tuple[tuple[frozenset[tuple[str, ...]], str], ...]:
    """Of each term that has the bare one inside: what may be the noun before it, and the owner's last syllable."""
    terms = [term_keys(text, "vi") for text in vietnamese]
    bare = min(terms, key=len)
    found = []
    for term in terms:
        for at in range(1, len(term) - len(bare)):
            if term[at : at + len(bare)] == bare:
                before = {term[here : here + size] for size in (1, 2, 3) for here in range(at - size + 1)}
                found.append((frozenset(before), term[-1]))
    return tuple(found)


def _named_whole(phrase: _Phrase, concept: Concept) -> bool:
    """Whether a Vietnamese term of the concept names the phrase's noun before the bare term and its owner after it."""
    nouns, owners = phrase.senses(phrase.noun, "vi"), phrase.senses(phrase.owner, "vi")
    return any(
        nouns & before and any(said[-1:] == (last,) for said in owners) for before, last in _around(concept.vietnamese)
    )


def _of_the_field(phrase: _Phrase, concept: Concept, termbase: Termbase) -> bool:
    start, end = phrase.sentence.words[phrase.first].start, phrase.sentence.words[phrase.last].end
    return any(
        one.start < end and start < one.end and one.form.status != "deprecated" and one.concept in termbase.concepts
        and termbase.concepts[one.concept].domain == concept.domain
        for one in phrase.sentence.matches
    )  # fmt: skip


def _isolated(phrase: _Phrase, sentences: Sequence[Sentence], same: Sequence[_Phrase]) -> bool:
    """Whether the object's last word stands in no other place of the article than in such phrases."""
    last = key(phrase.sentence.words[phrase.last].text)
    inside = {(one.sentence.segment.index, at) for one in same for at in range(one.first, one.last + 1)}
    return not any(
        key(word.text) == last and (sentence.segment.index, at) not in inside
        for sentence in sentences
        for at, word in enumerate(sentence.words)
    )


def _said(phrase: _Phrase) -> str:
    """What the dictionary makes of the phrase, in English."""
    start, end = phrase.span
    said = " ".join(g.english[0] for g in phrase.sentence.glosses if g.start < end and start < g.end and g.english)
    return repr(said or phrase.hindi)
