"""What the readers and writers of termbases share: concepts being put together, and what is told on the way."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from align.errors import DataError
from align.terms.termbase import Concept, Form, Status, Termbase

TEXTS = ("domain", "sense", "broader", "note")
LANGUAGES = {"vi": "Vietnamese", "en": "English", "hi": "Hindi"}
SHORT_FORMS = ("abbreviation", "acronym", "initialism")
NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_MOST_PROBLEMS = 30


@dataclass(frozen=True)
class LeftOut:
    """Something that a termbase has no place for: `place` is file:line, `what` its kind, `value` its text."""

    place: str
    what: str
    value: str

    def __str__(self) -> str:
        return f"{self.place}: {self.what}" + (f": {brief(self.value)}" if self.value else "")


@dataclass(frozen=True)
class Source:
    """What a file said. `places`: file:line by concept and term ('' is the entry); `repeated`: terms listed again."""

    termbase: Termbase
    places: dict[tuple[str, str], str]
    left_out: tuple[LeftOut, ...] = ()
    repeated: tuple[tuple[str, str, str], ...] = ()  # concept, term, place of the second


class Contradiction(DataError):
    """One entry lists the same form as right and as wrong; `clashes` are (concept, form, place)."""

    def __init__(self, message: str, clashes: Sequence[tuple[str, str, str]]) -> None:
        super().__init__(message)
        self.clashes = tuple(clashes)


def brief(value: object) -> str:
    text = " ".join(str(value).split())
    return text if len(text) <= 60 else text[:59] + "…"


@dataclass
class Draft:
    place: str
    terms: dict[str, list[tuple[bool, str]]] = field(default_factory=lambda: {"vi": [], "en": []})
    abbreviations: list[str] = field(default_factory=list)
    hindi: dict[str, Form] = field(default_factory=dict)
    not_in: list[str] = field(default_factory=list)
    texts: dict[str, str] = field(default_factory=dict)


class Builder:
    """Gathers drafts of concepts with all that is wrong, left out or said twice."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.drafts: dict[str, Draft] = {}
        self.problems: list[str] = []
        self.left_out: list[LeftOut] = []
        self.places: dict[tuple[str, str], str] = {}
        self.repeated: list[tuple[str, str, str]] = []
        self.clashes: list[tuple[str, str, str]] = []

    def place(self, line: int) -> str:
        return f"{self.path}:{line}"

    def problem(self, line: int, problem: str) -> None:
        self.problems.append(f"{self.place(line)}: {problem}")

    def leave(self, line: int, what: str, value: str = "") -> None:
        self.left_out.append(LeftOut(self.place(line), what, value))

    def entry(self, concept: str, line: int) -> Draft:
        self.places.setdefault((concept, ""), self.place(line))
        return self.drafts.setdefault(concept, Draft(self.place(line)))

    def term(self, concept: str, line: int, language: str, text: str, status: str = "", short: bool = False) -> None:
        """A Vietnamese or English term."""
        draft = self.drafts[concept]
        known = {known for _, known in draft.terms[language]} | set(draft.abbreviations if language == "vi" else ())
        self._seen(concept, text, line, text in known)
        if status == "deprecated":
            self.leave(line, f"deprecated {LANGUAGES[language]} term", text)
        elif short and language == "vi":
            draft.abbreviations.append(text)
        else:
            if short:
                self.leave(line, "that it is an abbreviation (English has none of its own; kept as a term)", text)
            draft.terms[language].append((status == "preferred", text))

    def form(self, concept: str, line: int, form: Form) -> None:
        """A Hindi form; the first of several equal ones is kept."""
        known = self.drafts[concept].hindi.setdefault(form.form, form)
        again = known is not form
        self._seen(concept, form.form, line, again)
        if again and known.status != form.status:
            first = self.places[concept, form.form]
            self.clashes.append((concept, form.form, self.place(line)))
            self.problem(
                line, f"{concept}: {form.form} is {form.status}, and {known.status} at {first}; expected one status"
            )
        elif again and known != form:
            self.leave(line, f"a second row of {form.form} with another why or context", form.why)

    def avoid(self, concept: str, line: int, text: str) -> None:
        """A negative context."""
        self.places.setdefault((concept, text), self.place(line))
        self.drafts[concept].not_in.append(text)

    def text(self, concept: str, key: str, value: str, join: str = "\n") -> None:
        """More of a concept's domain, sense, broader or note."""
        known, value = self.drafts[concept].texts.get(key, ""), value.strip()
        self.drafts[concept].texts[key] = f"{known}{join}{value}" if known and value else known or value

    def _seen(self, concept: str, text: str, line: int, again: bool) -> None:
        self.places.setdefault((concept, text), self.place(line))
        if again:
            self.repeated.append((concept, text, self.place(line)))

    def source(self) -> Source:
        """The finished termbase. Raises DataError with all problems."""
        if self.problems:
            message = listed(self.problems)
            raise Contradiction(message, self.clashes) if self.clashes else DataError(message)
        concepts = {}
        for name, draft in self.drafts.items():
            lists = {}
            for language, terms in draft.terms.items():
                lists[language] = tuple(text for _, text in sorted(terms, key=lambda term: not term[0]))
            concepts[name] = Concept(
                name, lists["vi"], lists["en"], tuple(draft.hindi.values()), tuple(draft.abbreviations),
                tuple(draft.not_in), **draft.texts,
            )  # fmt: skip
        if not concepts:
            raise DataError(f"{self.path}: no concept; expected entries with Vietnamese, English or Hindi terms")
        return Source(Termbase(concepts), self.places, tuple(self.left_out), tuple(self.repeated))


def listed(problems: Sequence[str]) -> str:
    more = len(problems) - _MOST_PROBLEMS
    heading = "1 problem in the termbase" if len(problems) == 1 else f"{len(problems)} problems in the termbase"
    return "\n  ".join([f"{heading}:", *problems[:_MOST_PROBLEMS], *([f"and {more} more"] if more > 0 else [])])


def clean(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def language_of(tag: str) -> str:
    """The language of a tag as xml:lang has it: vi of vi-VN."""
    return re.split(r"[-_]", tag.strip())[0].lower()


def fold(text: str) -> str:
    """Lower case without diacritics, đ as d: what a person types who has no Vietnamese keyboard."""
    bare = unicodedata.normalize("NFD", text.casefold().replace("đ", "d"))
    return unicodedata.normalize("NFC", "".join(char for char in bare if not "\u0300" <= char <= "\u036f"))


def holds(bad: re.Pattern[str], text: str, kind: str) -> None:
    found = bad.search(text)
    if found:
        raise DataError(
            f"{brief(text)!r}: character U+{ord(found.group()):04X} cannot be written in {kind}; expected text without it"
        )


def by_language(concept: Concept) -> Iterator[tuple[str, list[tuple[Form, bool]]]]:
    """Each language's terms as forms, the first one preferred, and whether they are abbreviations."""
    for language, terms, short in (("vi", concept.vietnamese, concept.abbreviations), ("en", concept.english, ())):
        statuses: list[Status] = ["preferred", *["admitted"] * len(terms)]  # type: ignore[list-item]
        rows = [(Form(text, status), False) for text, status in zip(terms, statuses, strict=False)]
        yield language, rows + [(Form(text, "admitted"), True) for text in short]
    yield "hi", [(form, False) for form in concept.hindi]
