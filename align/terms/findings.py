"""From renderings to findings: severity, ids that survive changes elsewhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256

from align.records import Finding, Kind, Reason, Rendering, Segment, Severity, Verdict

SEVERITIES: dict[str, Severity] = {"variant": "minor", "suspicious": "major", "wrong": "critical", "omitted": "major"}


# What each rule says, for the report's table. The rule of a finding is the code of its first reason.
RULES = {
    "deprecated": "a form that the termbase lists as wrong", "context": "a form that is wrong where this concept is meant",
    "other-concept": "a listed form, but the evidence says otherwise", "calque": "its words, one by one, spell the Vietnamese term",
    "came-back-in-part": "it came back as the term in one language only; no listed form is there",
    "unknown": "the term is there and no listed form renders it", "omitted": "the original has the term, nothing renders it",
    "replaced": "another term stands in its place", "no-city": "a town called a city",
    "letters": "a term left as the letters of its abbreviation",
    "around": "the words around it are those of the term", "seen": "annotators called the same words an error",
    "variation": "not the article's usual rendering",
    "number-differs": "a number or magnitude other than the original's", "unit-differs": "a unit other than the original's",
    "date-differs": "a date other than the original's", "share-differs": "a share (12/15) other than the original's",
    "implausible-magnitude": "a thousand million", "implausible-price": "a day's work at an impossible price",
    "implausible-sum": "price times number far above every sum of the article", "part-exceeds-whole": "a part larger than the whole",
    "number-read-otherwise": "both back-translations read another magnitude", "name-differs": "one name spelled in two ways",
    "two-levels": "one place at two administrative levels", "level-differs": "an administrative level other than the original's",
    "commune-as-community": "a commune (xã) called a community", "no-such-city": "a town called a city",
    "spelled-letters": "the letters of a document's sign spelled out", "latin-abbreviation": "an abbreviation left in Latin letters",
    "index-twice": "an index called index twice", "vietnamese-word": "Vietnamese left in the Hindi",
    "not-hindi": "a sentence that is not Hindi",
    "wrong-expansion": "an abbreviation expanded wrongly", "other-expansion": "an abbreviation expanded as another one",
    "sentence-twice": "a sentence twice", "words-twice": "words twice in a row", "breaks-off": "a sentence that breaks off",
    "too-short": "far shorter than the original", "sentence-missing": "a sentence of the original is missing",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Check:
    """A place where something other than a term looks wrong; the fields are those of a Finding."""

    document: str
    index: int
    start: int
    end: int
    hindi: str
    kind: Kind
    verdict: Verdict
    severity: Severity
    score: float
    reasons: tuple[Reason, ...]
    suggestion: str = ""
    concept: str = ""


def flag(
    segment: Segment,
    span: tuple[int, int],
    kind: Kind,
    verdict: Verdict,
    score: float,
    reason: Reason,
    suggestion: str = "",
) -> Check:
    """A check that failed at the characters `span` of a segment; severity follows from the verdict."""
    start, end = span
    return Check(
        segment.document, segment.index, start, end, segment.text[start:end], kind, verdict, SEVERITIES[verdict], score,
        (reason,), suggestion,
    )  # fmt: skip


def number(renderings: Iterable[Rendering], checks: Iterable[Check] = ()) -> Iterator[Finding]:
    """Findings of one document, in reading order, with their ids.

    The id is the SHA-256 of document, kind, concept, surface and the ordinal among equals, cut to 16 digits.
    """
    found: list[Finding] = []
    for one in renderings:
        if one.verdict != "ok":
            found.append(Finding(
                "", one.document, one.index, one.start, one.end, one.hindi, "term", one.concept, one.verdict,
                SEVERITIES[one.verdict], one.score, one.reasons, one.suggestion,
            ))  # fmt: skip
    for check in checks:
        found.append(Finding(
            "", check.document, check.index, check.start, check.end, check.hindi, check.kind, check.concept,
            check.verdict, check.severity, check.score, check.reasons, check.suggestion,
        ))  # fmt: skip
    ordinals: Counter[tuple[str, ...]] = Counter()
    for finding in sorted(found, key=lambda one: (one.document, one.index, one.start, one.end, one.kind, one.concept)):
        key = (finding.document, finding.kind, finding.concept, finding.hindi)
        made = sha256("\x1f".join((*key, str(ordinals[key]))).encode()).hexdigest()[:16]
        ordinals[key] += 1
        yield Finding(
            made, finding.document, finding.index, finding.start, finding.end, finding.hindi, finding.kind, finding.concept,
            finding.verdict, finding.severity, finding.score, finding.reasons, finding.suggestion,
        )  # fmt: skip
