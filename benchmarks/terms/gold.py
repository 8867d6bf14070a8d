"""The annotated articles as the records that the term stage receives, and a termbase without what one article gave it."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from align.languages import words
from align.records import Alignment, Finding, Rendering, Segment, Translation
from align.terms.matching import Matcher
from align.terms.scoring import GROUPS, GoldLine, Mark, read_gold
from align.terms.termbase import Termbase

DEFAULT = Path(__file__).parents[3] / "shared" / "gold"
ANNOTATED = Path(__file__).parents[2] / "corpora" / "annotated"


@dataclass(frozen=True)
class Article:
    """One annotated article and its records."""

    name: str
    lines: tuple[GoldLine, ...]
    segments: tuple[Segment, ...]
    originals: tuple[Segment, ...]
    translations: tuple[Translation, ...]
    back: tuple[Alignment, ...]
    beside: tuple[Alignment, ...]


def articles(folder: Path = DEFAULT) -> list[Article]:
    """All annotated articles of the folder, boilerplate left out. The gold's own en and vi stand as engine `recorded`."""
    paths = [*sorted(folder.glob("*.jsonl")), *sorted((folder / "docs").glob("*.jsonl"))]
    return [article(path) for path in paths]


def article(path: Path) -> Article:
    """One annotated article."""
    import json

    boilerplate = {
        number
        for number, row in enumerate(path.read_text(encoding="utf-8").splitlines())
        if json.loads(row).get("boilerplate")
    }
    lines = tuple(line for line in read_gold(path) if line.line not in boilerplate)
    segments, originals, said, back, beside = [], [], [], [], []
    for line in lines:
        name, at = line.document, line.line
        segments.append(Segment(name, "hindi", "hi", at, line.hindi, 0, len(line.hindi)))
        for language, text in (("en", line.english), ("vi", line.vietnamese)):
            if text:
                said.append(Translation(name, at, language, "recorded", text))
                back.append(Alignment(name, "recorded", language, (at,), (at,), 0.9))
        source = re.sub(r"\s*\(\?\)", "", line.original).strip()
        if source:
            originals.append(Segment(name, "original", "vi", at, source, 0, len(source)))
        beside.append(Alignment(name, "original", "vi", (at,), (at,) if source else (), 0.9 if source else 0.0))
    return Article(path.stem, lines, tuple(segments), tuple(originals), tuple(said), tuple(back), tuple(beside))


def attested(some: Iterable[Article], termbase: Termbase, strict: bool = False) -> dict[str, set[tuple[str, str]]]:
    """For each article, the `(concept, form)` that are an annotated rendering of that concept, inflection aside.

    With `strict`, those that stand anywhere inside an annotated rendering too.
    """
    matcher = Matcher(termbase)
    result: dict[str, set[tuple[str, str]]] = {}
    for one in some:
        known = result.setdefault(one.name, set())
        for line in one.lines:
            matches = list(matcher.all(line.hindi))
            for mark in line.terms:
                if mark.hindi:
                    known.update(
                        (match.concept, match.form.form) for match in matches
                        if match.concept == mark.label and mark.start <= match.start and match.end <= mark.end
                        and (strict or len(words(line.hindi[match.start : match.end])) == len(words(mark.hindi)))
                    )  # fmt: skip
    return result


def without(termbase: Termbase, name: str, where: dict[str, set[tuple[str, str]]]) -> Termbase:
    """The termbase less the forms that only the article `name` attests.

    What another article attests too stays, and so does what no article attests.
    """
    others = set().union(*(forms for other, forms in where.items() if other != name))
    gone = where[name] - others
    concepts = {}
    for concept in termbase.concepts.values():
        kept = tuple(form for form in concept.hindi if (concept.id, form.form) not in gone)
        concepts[concept.id] = dataclasses.replace(concept, hindi=kept)
    return Termbase(concepts)


def marks(renderings: Iterable[Rendering], findings: Sequence[Finding]) -> tuple[list[Mark], list[Mark]]:
    """Records on gold lines as marks (segment index = gold line)."""
    said = [
        Mark(one.document, one.index, one.start, one.end, one.concept, one.verdict, one.hindi, tuple(r.code for r in one.reasons))
        for one in renderings
    ]  # fmt: skip
    checks = [
        Mark(
            one.document, one.index, one.start, one.end, GROUPS.get(one.kind, one.kind), one.verdict, one.hindi,
            tuple(r.code for r in one.reasons),
        )
        for one in findings if one.kind != "term"
    ]  # fmt: skip
    return said, checks
