"""Stage 6: one HTML file that opens offline, and the findings as CSV."""

from __future__ import annotations

import csv
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import IO

import jinja2
from markupsafe import Markup, escape

from align.engines.gloss import Lexicon, lookup
from align.records import Alignment, Document, Finding, Rendering, Segment, Translation
from align.terms.findings import RULES
from align.terms.termbase import Termbase
from align.terms.verdict import Judge
from align.terms.verdict import judge as judge_in_the_box

VERSION = "2"

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
    rules: Counter[tuple[str, bool]] = field(default_factory=Counter)  # (rule, with an original)
    notes: Counter[str] = field(default_factory=Counter)
    concepts: dict[str, ConceptRow] = field(default_factory=dict)

    def add(self, view: View, termbase: Termbase) -> None:
        """Count one document."""
        self.documents += 1
        self.segments += sum(segment.role == "hindi" for segment in view.segments)
        self.renderings += len(view.renderings)
        self.verdicts.update(one.verdict for one in view.renderings)
        self.kinds.update(finding.kind for finding in view.findings)
        beside = with_original(view)
        self.rules.update((rule_of(finding), beside) for finding in view.findings)
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
        """Concepts, those with most errors first, then those with most variants."""

        def trouble(row: ConceptRow) -> tuple[int, int, int, str]:
            variants, errors = row.verdicts["variant"], row.total - row.verdicts["ok"] - row.verdicts["variant"]
            return (-errors, -variants, -row.total, row.id)

        return sorted(self.concepts.values(), key=trouble)


@dataclass(frozen=True)
class Measured:
    """How often a rule was right on annotated articles that its weights were not fitted on."""

    right: int
    found: int

    @property
    def within(self) -> tuple[float, float]:
        """The precision's 95 % interval (Wilson), each bound from 0 to 1."""
        z, share = 1.96, self.right / self.found
        middle = (share + z * z / (2 * self.found)) / (1 + z * z / self.found)
        reach = z / (1 + z * z / self.found) * math.sqrt(share * (1 - share) / self.found + z * z / (4 * self.found**2))
        return max(0.0, middle - reach), min(1.0, middle + reach)

    def __str__(self) -> str:
        low, high = (round(100 * bound) for bound in self.within)
        return f"right {self.right} of {self.found} times ({round(100 * self.right / self.found)} %, 95 % interval {low}-{high} %)"


def with_original(view: View) -> bool:
    """Whether the document has an original beside it: the rules were measured with and without."""
    return any(segment.role == "original" for segment in view.segments)


def rule_of(finding: Finding) -> str:
    """The rule that fired, '' for a finding without reasons; variants are one rule, whatever the evidence."""
    if finding.kind == "term" and finding.verdict == "variant":
        return "variation"
    return finding.reasons[0].code if finding.reasons else ""


def details(finding: Finding) -> tuple[str, ...]:
    """The reasons as a person reads them, less the preferred form where it is what is suggested anyway."""
    return tuple(
        reason.detail or reason.code
        for reason in finding.reasons
        if not (reason.code == "preferred" and finding.suggestion and reason.detail.endswith(finding.suggestion))
    )


def measured(judge: Judge, rule: str, original: bool) -> Measured | None:
    """The rule's measured precision, None where it never fired on an annotated article."""
    counts = judge.measured(rule, original)
    return Measured(*counts) if counts and counts[1] else None


@dataclass(frozen=True)
class Gloss:
    """A stretch of Hindi and what the dictionary makes of it, word for word; `inside`: part of what was found."""

    hindi: str
    english: str
    vietnamese: str
    inside: bool


def gloss(text: str, start: int, end: int, lexicon: Lexicon) -> tuple[Gloss, ...]:
    """Characters `start` to `end` word by word, with three words on either side; all of the text for an empty span."""
    found = [one for one in lookup(text, lexicon) if one.found != "plain"]
    inside = [number for number, one in enumerate(found) if one.start < end and start < one.end]
    first, last = (inside[0], inside[-1]) if inside and end - start < len(text) else (0, len(found) - 1)
    return tuple(
        Gloss(one.text, (one.english or (one.text,))[0], (one.vietnamese or (one.text,))[0], number in inside)
        for number, one in enumerate(found)
        if first - 3 <= number <= last + 3
    )


@dataclass(frozen=True)
class Shown:
    """A finding as the report shows it: its sentence with the place marked, what came back at it, its gloss."""

    finding: Finding
    marked: Markup
    back: tuple[tuple[str, str, Markup, tuple[str, ...]], ...]
    reasons: tuple[str, ...]
    gloss: tuple[Gloss, ...]
    rule: str
    measured: Measured | None


@dataclass(frozen=True)
class Line:
    """One Hindi segment as the report shows it."""

    index: int
    marked: Markup
    back: tuple[tuple[str, str, str, tuple[str, ...]], ...]  # language, engine, text, what the guards saw
    original: str
    findings: tuple[Shown, ...]


def lines(view: View, lexicon: Lexicon, judge: Judge) -> list[Line]:
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
    said: dict[tuple[int, int, int, str], Rendering] = {}
    for rendering in view.renderings:
        verdicts.setdefault(rendering.index, []).append(
            (rendering.start, rendering.end, rendering.verdict, rendering.concept)
        )
        said[rendering.index, rendering.start, rendering.end, rendering.concept] = rendering
    for finding in view.findings:
        if finding.kind != "term":
            verdicts.setdefault(finding.index, []).append((finding.start, finding.end, finding.verdict, finding.kind))
    original = with_original(view)

    def shown(finding: Finding, segment: Segment) -> Shown:
        rendering = said.get((finding.index, finding.start, finding.end, finding.concept))
        came = {"en": rendering.english, "vi": rendering.vietnamese} if rendering and finding.kind == "term" else {}
        own = (finding.start, finding.end, finding.verdict, finding.concept or finding.kind)
        return Shown(
            finding, mark(segment.text, [own]),
            tuple(
                (language, engine, point(text, came.get(language, {}).get(engine, "")), notes)
                for language, engine, text, notes in back.get(segment.index, ())
            ),
            details(finding),
            gloss(segment.text, finding.start, finding.end, lexicon), rule_of(finding), measured(judge, rule_of(finding), original),
        )  # fmt: skip

    return [
        Line(
            segment.index, mark(segment.text, verdicts.get(segment.index, ())), tuple(back.get(segment.index, ())),
            " ".join(originals.get(other, "") for other in dict.fromkeys(beside.get(segment.index, ()))),
            tuple(shown(finding, segment) for finding in found.get(segment.index, ())),
        )
        for segment in view.segments
        if segment.role == "hindi"
    ]  # fmt: skip


def point(text: str, part: str) -> Markup:
    """The escaped text with `part`, where it stands in it, in <mark>: what came back at the place."""
    before, found, after = text.partition(part) if part else (text, "", "")
    return (
        escape(before) + (Markup('<mark class="here">{}</mark>').format(found) if found else Markup()) + escape(after)
    )


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
    stream: IO[str], title: str, summary: Summary, views: Iterable[View], termbase: Termbase, facts: dict[str, str],
    lexicon: Lexicon | None = None, judge: Judge | None = None,
) -> None:  # fmt: skip
    """Write the report, document by document.

    `lexicon` makes the word-for-word lines (none without it); `judge` knows each rule's measured precision.
    """
    template = _environment().get_template("report.html")
    known, weights = lexicon or Lexicon([]), judge or judge_in_the_box()

    def shown() -> Iterator[tuple[View, list[Line]]]:
        for view in views:
            yield view, lines(view, known, weights)

    rules = [
        (rule, RULES.get(rule, rule.replace("-", " ")), original, count, measured(weights, rule, original))
        for (rule, original), count in sorted(summary.rules.items(), key=lambda row: (-row[1], row[0]))
    ]
    for piece in template.generate(
        title=title, summary=summary, views=shown(), termbase=termbase, facts=facts, verdicts=VERDICTS, rules=rules,
        names=RULES, glossed=bool(len(known)),
    ):  # fmt: skip
        stream.write(piece)


def write_csv(stream: IO[str], views: Iterable[View], judge: Judge | None = None) -> int:
    """One row a finding, with the segment and its first back-translations; returns the number of rows.

    `rule_right` of `rule_found` findings of the rule were right where it was measured; both empty where it was not.
    A cell that a spreadsheet would take for a formula is led by an apostrophe.
    """
    out = csv.writer(stream, lineterminator="\n")
    out.writerow([
        "id", "document", "segment", "kind", "concept", "verdict", "severity", "score", "hindi", "suggestion", "reasons",
        "hindi_segment", "english", "vietnamese", "source", "rule", "rule_right", "rule_found",
    ])  # fmt: skip
    count = 0
    for view in views:
        texts = {segment.index: segment.text for segment in view.segments if segment.role == "hindi"}
        back: dict[tuple[str, int], str] = {}
        for one in view.translations:
            back.setdefault((one.language, one.index), one.text)
        original = with_original(view)
        for finding in view.findings:
            counts = measured(judge or judge_in_the_box(), rule_of(finding), original)
            row = [
                finding.id, finding.document, str(finding.index), finding.kind, finding.concept, finding.verdict,
                finding.severity, f"{finding.score:.4f}", finding.hindi, finding.suggestion,
                "; ".join(f"{reason.code}: {reason.detail}" if reason.detail else reason.code for reason in finding.reasons),
                texts.get(finding.index, ""), back.get(("en", finding.index), ""), back.get(("vi", finding.index), ""),
                view.document.source, rule_of(finding), str(counts.right) if counts else "", str(counts.found) if counts else "",
            ]  # fmt: skip
            out.writerow([f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t") else cell for cell in row])
            count += 1
    return count
