"""Stage 7: the parallel corpus, a row a bead of the original or, without one, a row a Hindi segment.

Where there is a further version, its sentences stand in the row in place of a back-translation.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from align.config import CorpusConfig
from align.records import Alignment, Dropped, Finding, Pair, Segment, Translation

VERSION = "2"


def pairs(
    segments: Sequence[Segment], translations: Sequence[Translation], alignments: Sequence[Alignment],
    findings: Sequence[Finding], config: CorpusConfig,
) -> Iterator[Pair | Dropped]:  # fmt: skip
    """Rows of one document; a row that lacks a side, or scores under `min_score`, is dropped with a record."""
    hindi = {segment.index: segment.text for segment in segments if segment.role == "hindi"}
    original = {segment.index: segment for segment in segments if segment.role == "original"}
    flagged: dict[int, list[str]] = {}
    for finding in findings:
        flagged.setdefault(finding.index, []).append(finding.id)
    back: dict[str, tuple[str, dict[int, str]]] = {}
    for one in translations:
        engine, said = back.setdefault(one.language, (one.engine, {}))
        if engine == one.engine:  # the first engine of a language fills the corpus; the report shows all
            said[one.index] = one.text
    other = {(one.language, one.index): one.text for one in segments if one.role == "version"}
    beside: dict[str, dict[int, Alignment]] = {}
    for bead in alignments:
        if bead.engine == "version":
            beside.setdefault(bead.language, {}).update(dict.fromkeys(bead.hindi, bead))
    beads = [bead for bead in alignments if bead.engine == "original"]
    if not beads:
        engines = {engine for engine, _ in back.values()}
        rows: dict[int, list[float]] = {}
        for bead in alignments:
            if bead.engine in engines:
                rows.setdefault(bead.hindi[0], []).append(bead.score)
        beads = [Alignment("", "", "", (index,), (index,), min(rows.get(index, [0.0]))) for index in sorted(hindi)]
    for bead in beads:
        texts = {"hi": " ".join(hindi[index] for index in bead.hindi)}
        engine_of = {"hi": "document"}
        for language, (engine, translated) in sorted(back.items()):
            texts[language] = " ".join(filter(None, (translated.get(index, "") for index in bead.hindi)))
            engine_of[language] = engine
        for language, of in sorted(beside.items()):
            held = [of[index] for index in bead.hindi if index in of]
            at = sorted({index for one in held for index in one.other})
            # A row without an original may hold part of a bead of the version: then the back-translation stays.
            if at and all(set(one.hindi) <= set(bead.hindi) for one in held):
                texts[language] = " ".join(other[language, index] for index in at)
                engine_of[language] = "version"
        if bead.engine == "original":
            texts[bead.language] = " ".join(original[index].text for index in bead.other)
            engine_of[bead.language] = "original"
        ids = tuple(finding for index in bead.hindi for finding in flagged.get(index, ()))
        document = segments[0].document
        if not bead.hindi or not all(texts.values()):
            side = "no Hindi" if not bead.hindi else "no " + ", ".join(sorted(k for k, v in texts.items() if not v))
            yield Dropped(
                "corpus", document, "hindi", "one-sided", side, 0, 0, " | ".join(filter(None, texts.values()))
            )
        elif bead.score < config.min_score:
            yield Dropped(
                "corpus", document, "hindi", "low-score", f"{bead.score:.4f} < {config.min_score}", 0, 0, texts["hi"]
            )
        else:
            yield Pair(
                document, bead.hindi, bead.other, texts, engine_of, bead.score, ids, "flagged" if ids else "clean"
            )
