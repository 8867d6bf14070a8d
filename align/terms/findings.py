"""From renderings to findings: severity, ids that survive changes elsewhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256

from align.records import Finding, Kind, Reason, Rendering, Segment, Severity, Verdict

SEVERITIES: dict[str, Severity] = {"variant": "minor", "suspicious": "major", "wrong": "critical", "omitted": "major"}


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
