"""Stage 5: every place where a concept of the termbase is rendered, with a verdict and its reasons."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from align.records import Alignment, Finding, Reason, Rendering, Segment, Translation, Verdict
from align.terms.findings import number
from align.terms.matching import Match, Matcher
from align.terms.termbase import Termbase

VERSION = "1"


@dataclass(frozen=True)
class Found:
    """What the stage says of one document."""

    renderings: tuple[Rendering, ...]
    findings: tuple[Finding, ...]


class TermStage:
    """Holds the matcher of a termbase; `judge` is a pure function of one document's records."""

    def __init__(self, termbase: Termbase) -> None:
        self.termbase = termbase
        self.matcher = Matcher(termbase)

    def judge(
        self, segments: Sequence[Segment], translations: Sequence[Translation], alignments: Sequence[Alignment]
    ) -> Found:
        """Renderings and findings of one document."""
        hindi = [segment for segment in segments if segment.role == "hindi"]
        places = [(segment, match) for segment in hindi for match in self._best(segment.text)]
        usual = self._usual(places)
        renderings = tuple(self._rendering(segment, match, usual) for segment, match in places)
        return Found(renderings, tuple(number(renderings)))

    def _best(self, text: str) -> list[Match]:
        """One match a span: a right form beats a wrong one of another concept."""
        order = {"preferred": 0, "admitted": 1, "deprecated": 2}
        by_span: dict[tuple[int, int], Match] = {}
        for match in self.matcher.longest(text):
            if match.form.status == "deprecated" and match.form.context:
                continue
            known = by_span.get((match.start, match.end))
            if known is None or order[match.form.status] < order[known.form.status]:
                by_span[match.start, match.end] = match
        return list(by_span.values())

    def _usual(self, places: Sequence[tuple[Segment, Match]]) -> dict[str, str]:
        """The most frequent right form of each concept in the document, the first of equals."""
        counts: dict[str, Counter[str]] = {}
        for _, match in places:
            if match.form.status != "deprecated":
                counts.setdefault(match.concept, Counter())[match.form.form] += 1
        return {concept: forms.most_common(1)[0][0] for concept, forms in counts.items()}

    def _rendering(self, segment: Segment, match: Match, usual: dict[str, str]) -> Rendering:
        concept = self.termbase.concepts[match.concept]
        verdict: Verdict = "ok"
        score = 0.0
        reasons = [Reason("status", f"{match.form.form} is {match.form.status}")]
        if match.form.status == "deprecated":
            verdict, score = "suspicious", 0.8
            reasons = [Reason("deprecated", match.form.why or f"not a rendering of {concept.vietnamese[0]}")]
        elif match.form.status == "admitted" and usual.get(match.concept, match.form.form) != match.form.form:
            verdict, score = "variant", 0.4
            reasons.append(Reason("variation", f"this document mostly has {usual[match.concept]}"))
        return Rendering(
            segment.document, segment.index, match.start, match.end, segment.text[match.start : match.end],
            match.concept, verdict, score, tuple(reasons), {}, {}, concept.preferred if verdict != "ok" else "",
        )  # fmt: skip
