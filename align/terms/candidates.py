"""The places of a document where a concept is, or should be, rendered, each with its evidence.

A place is *listed* (a form of the termbase stands there), *unknown* (the original has the term, or it came
back, and no form stands there), a *calque* (the words, one by one, spell the Vietnamese term) or *omitted*
(the original has it and nothing in the Hindi renders it).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from align.alignment.words import Link, Projection, TokenEmbedder, Word, WordAligner, project, words
from align.engines.gloss import Gloss, Lexicon, lookup
from align.records import Alignment, Segment, Translation
from align.terms import evidence
from align.terms.calques import Calque, Calques
from align.terms.compose import compose
from align.terms.matching import Match, Matcher, tokens
from align.terms.mentions import Mention, Mentions, term_keys
from align.terms.names import INTERNATIONAL, chains, level_names, plain, spelled
from align.terms.termbase import Concept, Form, Termbase
from align.terms.usage import Usage, around, form_key, usage

_ORDER = {"preferred": 0, "admitted": 1, "deprecated": 2}
_EDGES = frozenset(
    "के का की को में से पर ने और एवं तथा व या है हैं था थे थी भी ही तक लिए द्वारा यह इस इन उस जो कि एक अपने अपनी "
    "साथ बाद रूप गया गई गए किया की करने हुए होने कर रहे रहा जाता इसके उनके जिसमें ताकि वाले".split()
)


# What usage.py knows of a place.
USED = ("meant", "elsewhere", "sense", "seen", "seen_ok", "seen_variant", "seen_error", "seen_none")


class NoStates:
    """Stands in for an encoder where there is none: the dictionary alone aligns the words."""

    def token_states(self, texts: Sequence[str], language: str, layer: int) -> list[tuple[object, object]]:
        """No token has a state."""
        import numpy as np

        return [(np.zeros((1, 2), np.int64), np.zeros((1, 1), np.float32)) for _ in texts]


@dataclass(frozen=True)
class Text:
    """A text in another language beside a Hindi segment, its words linked with the Hindi ones."""

    engine: str
    language: str
    text: str
    words: tuple[Word, ...]
    links: tuple[Link, ...]
    mentions: tuple[Mention, ...]
    compounds: frozenset[tuple[str, ...]] = frozenset()

    def at(self, start: int, end: int, hindi: Sequence[Word]) -> Projection:
        """Where the Hindi span is rendered here."""
        return project((start, end), self.links, hindi, self.words, compounds=self.compounds)

    def back(self, start: int, end: int, hindi: Sequence[Word]) -> Projection:
        """Which Hindi words render characters `start` to `end` of this text."""
        return project((start, end), [Link(one.j, one.i, one.score) for one in self.links], self.words, hindi)


@dataclass(frozen=True)
class Sentence:
    """A Hindi segment with all that stands beside it."""

    segment: Segment
    words: tuple[Word, ...]
    glosses: tuple[Gloss, ...]
    matches: tuple[Match, ...]
    backs: tuple[Text, ...]
    original: Text | None
    calques: tuple[Calque, ...] = ()


@dataclass
class Place:
    """A candidate rendering; `features` is what verdict.py weighs, `kind` how the place was found."""

    segment: Segment
    start: int
    end: int
    concept: str
    kind: str
    form: Form | None = None
    features: dict[str, float] = field(default_factory=dict)
    english: dict[str, str] = field(default_factory=dict)
    vietnamese: dict[str, str] = field(default_factory=dict)
    term: str = ""
    rivals: tuple[Match, ...] = ()
    notes: dict[str, str] = field(default_factory=dict)

    @property
    def hindi(self) -> str:
        """The surface, '' for an omitted term."""
        return "" if self.kind == "omitted" else self.segment.text[self.start : self.end]

    @property
    def written(self) -> str:
        """The listed form, else the words as they stand."""
        return self.form.form if self.form else self.hindi

    def remember(self, known: Usage, less: Usage | None = None) -> None:
        """Take up what is known of such words elsewhere (usage.py), `less` what one article says."""
        for name in USED:
            self.features.pop(name, None)
        if self.kind != "omitted":
            near = around(self.segment.text, self.start, self.end)
            wrong = self.form is not None and self.form.status == "deprecated"
            self.features |= known.evidence(self.concept, self.written, wrong, near, less)
            if counts := known.outcomes(form_key(self.concept, self.written), less):
                self.notes["seen"] = f"{counts[2]} of {sum(counts)}"

    @property
    def is_rendering(self) -> bool:
        """Whether, if nothing is wrong with it, the place is a rendering of its concept at all."""
        if self.kind == "listed":
            return self.form is not None and self.form.status != "deprecated"
        if self.kind in ("unknown", "returned"):
            return max(self.features.get("same_en", 0.0), self.features.get("same_vi", 0.0)) == 1.0
        return False


class Reader:
    """Reads documents against a termbase. Slow parts (matchers, dictionary words) are built once."""

    def __init__(self, termbase: Termbase, lexicon: Lexicon | None = None, embedder: object | None = None) -> None:
        given = termbase
        self.termbase = termbase = compose(termbase)
        self.lexicon = lexicon or Lexicon([])
        self.matcher = Matcher(termbase)
        self.calques = Calques(given, self.lexicon)
        self.usage = usage()
        self.short = _short(termbase)
        vietnamese = {word for entry in self.lexicon.folded.values() for word in entry[1] if " " in word}
        self.compounds = frozenset(tuple(word.lower().split()) for word in vietnamese)
        self.mentions = {"vi": Mentions(termbase, "vi", vietnamese), "en": Mentions(termbase, "en")}
        self._family_of: dict[str, set[str]] = {}
        self._first = {one.id: term_keys(one.vietnamese[0], "vi") for one in termbase.concepts.values()}
        self._right: dict[str, list[tuple[str, ...]]] = {}
        self.encoded = embedder is not None and hasattr(embedder, "token_states")
        if embedder is not None and hasattr(embedder, "token_states"):
            self.aligner = WordAligner(embedder, self.lexicon)
        else:
            nothing: TokenEmbedder = NoStates()  # type: ignore[assignment]
            self.aligner = WordAligner(nothing, self.lexicon, gloss_weight=1.0, distance_weight=0.6)

    def sentences(
        self, segments: Sequence[Segment], translations: Sequence[Translation], alignments: Sequence[Alignment]
    ) -> list[Sentence]:
        """The Hindi segments of one document with their back-translations and originals, words linked."""
        hindi = [one for one in segments if one.role == "hindi"]
        originals = {one.index: one for one in segments if one.role == "original"}
        beside: dict[int, str] = {}
        language = next((one.language for one in originals.values()), "vi")
        for bead in alignments:
            if bead.engine == "original" and bead.language == language and language in self.mentions:
                said = " ".join(originals[at].text for at in bead.other if at in originals)
                for index in bead.hindi:
                    beside[index] = said
        back: dict[int, list[Translation]] = {}
        for one in translations:
            if one.text.strip() and one.language in ("en", "vi"):
                back.setdefault(one.index, []).append(one)
        pairs: list[tuple[str, str, str]] = []
        for segment in hindi:
            pairs += [(segment.text, one.text, one.language) for one in back.get(segment.index, ())]
            if beside.get(segment.index):
                pairs.append((segment.text, beside[segment.index], language))
        links = iter(self.aligner.align_many(pairs))
        result = []
        for segment in hindi:
            texts = [self._text(one.engine, one.language, one.text, next(links)) for one in back.get(segment.index, ())]
            original = (
                self._text("original", language, beside[segment.index], next(links))
                if beside.get(segment.index)
                else None
            )
            result.append(Sentence(
                segment, tuple(words(segment.text)), tuple(lookup(segment.text, self.lexicon)),
                tuple(self.matcher.all(segment.text)), tuple(texts), original, tuple(self.calques.find(segment.text)),
            ))  # fmt: skip
        return result

    def _text(self, engine: str, language: str, text: str, links: Iterable[Link]) -> Text:
        found = self.mentions[language].find(text)
        compounds = self.compounds if language == "vi" else frozenset()
        return Text(engine, language, text, tuple(words(text)), tuple(links), tuple(found), compounds)

    def places(self, sentences: Sequence[Sentence], source: str = "") -> list[Place]:
        """All places of one document, in reading order, with their features."""
        found: list[Place] = []
        for sentence in sentences:
            here = self._listed(sentence)
            here += self._letters(sentence, here)
            here += self._expected(sentence, here)
            here += self._returned(sentence, here)
            here += self._calques(sentence, here)
            for place in here:
                self._evidence(place, sentence)
                place.features["slug"] = float(evidence.in_slug(source, place.concept))
            found += sorted(here, key=lambda place: (place.start, place.end, place.concept))
        found = self._shared(sentences, found)
        self._levels(sentences, found)
        self._company(found)
        for place in found:
            place.remember(self.usage)
        self._kin(found)
        self._variation(found)
        return found

    def _shared(self, sentences: Sequence[Sentence], places: list[Place]) -> list[Place]:
        """Where several segments render one sentence of the original, a term needs to stand in one of them only."""
        texts = {one.segment.index: one.original.text for one in sentences if one.original is not None}
        sizes = Counter(texts.values())
        done: dict[tuple[str, str], list[Place]] = {}
        for place in places:
            said = texts.get(place.segment.index, "")
            if sizes[said] > 1 and place.features.get("original"):
                done.setdefault((said, place.concept), []).append(place)
        gone: set[int] = set()
        order = ("omitted", "replaced", "covered", "unknown", "listed")
        for same in done.values():
            best = max(same, key=lambda place: (order.index(place.kind), place.features.get("sure", 0.0)))
            gone.update(id(place) for place in same if place.kind != "listed" and place is not best)
        return [place for place in places if id(place) not in gone]

    # Where

    def _listed(self, sentence: Sentence) -> list[Place]:
        """One match a span: what the original mentions first, then the longest, then a right form before a wrong one."""
        mentioned = {one.concept for one in sentence.original.mentions} if sentence.original else set()
        returned = {one.concept for text in sentence.backs for one in text.mentions}

        def rank(match: Match) -> tuple[bool, int, int, bool]:
            supported = match.concept in mentioned
            weak = match.form.context and not supported and match.concept not in returned
            return (weak, -(match.end - match.start),
                    _ORDER[match.form.status] + 2 * weak - 3 * supported, match.concept not in returned)  # fmt: skip

        def cut(match: Match) -> bool:
            """Whether another form of the concept has the better claim: one that starts before and reaches into this one
            (कुशल जन-आंदोलन के लिए ...), or one inside where this one runs over the end of a quoted name."""
            surface = sentence.segment.text[match.start : match.end]
            torn = surface.count('"') % 2 == 1 or surface.count("“") != surface.count("”")
            return match.form.status == "deprecated" and any(
                one.concept == match.concept
                and one.form.status == "deprecated"
                and (
                    one.start < match.start < one.end < match.end
                    or (torn and match.start <= one.start and one.end <= match.end and one != match)
                )
                for one in sentence.matches
            )

        kept: list[Match] = []
        rivals: dict[int, list[Match]] = {}
        for match in sorted((one for one in sentence.matches if not cut(one)), key=rank):
            at = next((n for n, one in enumerate(kept) if one.start < match.end and match.start < one.end), None)
            if at is None:
                kept.append(match)
            elif match.concept != kept[at].concept and kept[at].start <= match.start and match.end <= kept[at].end:
                rivals.setdefault(at, []).append(match)
        places: list[Place] = []
        named = chains(sentence)
        for number, match in enumerate(kept):
            if match.form.status == "deprecated" and _in_name(sentence.words, named, match.start, match.end):
                continue
            place = Place(sentence.segment, match.start, match.end, match.concept, "listed", match.form)
            same = [one for one in rivals.get(number, ()) if (one.start, one.end) == (match.start, match.end)]
            place.rivals = tuple(rivals.get(number, ()))
            if match.form.status == "deprecated":
                surface = sentence.segment.text[match.start : match.end]
                rare, specific = self.calques.strange(surface, match.concept)
                place.features.update(rare=rare, specific=specific, truncated=float(not rare))
            others = [one for one in same if one.form.status != "deprecated"]
            place.features["rival"] = float(bool(others))
            place.features["rival_mentioned"] = float(any(one.concept in mentioned for one in others))
            if others:
                place.notes["rival"] = others[0].concept
            places.append(place)
            if sentence.original is None:
                places += self._contested(sentence, place, same)
        return places

    def _letters(self, sentence: Sentence, here: Sequence[Place]) -> list[Place]:
        """Abbreviations left as letters, Latin (HTX) or spelled in Devanagari (एचटीएक्स)."""
        made: list[Place] = []
        for start, end, letters in spelled(sentence.segment.text):
            known = self.short.get(letters)
            if known is None or any(one.start < end and start < one.end for one in (*here, *made)):
                continue
            concept, abbreviation = known
            if any(letters in plain(form.form).upper() for form in self.termbase.concepts[concept].hindi):
                continue  # written so in a listed form: OCOP
            made.append(Place(sentence.segment, start, end, concept, "letters", term=abbreviation))
        return made

    def _contested(self, sentence: Sentence, place: Place, same: Sequence[Match]) -> list[Place]:
        """The other concepts of which the same words are a wrong form (शहर, a city or a town): which is meant, no original says."""
        made: list[Place] = []
        for match in same:
            if match.form.status == "deprecated" and all(match.concept != one.concept for one in made):
                other = Place(sentence.segment, match.start, match.end, match.concept, "listed", match.form)
                surface = sentence.segment.text[match.start : match.end]
                rare, specific = self.calques.strange(surface, match.concept)
                other.features.update(rare=rare, specific=specific, contested=1.0)
                other.notes["rival"] = place.concept
                made.append(other)
        return made

    def _expected(self, sentence: Sentence, here: Sequence[Place]) -> list[Place]:
        """Terms of the original for which no listed form stands: unknown renderings and omissions."""
        if sentence.original is None:
            return []
        text = sentence.original
        free = list(here)
        made: list[Place] = []
        open_mentions = []
        for mention in text.mentions:
            target = self._place(sentence, mention)
            own = [place for place in free if place.concept == mention.concept]
            best = max(own, key=lambda place: min(place.end, target.end) - max(place.start, target.start), default=None)
            if best is not None:
                free.remove(best)
                best.features["original"] = 1.0
                best.term = mention.term
            else:
                open_mentions.append((mention, target))
        spent = Counter(mention.start for mention in text.mentions)
        for mention, target in open_mentions:
            if self._turned(sentence, mention, target, free):
                continue
            if spent[mention.start] > 1 and any(
                one.start == mention.start and one.concept != mention.concept
                and any(place.concept == one.concept for place in here) for one in text.mentions
            ):  # fmt: skip
                continue  # an abbreviation or word of two concepts, of which the other is rendered
            start, end = self._trim(sentence, target)
            spelled = self._spelling(sentence, mention, start, end, (*here, *made))
            if spelled is not None:
                place = Place(
                    sentence.segment, spelled.start, spelled.end, mention.concept, "unknown", term=mention.term
                )
                place.features |= _spelled(spelled) | {"sure": target.score, "original": 1.0}
                place.features["abbreviation"] = float(mention.abbreviation)
                place.notes["calque"] = ", ".join(f"{word} = {said}" for word, said in spelled.pairs)
                made.append(place)
                continue
            taken = [place for place in [*here, *made] if place.start < end and start < place.end]
            share = sum(min(place.end, end) - max(place.start, start) for place in taken) / max(1, end - start)
            if start < end and share < 0.5:
                place = Place(sentence.segment, start, end, mention.concept, "unknown", term=mention.term)
                place.features["sure"] = target.score
                place.features["overlaps"] = share
            elif start < end:
                place = Place(sentence.segment, start, end, mention.concept, "covered", term=mention.term)
                place.features["sure"] = target.score
                place.features["covered_right"] = float(
                    any(one.form is not None and one.form.status != "deprecated" for one in taken)
                )
                place.features["covered_open"] = float(any(not one.features.get("original") for one in taken))
                place.notes["covered"] = taken[0].concept if taken else ""
            elif not self.encoded and (other := self._instead(sentence, mention, free)) is not None:
                free.remove(other)
                place = Place(sentence.segment, other.start, other.end, mention.concept, "replaced", term=mention.term)
                place.notes["other"] = other.concept
            else:
                place = Place(
                    sentence.segment, 0, len(sentence.segment.text), mention.concept, "omitted", term=mention.term
                )
                place.features["spare"] = self._spare(sentence, here)
            place.features["original"] = 1.0
            place.features["unsure"] = float(not self.encoded)
            place.features["abbreviation"] = float(mention.abbreviation)
            made.append(place)
        return made

    def _spelling(
        self, sentence: Sentence, mention: Mention, start: int, end: int, taken: Sequence[Place]
    ) -> Calque | None:
        """The stretch that spells a term of the original: best where word alignment points too, else a certain one."""

        def rank(one: Calque) -> float:
            shared = max(0, min(one.end, end) - max(one.start, start))
            union = max(one.end, end) - min(one.start, start) if start < end else 1
            return one.share * (0.5 + one.sure) + 2 * shared / union

        free = [place for place in taken if place.hindi and place.features.get("original")]
        able = [
            one for one in sentence.calques if one.concept == mention.concept
            and not any(place.start < one.end and one.start < place.end for place in free)
        ]  # fmt: skip
        best = max(able, key=rank, default=None)
        if best is None or (start < end and not (best.start < end and start < best.end) and rank(best) < 0.8):
            return None
        return best

    def _instead(self, sentence: Sentence, mention: Mention, free: Sequence[Place]) -> Place | None:
        """The right form of a concept that the original does not have, where a term of the original has no rendering:
        the one that stands at the most similar place of its sentence."""
        assert sentence.original is not None
        mentioned = {one.concept for one in sentence.original.mentions}
        able = [place for place in free if place.is_rendering and place.concept not in mentioned]
        whole, size = len(sentence.original.text), len(sentence.segment.text)
        return min(able, key=lambda place: abs(place.start / size - mention.start / whole), default=None)

    def _spare(self, sentence: Sentence, here: Sequence[Place]) -> float:
        """How many Hindi words render nothing that is known (0 to 1 for three or more): one of them may be the term."""
        assert sentence.original is not None
        linked = {link.i for link in sentence.original.links}
        spare = sum(
            word.text[0].isalpha() and word.text not in _EDGES and number not in linked
            and not any(place.start <= word.start < place.end for place in here)
            for number, word in enumerate(sentence.words)
        )  # fmt: skip
        return min(spare, 3) / 3

    def _turned(self, sentence: Sentence, mention: Mention, target: Projection, free: list[Place]) -> bool:
        """Give a place that no mention of its own concept claims to the concept of `mention`, if a form of that stands there too."""
        able = [
            (place, one) for place in free for one in place.rivals
            if one.concept == mention.concept and (not target.words or (one.start < target.end and target.start < one.end))
        ]  # fmt: skip
        if able and (target.words or len(able) == 1):
            place, rival = able[0]
            if rival is not None:
                place.concept, place.form, place.start, place.end = rival.concept, rival.form, rival.start, rival.end
                place.term, place.features["original"] = mention.term, 1.0
                place.features["rival"] = 1.0
                free.remove(place)
                return True
        return False

    def _place(self, sentence: Sentence, mention: Mention) -> Projection:
        """The Hindi of a term of the original: a quoted name in its quoted name, else by word alignment."""
        text = sentence.original
        assert text is not None
        said, here = quotes(text.text), quotes(sentence.segment.text)
        if len(said) == len(here):
            for (start, end), (begin, stop) in zip(said, here, strict=True):
                shared = min(end, mention.end) - max(start, mention.start)
                if shared > 0.5 * (mention.end - mention.start) and shared >= 0.8 * (end - start):
                    chosen = tuple(
                        n for n, word in enumerate(sentence.words) if begin <= word.start and word.end <= stop
                    )
                    if chosen:
                        return Projection(chosen, begin, stop, 1.0)
        return text.back(mention.start, mention.end, sentence.words)

    def _trim(self, sentence: Sentence, target: Projection) -> tuple[int, int]:
        chosen = [sentence.words[at] for at in target.words]
        while chosen and (chosen[0].text in _EDGES or not chosen[0].text[0].isalnum()):
            chosen.pop(0)
        while chosen and (chosen[-1].text in _EDGES or not chosen[-1].text[0].isalnum()):
            chosen.pop()
        return (chosen[0].start, chosen[-1].end) if chosen else (0, 0)

    def _returned(self, sentence: Sentence, here: Sequence[Place]) -> list[Place]:
        """Terms that came back where no listed form stands: renderings that the termbase lacks."""
        made: list[Place] = []
        for text in sentence.backs:
            for mention in text.mentions:
                if any(place.concept == mention.concept for place in (*here, *made)):
                    continue
                target = text.back(mention.start, mention.end, sentence.words)
                start, end = self._trim(sentence, target)
                if start >= end or any(place.start < end and start < place.end for place in (*here, *made)):
                    continue
                place = Place(sentence.segment, start, end, mention.concept, "returned", term=mention.term)
                place.features["sure"] = target.score
                made.append(place)
        return made

    def _calques(self, sentence: Sentence, here: Sequence[Place]) -> list[Place]:
        """Stretches whose words, one by one, spell a term (calques.py), less what a right form explains."""
        right = [(one.start, one.end, one.concept) for one in here if one.kind == "listed" and one.is_rendering]
        listed = {(one.start, one.end, one.concept) for one in here}
        mentioned = None if sentence.original is None else {one.concept for one in sentence.original.mentions}
        named = {word.start for word, is_name in zip(sentence.words, chains(sentence), strict=True) if is_name}
        made: list[Place] = []
        for one in sentence.calques:
            inner = [
                word.start for word in sentence.words if one.start <= word.start < one.end and word.text not in _EDGES
            ]
            if inner and named.issuperset(inner):
                continue  # सोप कोप, a place
            if not one.own and (one.share < 0.85 or one.skipped):
                continue
            if not (one.misread or one.literal) or (one.start, one.end, one.concept) in listed:
                continue
            if any(start < one.end and one.start < end and concept == one.concept for start, end, concept in right):
                continue
            if any((start < one.start < end) or (start < one.end < end) for start, end, _ in right):
                continue
            if all(
                any(start <= word.start and word.end <= end for start, end, _ in right)
                for word in sentence.words
                if one.start <= word.start
                and word.end <= one.end
                and word.text[0].isalnum()
                and word.text not in _EDGES
            ):
                continue
            if mentioned is not None and one.concept not in mentioned:
                continue
            place = Place(sentence.segment, one.start, one.end, one.concept, "calque", term=one.term)
            place.features |= _spelled(one)
            place.notes["calque"] = ", ".join(f"{word} = {said}" for word, said in one.pairs)
            place.features["holds"] = float(any(one.start <= start and end <= one.end for start, end, _ in right))
            made.append(place)
        return made

    # Evidence

    def _evidence(self, place: Place, sentence: Sentence) -> None:
        concept = self.termbase.concepts[place.concept]
        features = place.features
        features["has_original"] = float(sentence.original is not None)
        if sentence.original is not None:
            mentioned = {one.concept for one in sentence.original.mentions}
            features["absent"] = float(place.concept not in mentioned)
        if place.kind in ("omitted",):
            for text in sentence.backs:
                if any(one.concept == place.concept for one in text.mentions):
                    features["in_" + text.language] = 1.0
            return
        spans = evidence.inside(sentence.glosses, place.start, place.end)
        features["gloss_vi"] = evidence.says(spans, concept.vietnamese, "vi")
        features["gloss_en"] = evidence.says(spans, concept.english, "en")
        own = [word for word in sentence.words if place.start <= word.start < place.end]
        features["names"] = evidence.name_share(own, sentence.glosses)
        features["single"] = float(len(own) == 1)
        values: dict[str, list[float]] = {}
        for text in sentence.backs:
            said = text.at(place.start, place.end, sentence.words)
            surface = text.text[said.start : said.end]
            (place.english if text.language == "en" else place.vietnamese)[text.engine] = surface
            terms = concept_terms(concept, text.language)
            there = any(one.concept == place.concept for one in text.mentions)
            at_place = any(
                one.concept == place.concept and one.start < said.end and said.start < one.end for one in text.mentions
            )
            values.setdefault("same_" + text.language, []).append(
                1.0 if at_place else evidence.sameness(surface, terms, text.language)
            )
            values.setdefault("covered_" + text.language, []).append(evidence.covered(surface, terms, text.language))
            values.setdefault("in_" + text.language, []).append(float(there))
            others = {
                one.concept for one in text.mentions
                if one.start < said.end and said.start < one.end and one.concept != place.concept
            }  # fmt: skip
            exact = [
                one for one in text.mentions
                if one.concept in others and evidence.keys(one.term, text.language) >= evidence.keys(surface, text.language)
            ]  # fmt: skip
            values.setdefault("other_" + text.language, []).append(
                float(bool(exact)) if surface and not at_place else 0.0
            )
            if exact and not at_place:
                place.notes.setdefault("other", exact[0].concept)
        said_words = [part for one in place.english.values() for part in one.split()]
        features["loan"] = evidence.loans(
            [word.text for word in own], [*said_words, *" ".join(concept.english).split()]
        )
        usual = [word.text for word in words(concept.preferred)]
        features["borrowed"] = max(
            0.0, features["loan"] - evidence.loans(usual, [*said_words, *" ".join(concept.english).split()])
        )
        surface = sentence.segment.text[place.start : place.end]
        features["short"] = float(
            len(surface) > 4
            and surface in concept.abbreviations
            and all(surface not in form.form for form in concept.hindi)
        )
        before = [word for word in sentence.words if word.end <= place.start][-1:]
        features["named"] = float(
            bool(before) and sentence.segment.text[before[0].end : place.start] == " " and before[0].text not in _EDGES
            and evidence.name_share(before, sentence.glosses) > 0
        )  # fmt: skip
        features["counted"] = float(
            bool(before) and (before[0].text[:1].isdigit() or before[0].text.endswith(("वाँ", "वां", "वें")))
        )
        for name, numbers in values.items():
            features[name] = sum(numbers) / len(numbers)
        if sentence.original is not None:
            said = sentence.original.at(place.start, place.end, sentence.words)
            surface = sentence.original.text[said.start : said.end]
            terms = concept_terms(concept, sentence.original.language)
            features["same_original"] = evidence.sameness(surface, terms, sentence.original.language)

    def _levels(self, sentences: Sequence[Sentence], places: Sequence[Place]) -> None:
        """Of a place called a city: whether a town of the gazetteer has its name, no city has, the article calls it a town elsewhere."""
        standing = {one.segment.index: level_names(one) for one in sentences}
        towns = {
            sound for one in sentences for start, (sound, _) in standing[one.segment.index].items()
            if one.segment.text[start:].startswith(_TOWN_WORDS)
        }  # fmt: skip
        for place in places:
            if place.concept in _TOWN_CONCEPTS and not place.is_rendering:
                at = max(
                    (start for start in standing[place.segment.index] if place.start <= start < place.end), default=None
                )
                if any(one.search(place.segment.text) for one in _BESIDE_COMMUNE) and place.concept == "thi-tran":
                    spans = [match.span(1) for one in _BESIDE_COMMUNE for match in one.finditer(place.segment.text)]
                    if any(start <= place.start < end for start, end in spans):
                        place.features["no_city"] = place.features["of_level"] = 1.0
                if at is not None:
                    sound, said = standing[place.segment.index][at]
                    place.features["no_city"] = float(bool(said))
                    place.features["of_level"] = float(bool(said) and (said == "town") == (place.concept == "thi-xa"))
                    place.features["town_elsewhere"] = float(sound in towns)

    def _company(self, places: Sequence[Place]) -> None:
        """How well a concept goes with those that are rendered beside it, in the sentence and in the article."""
        right: dict[int, list[Place]] = {}
        for place in places:
            if place.kind == "listed" and (place.is_rendering or (place.form and not place.form.context)):
                right.setdefault(place.segment.index, []).append(place)
        everywhere = {place.concept for same in right.values() for place in same}
        for place in places:
            others = [
                one for one in right.get(place.segment.index, ())
                if one.concept != place.concept and not (one.start < place.end and place.start < one.end)
            ]  # fmt: skip
            known = sorted(
                (self.usage.lift(place.concept, one) for one in {one.concept for one in others}), reverse=True
            )
            place.features["company"] = sum(known[:2]) / 2
            rest = [self.usage.lift(place.concept, one) for one in everywhere if one != place.concept]
            place.features["topic"] = sum(rest) / len(rest) if rest else 0.0
            text = place.segment.text
            beside = [
                one for one in others
                if _LISTED.fullmatch(text[place.end : one.start] if place.end <= one.start else text[one.end : place.start])
            ]  # fmt: skip
            place.features["listed_with"] = max(
                (0.5 + self.usage.lift(place.concept, one.concept) for one in beside), default=0.0
            )
            if "contested" in place.features:
                rival = place.notes["rival"]
                place.features["rival_company"] = (
                    sum(
                        sorted(
                            (
                                self.usage.lift(rival, one)
                                for one in {one.concept for one in others if one.concept != rival}
                            ),
                            reverse=True,
                        )[:2]
                    )
                    / 2
                )

    def _kin(self, places: Sequence[Place]) -> None:
        """Whether the document, or the sentence, has a right rendering of a term that holds this one or stands in it."""
        right: dict[str, set[int]] = {}
        for place in places:
            if place.kind == "listed" and place.is_rendering:
                right.setdefault(place.concept, set()).add(place.segment.index)
        for place in places:
            if place.concept not in self._family_of:
                own = [term_keys(term, "vi") for term in self.termbase.concepts[place.concept].vietnamese[:1]]
                self._family_of[place.concept] = {
                    other for other, first in self._first.items()
                    if other != place.concept and any(_holds(first, one) or _holds(one, first) for one in own)
                }  # fmt: skip
            near = [right[other] for other in self._family_of[place.concept] if other in right]
            place.features["kin"] = float(bool(near))
            place.features["kin_here"] = float(any(place.segment.index in indices for indices in near))
            place.features["self"] = float(bool(right.get(place.concept, set()) - {place.segment.index}))
            place.features["self_here"] = float(place.segment.index in right.get(place.concept, ()))

    def _variation(self, places: Sequence[Place]) -> None:
        """How a rendering stands in its document: the share of the concept's right renderings that are of another family."""
        counts: dict[str, Counter[tuple[str, ...]]] = {}
        surfaces: dict[tuple[str, tuple[str, ...]], Counter[str]] = {}
        families: dict[int, tuple[str, ...]] = {}
        for place in places:
            if place.kind == "omitted":
                continue
            families[id(place)] = family = self._family(place)
            if place.is_rendering:
                counts.setdefault(place.concept, Counter())[family] += 1
                surfaces.setdefault((place.concept, family), Counter())[
                    place.form.form if place.form else place.hindi
                ] += 1
        for place in places:
            found = counts.get(place.concept, Counter())
            total, own = sum(found.values()), found[families.get(id(place), ())]
            top, times = found.most_common(1)[0] if found else ((), 0)
            place.features["others_in_document"] = (total - own) / total if total else 0.0
            place.features["outnumbered"] = float(times > own)
            place.features["lone"] = float(total == own)
            if times > own:
                place.notes["usual"] = surfaces[place.concept, top].most_common(1)[0][0]

    def _family(self, place: Place) -> tuple[str, ...]:
        """The shortest right form that the rendering contains (जन समिति for प्रांतीय जन समिति), else its own words."""
        keys = tuple(token.key for token in tokens(place.hindi))
        if place.concept not in self._right:
            self._right[place.concept] = sorted(
                {tuple(token.key for token in tokens(form.form)) for form in self.termbase.concepts[place.concept].hindi
                 if form.status != "deprecated"}, key=lambda one: (len(one), one),
            )  # fmt: skip
        for form in self._right[place.concept]:
            if form and any(keys[at : at + len(form)] == form for at in range(len(keys) - len(form) + 1)):
                return form
        return keys


def _holds(large: tuple[str, ...], small: tuple[str, ...]) -> bool:
    """Whether the shorter term stands in the longer one, word by word; a term of one syllable only in another such."""
    size = len(small)
    return 1 < size < len(large) and any(large[at : at + size] == small for at in range(len(large) - size + 1))


def _spelled(one: Calque) -> dict[str, float]:
    """How a stretch spells its term, as evidence."""
    return {
        "share": one.share, "two": float(one.words == 2), "many": float(one.words > 2), "right": one.right / one.words,
        "literal": one.literal / one.words, "misread": one.misread / one.words, "own": one.own / one.words,
        "skipped": float(one.skipped), "specific": one.sure, "rare": one.rare,
    }  # fmt: skip


def _short(termbase: Termbase) -> dict[str, tuple[str, str]]:
    """Concept and abbreviation by plain capital letters: those listed, and the initials of terms that only one concept has."""
    made: dict[str, tuple[str, str]] = {}
    owners: dict[str, set[str]] = {}
    for one in termbase.concepts.values():
        for term in one.vietnamese:
            letters = "".join(plain(part)[0] for part in term.replace("-", " ").replace(",", " ").split()).upper()
            if len(letters) > 2:
                owners.setdefault(letters, set()).add(one.id)
                made.setdefault(letters, (one.id, letters))
    made = {letters: owner for letters, owner in made.items() if len(owners[letters]) == 1}
    for one in termbase.concepts.values():
        for short in one.abbreviations:
            if short.isalpha() and short.isupper() and len(short) > 2 and _initials(short, one.vietnamese):
                made[plain(short).upper()] = (one.id, short)
    return {letters: owner for letters, owner in made.items() if letters not in INTERNATIONAL}


def _initials(short: str, terms: Iterable[str]) -> bool:
    """Whether an abbreviation is made of the first letters of a term, all or some (not an index's own name: PAPI)."""
    for term in terms:
        letters = iter(plain(part)[0] for part in term.replace("-", " ").split())
        if all(letter in letters for letter in plain(short)):
            return True
    return False


def _in_name(parts: Sequence[Word], named: Sequence[bool], start: int, end: int) -> bool:
    """Whether the words are part of a longer name (सोप कोप)."""
    own = [at for at, word in enumerate(parts) if start <= word.start < end]
    if not own or not all(named[at] for at in own):
        return False
    return any(0 <= at < len(parts) and named[at] for at in (own[0] - 1, own[-1] + 1))


_LISTED = re.compile(r"(?:,| और| एवं| तथा| व| या)+ ")
# Communes and townships (xã, thị trấn) are of one level, cities stand beside districts.
_BESIDE_COMMUNE = (
    re.compile(r"कम्यून(?:ों)?(?:,| और| एवं| तथा| व) (शहर(?:ों)?)(?!\w)"),
    re.compile(r"(?<!\w)(शहर(?:ों)?)(?:,| और| एवं| तथा| व) कम्यून"),
)
_TOWN_WORDS = ("कस्ब", "क़स्ब", "टाउन")
_TOWN_CONCEPTS = frozenset(("thi-xa", "thi-tran"))
_QUOTED = re.compile(r"[\"“”«]([^\"“”«»]{2,120})[\"“”»]")


def quotes(text: str) -> list[tuple[int, int]]:
    """The insides of quotation marks, in order."""
    return [match.span(1) for match in _QUOTED.finditer(text)]


def concept_terms(concept: Concept, language: str) -> tuple[str, ...]:
    """The terms of a concept in one language."""
    return concept.english if language == "en" else concept.vietnamese
