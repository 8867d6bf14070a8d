"""Stage 4: which segments say the same, in every version of a document.

A back-translation has one row a Hindi segment and is scored by how alike the two are; an original has its
own sentences and is aligned many to many.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from align.alignment.beads import align_texts
from align.config import AlignmentsConfig
from align.engines.protocols import Embedder
from align.records import Alignment, Segment, Translation

VERSION = "1"


def align_document(
    segments: Sequence[Segment], translations: Sequence[Translation], embedder: Embedder, config: AlignmentsConfig
) -> Iterator[Alignment]:
    """Beads of one document: its back-translations by language and engine, then its original.

    `segments` holds the Hindi ones and, where there is one, the original's.
    """
    hindi = [segment for segment in segments if segment.role == "hindi"]
    original = [segment for segment in segments if segment.role == "original"]
    if not hindi:
        return
    vectors = embedder.embed([segment.text for segment in hindi], "hi")
    back: dict[tuple[str, str], dict[int, str]] = {}
    for one in translations:
        back.setdefault((one.language, one.engine), {})[one.index] = one.text
    for (language, engine), texts in sorted(back.items()):
        others = embedder.embed([texts.get(segment.index, "") for segment in hindi], language)
        scores = np.clip((vectors * others).sum(1), 0.0, 1.0)
        for segment, score in zip(hindi, scores.tolist(), strict=True):
            said = texts.get(segment.index, "").strip()
            other = (segment.index,) if said else ()
            yield Alignment(segments[0].document, engine, language, (segment.index,), other, score if said else 0.0)
    if not original:
        return
    language = original[0].language
    # A back-translation into the original's own language is the best witness of what a segment says.
    bridges = [texts for (to, _), texts in sorted(back.items()) if to == language]
    bridge = [bridges[0].get(segment.index, "") for segment in hindi] if bridges else None
    beads = align_texts(
        [segment.text for segment in hindi], [segment.text for segment in original], "hi", language, embedder,
        max_sentences=config.max_sentences, bridge=bridge,
    )  # fmt: skip
    for bead in beads:
        yield Alignment(hindi[0].document, "original", language, bead.source, bead.target, bead.score)
