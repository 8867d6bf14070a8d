"""Stage 5: every place where a concept of the termbase is rendered, with a verdict and its reasons, and the checks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from align.engines.gloss import Lexicon
from align.records import Alignment, Finding, Rendering, Segment, Translation, Verdict
from align.terms import checks
from align.terms.candidates import Place, Reader
from align.terms.findings import number
from align.terms.termbase import Termbase
from align.terms.verdict import Judge, reasons, settle, suggestion
from align.terms.verdict import judge as judge_in_the_box

VERSION = "5"


@dataclass(frozen=True)
class Found:
    """What the stage says of one document."""

    renderings: tuple[Rendering, ...]
    findings: tuple[Finding, ...]


class TermStage:
    """Holds what is built once for a termbase; `judge` is a pure function of one document's records.

    `embedder` aligns words where it gives the states of tokens; otherwise the dictionary alone does.
    """

    def __init__(
        self,
        termbase: Termbase,
        embedder: object | None = None,
        lexicon: Lexicon | None = None,
        judge: Judge | None = None,
    ) -> None:
        self.termbase = termbase
        self.reader = Reader(termbase, lexicon, embedder)
        self.weights = judge or judge_in_the_box()

    def judge(
        self, segments: Sequence[Segment], translations: Sequence[Translation], alignments: Sequence[Alignment],
        source: str = "",
    ) -> Found:  # fmt: skip
        """Renderings and findings of one document; `source` is its address."""
        sentences = self.reader.sentences(segments, translations, alignments)
        places = self.reader.places(sentences, source)
        renderings = tuple(
            self._rendering(*one) for one in settle([(place, *self.weights.judge(place)) for place in places])
        )
        originals = {one.index: one.text for one in segments if one.role == "original"}
        found = tuple(number(renderings, checks.check(sentences, alignments, renderings, self.termbase, originals)))
        return Found(renderings, found)

    def _rendering(self, place: Place, verdict: Verdict, score: float) -> Rendering:
        """A place with its verdict, and why."""
        return Rendering(
            place.segment.document, place.segment.index, place.start, place.end, place.hindi, place.concept, verdict, score,
            reasons(place, verdict, self.termbase), place.english, place.vietnamese,
            suggestion(self.termbase.concepts[place.concept], verdict, place),
        )  # fmt: skip
