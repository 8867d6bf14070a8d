"""Stage 6: one HTML file that opens offline, and the findings as CSV."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import IO

import jinja2
from markupsafe import Markup, escape

from align.records import Alignment, Document, Finding, Rendering, Segment, Translation
from align.terms.termbase import Termbase

VERSION = "1"

VERDICTS = ("wrong", "suspicious", "omitted", "variant", "ok")


@dataclass(frozen=True)
class View:
    """All records of one document."""

    document: Document
    segments: Sequence[Segment]
    translations: Sequence[Translation]
    alignments: Sequence[Alignment]
    renderings: Sequence[Rendering]
    findings: Sequence[Finding]


@dataclass
class ConceptRow:
    """How one concept was rendered over the whole run."""

    id: str
    vietnamese: str
    english: str
    preferred: str
    verdicts: Counter[str] = field(default_factory=Counter)
    forms: dict[tuple[str, str], int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """Renderings in all."""
        return sum(self.verdicts.values())

    @property
    def listed(self) -> list[tuple[str, str, int]]:
        """`(form, verdict, count)`, worst verdict first, then most frequent."""
        rows = [(form, verdict, count) for (form, verdict), count in self.forms.items()]
        return sorted(rows, key=lambda row: (VERDICTS.index(row[1]), -row[2], row[0]))


@dataclass
class Summary:
    """Counts over the run."""

    documents: int = 0
    segments: int = 0
    renderings: int = 0
    verdicts: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    notes: Counter[str] = field(default_factory=Counter)
    concepts: dict[str, ConceptRow] = field(default_factory=dict)

    def add(self, view: View, termbase: Termbase) -> None:
        """Count one document."""
        self.documents += 1
        self.segments += sum(segment.role == "hindi" for segment in view.segments)
        self.renderings += len(view.renderings)
        self.verdicts.update(one.verdict for one in view.renderings)
        self.kinds.update(finding.kind for finding in view.findings)
        self.notes.update(note.code for one in view.translations for note in one.notes)
        for one in view.renderings:
            row = self.concepts.get(one.concept)
            if row is None:
                known = termbase.concepts.get(one.concept)
                vietnamese = known.vietnamese[0] if known else one.concept
                english = known.english[0] if known and known.english else ""
                row = ConceptRow(one.concept, vietnamese, english, known.preferred if known else "")
                self.concepts[one.concept] = row
            row.verdicts[one.verdict] += 1
            key = (one.hindi or "(left out)", one.verdict)
            row.forms[key] = row.forms.get(key, 0) + 1

    @property
    def rows(self) -> list[ConceptRow]:
        """Concepts, those with most trouble first."""
        return sorted(self.concepts.values(), key=lambda row: (row.verdicts["ok"] - row.total, -row.total, row.id))


@dataclass(frozen=True)
class Line:
    """One Hindi segment as the report shows it."""

    index: int
    marked: Markup
    back: tuple[tuple[str, str, str, tuple[str, ...]], ...]  # language, engine, text, what the guards saw
    original: str
    findings: tuple[Finding, ...]


def lines(view: View) -> list[Line]:
    """The segments of a document with their back-translations, original and marked findings."""
    back: dict[int, list[tuple[str, str, str, tuple[str, ...]]]] = {}
    for one in view.translations:
        notes = tuple(f"{note.code}: {note.detail}" if note.detail else note.code for note in one.notes)
        back.setdefault(one.index, []).append((one.language, one.engine, one.text, notes))
    originals = {segment.index: segment.text for segment in view.segments if segment.role == "original"}
    beside: dict[int, list[int]] = {}
    for bead in view.alignments:
        if bead.engine == "original":
            for index in bead.hindi:
                beside.setdefault(index, []).extend(bead.other)
    found: dict[int, list[Finding]] = {}
    for finding in view.findings:
        found.setdefault(finding.index, []).append(finding)
    verdicts: dict[int, list[tuple[int, int, str, str]]] = {}
    for rendering in view.renderings:
        verdicts.setdefault(rendering.index, []).append(
            (rendering.start, rendering.end, rendering.verdict, rendering.concept)
        )
    for finding in view.findings:
        if finding.kind != "term":
            verdicts.setdefault(finding.index, []).append((finding.start, finding.end, finding.verdict, finding.kind))
    return [
        Line(
            segment.index, mark(segment.text, verdicts.get(segment.index, ())), tuple(back.get(segment.index, ())),
            " ".join(originals.get(other, "") for other in dict.fromkeys(beside.get(segment.index, ()))),
            tuple(found.get(segment.index, ())),
        )
        for segment in view.segments
        if segment.role == "hindi"
    ]  # fmt: skip


def mark(text: str, spans: Iterable[tuple[int, int, str, str]]) -> Markup:
    """The escaped text with its renderings in <mark>; of overlapping spans the worst verdict's wins."""
    result = Markup()
    at = 0
    ordered = sorted(
        (span for span in spans if span[1] > span[0] and span[1] - span[0] < len(text)),
        key=lambda s: VERDICTS.index(s[2]),
    )
    taken: list[tuple[int, int, str, str]] = []
    for span in ordered:
        if all(span[1] <= other[0] or span[0] >= other[1] for other in taken):
            taken.append(span)
    for start, end, verdict, label in sorted(taken):
        result += escape(text[at:start])
        result += Markup('<mark class="{}" title="{}">{}</mark>').format(
            verdict, f"{label}: {verdict}", text[start:end]
        )
        at = end
    return result + escape(text[at:])


def _environment() -> jinja2.Environment:
    loader = jinja2.PackageLoader("align", "stages")
    made = jinja2.Environment(
        loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined
    )
    made.filters["percent"] = lambda part, whole: f"{100 * part / whole:.1f}" if whole else "0"
    return made


def write_html(
    stream: IO[str], title: str, summary: Summary, views: Iterable[View], termbase: Termbase, facts: dict[str, str]
) -> None:
    """Write the report, document by document."""
    template = _environment().get_template("report.html")

    def shown() -> Iterator[tuple[View, list[Line]]]:
        for view in views:
            yield view, lines(view)

    for piece in template.generate(
        title=title, summary=summary, views=shown(), termbase=termbase, facts=facts, verdicts=VERDICTS
    ):
        stream.write(piece)


def write_csv(stream: IO[str], views: Iterable[View]) -> int:
    """One row a finding, with the segment and its first back-translations; returns the number of rows.

    A cell that a spreadsheet would take for a formula is led by an apostrophe.
    """
    out = csv.writer(stream, lineterminator="\n")
    out.writerow([
        "id", "document", "segment", "kind", "concept", "verdict", "severity", "score", "hindi", "suggestion", "reasons",
        "hindi_segment", "english", "vietnamese", "source",
    ])  # fmt: skip
    count = 0
    for view in views:
        texts = {segment.index: segment.text for segment in view.segments if segment.role == "hindi"}
        back: dict[tuple[str, int], str] = {}
        for one in view.translations:
            back.setdefault((one.language, one.index), one.text)
        for finding in view.findings:
            row = [
                finding.id, finding.document, str(finding.index), finding.kind, finding.concept, finding.verdict,
                finding.severity, f"{finding.score:.4f}", finding.hindi, finding.suggestion,
                "; ".join(f"{reason.code}: {reason.detail}" if reason.detail else reason.code for reason in finding.reasons),
                texts.get(finding.index, ""), back.get(("en", finding.index), ""), back.get(("vi", finding.index), ""),
                view.document.source,
            ]  # fmt: skip
            out.writerow([f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t") else cell for cell in row])
            count += 1
    return count
