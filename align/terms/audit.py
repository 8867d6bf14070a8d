"""What a terminologist asks of a termbase: what is wrong with it, and where a word stands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from align.languages import DEVANAGARI, WORD
from align.terms.drafts import Contradiction, Source, fold
from align.terms.matching import Matcher, key, tokens
from align.terms.mentions import Mentions, term_keys
from align.terms.termbase import Concept, Form, Termbase

Keys = tuple[str, ...]


@dataclass(frozen=True)
class Fault:
    """Something to mend: `kind` is a short name, `place` file:line, `detail` the value and what is expected."""

    kind: str
    concept: str
    place: str
    detail: str

    def __str__(self) -> str:
        return f"{self.place}: {self.kind}: {self.concept}: {self.detail}"


def audit(source: Source) -> list[Fault]:
    """All faults of a termbase, in the order of its entries within each kind.

    contradiction   a form, after normalisation, is right and wrong for one concept
    duplicate       a term or form says nothing that another one of its entry does not say
    preferred       an entry has no preferred form, or several, or shares it and some entry does not say in which sense
    unmatchable     a form has neither a Devanagari word nor letters kept from the Vietnamese, or a negative context
                    takes away its every match; a Vietnamese or English term that is not found even in itself
    ambiguous       Vietnamese that belongs to several entries, of which some do not say in which sense
    """
    concepts = list(source.termbase.concepts.values())
    faults = [
        Fault("duplicate", concept, place, f"{text} is listed before in the same entry; expected once")
        for concept, text, place in source.repeated
    ]
    for concept in concepts:
        faults += _same_forms(concept, source)
        faults += _preferred(concept, source)
        faults += _unmatchable(concept, source)
    return faults + list(_shared_preferred(concepts, source)) + list(_ambiguous(concepts, source))


def clashes(error: Contradiction) -> list[Fault]:
    """The contradictions for which a file was not read."""
    return [
        Fault("contradiction", concept, place, f"{form} is listed with another status too; expected one status")
        for concept, form, place in error.clashes
    ]


def _place(source: Source, concept: str, text: str = "") -> str:
    return source.places.get((concept, text)) or source.places.get((concept, ""), "?")


def _bare(keys: Iterable[str]) -> Keys:
    """Keys without का/के/की, which the matcher ignores inside a form."""
    sequence = tuple(keys)
    return tuple(part for part in sequence if part != "का*") or sequence if len(sequence) > 2 else sequence


def _spellings(text: str) -> set[Keys]:
    """What the matcher finds a form by, neighbouring words written as one among it."""
    sequence = tuple(token.key for token in tokens(text))
    words = WORD.findall(text)
    joined = {
        tuple(key(part) for part in (*words[:at], words[at] + words[at + 1], *words[at + 2 :]))
        for at in range(len(words) - 1)
    }
    return ({sequence, _bare(sequence)} | joined) - {()}


def _same_forms(concept: Concept, source: Source) -> Iterator[Fault]:
    seen: dict[Keys, Form] = {}
    for form in concept.hindi:
        spellings = _spellings(form.form)
        own = _bare(token.key for token in tokens(form.form))
        known = next((seen[one] for one in (own, *sorted(spellings)) if one in seen), None)
        for one in spellings:
            seen.setdefault(one, form)
        if known is None:
            continue
        place, before = _place(source, concept.id, form.form), _place(source, concept.id, known.form)
        wrong = "deprecated" in (known.status, form.status)
        if own not in _spellings(known.form) and known.status == "preferred" and not wrong:
            continue  # प्रधानमंत्री is preferred; प्रधान मंत्री stands for both spellings
        if (known.status == "deprecated") != (form.status == "deprecated"):
            detail = f"{form.form} is {form.status}, but matches {known.form}, {known.status} at {before}; expected one status"
            yield Fault("contradiction", concept.id, place, detail)
        else:
            detail = f"{form.form} matches what {known.form} at {before} matches; expected one of them"
            yield Fault("duplicate", concept.id, place, detail)


def _preferred(concept: Concept, source: Source) -> Iterator[Fault]:
    forms = [form.form for form in concept.hindi if form.status == "preferred"]
    if len(forms) != 1:
        found = f"preferred forms {', '.join(forms)}" if forms else "no preferred form"
        place = _place(source, concept.id, forms[1] if forms else "")
        yield Fault("preferred", concept.id, place, f"{found}; expected exactly one")


def _unmatchable(concept: Concept, source: Source) -> Iterator[Fault]:
    matcher = Matcher(Termbase({concept.id: concept})) if concept.not_in else None
    for form in concept.hindi:
        place = _place(source, concept.id, form.form)
        if (
            not any(DEVANAGARI.search(word) for word in WORD.findall(form.form))
            and form.form not in concept.abbreviations
        ):
            yield Fault("unmatchable", concept.id, place, f"{form.form} has no Devanagari word; expected a Hindi form")
        elif matcher and all(match.form.form != form.form for match in matcher.all(" ".join(WORD.findall(form.form)))):
            detail = f"{form.form} stands in every case inside a negative context; expected it to match somewhere"
            yield Fault("unmatchable", concept.id, place, detail)
    for language, texts in (("vi", concept.vietnamese + concept.abbreviations), ("en", concept.english)):
        mentions = Mentions(Termbase({concept.id: concept}), language)
        for text in texts:
            if not mentions.find(text):
                detail = f"{text} is not found even where it stands alone; expected two letters or more of one sentence"
                yield Fault("unmatchable", concept.id, _place(source, concept.id, text), detail)


def _shared_preferred(concepts: Iterable[Concept], source: Source) -> Iterator[Fault]:
    seen: dict[Keys, tuple[Concept, str]] = {}
    for concept in concepts:
        for form in dict.fromkeys(form.form for form in concept.hindi if form.status == "preferred"):
            keys = _bare(token.key for token in tokens(form))
            other, said = seen.setdefault(keys, (concept, form))
            if other is not concept and not (concept.sense and other.sense):
                where = _place(source, other.id, said)
                detail = (
                    f"{form} is also what {other.id} prefers ({said}, {where}); "
                    "expected a form of its own, or `sense` in both entries"
                )
                yield Fault("preferred", concept.id, _place(source, concept.id, form), detail)


def _ambiguous(concepts: Iterable[Concept], source: Source) -> Iterator[Fault]:
    users: dict[tuple[bool, Keys], dict[str, tuple[Concept, str]]] = {}
    for concept in concepts:
        for short, texts in ((False, concept.vietnamese), (True, concept.abbreviations)):
            for text in texts:
                keys = (text.replace(".", ""),) if short else term_keys(text, "vi")
                users.setdefault((short, keys), {}).setdefault(concept.id, (concept, text))
    for (short, _), found in users.items():
        unsaid = [(concept, text) for concept, text in found.values() if not concept.sense]
        if len(found) > 1 and unsaid:
            concept, text = unsaid[0]
            kind = "abbreviation" if short else "term"
            detail = (
                f"the {kind} {text} belongs to {', '.join(found)}; expected `sense` in each, "
                f"lacking in {', '.join(one.id for one, _ in unsaid)}"
            )
            yield Fault("ambiguous", concept.id, _place(source, concept.id, text), detail)


def search(termbase: Termbase, word: str) -> list[Concept]:
    """The concepts with a word in any language, id, note or sense; diacritics count only if the word has them.

    Those that have it as a whole term come first, then those with it inside a term, then the others.
    Hindi is found in any spelling and inflection that counts as the same when text is matched.
    """
    plain, bare = word.casefold().strip(), fold(word).strip()
    keys = _bare(token.key for token in tokens(word)) if DEVANAGARI.search(word) else ()

    def fits(concept: Concept) -> bool:
        forms = [form.form for form in concept.hindi] + list(concept.not_in)
        texts = [
            concept.id,
            *concept.vietnamese,
            *concept.abbreviations,
            *concept.english,
            *forms,
            concept.sense,
            concept.note,
        ]
        if any(plain in text.casefold() or (plain == bare and plain in fold(text)) for text in texts):
            return True
        return bool(keys) and any(_holds(_bare(token.key for token in tokens(form)), keys) for form in forms)

    def rank(concept: Concept) -> int:
        names = [*concept.vietnamese, *concept.abbreviations, *concept.english, *(form.form for form in concept.hindi)]
        if any(plain in (name.casefold(), fold(name)) for name in (*names, concept.id)):
            return 0
        return 1 if any(plain in name.casefold() or plain in fold(name) for name in names) else 2

    return sorted((concept for concept in termbase.concepts.values() if plain and fits(concept)), key=rank)


def _holds(sequence: Keys, part: Keys) -> bool:
    return any(sequence[at : at + len(part)] == part for at in range(len(sequence) - len(part) + 1))
