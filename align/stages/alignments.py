"""Stage 4: which segments say the same, in every version of a document.

A back-translation has one row a Hindi segment and is scored by how alike the two are. An original, and every
further version, has its own sentences and is aligned many to many, all of them at once: their beads hold the
same Hindi segments wherever they hold the same sentence (see `align.alignment.versions`), and the rows of a
back-translation lie within them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from align.alignment.versions import Version, align_versions, beads_between
from align.config import AlignmentsConfig
from align.engines.protocols import Embedder
from align.records import Alignment, Segment, Translation

VERSION = "2"


def align_document(
    segments: Sequence[Segment], translations: Sequence[Translation], embedder: Embedder, config: AlignmentsConfig
) -> Iterator[Alignment]:
    """Beads of one document: its back-translations by language and engine, then its original, then other versions.

    `segments` holds the Hindi ones and, where there are any, those of the original and of other versions.
    """
    hindi = [segment for segment in segments if segment.role == "hindi"]
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
    others_of: dict[tuple[str, str], list[str]] = {}
    for segment in segments:
        if segment.role != "hindi":
            others_of.setdefault((segment.role, segment.language), []).append(segment.text)
    if not others_of:
        return
    kinds = sorted(others_of)
    versions = [Version("hi", [segment.text for segment in hindi])]
    bridges = {}
    for number, (role, language) in enumerate(kinds, start=1):
        versions.append(Version(language, others_of[role, language]))
        # A back-translation into the version's own language is the best witness of what a segment says.
        witness = next((texts for (to, _), texts in sorted(back.items()) if to == language), None)
        if witness is not None:
            bridges[0, number] = [witness.get(segment.index, "") for segment in hindi]
    groups = align_versions(versions, embedder, config.max_sentences, bridges)
    for number, (role, language) in enumerate(kinds, start=1):
        for bead in beads_between(groups, 0, number):
            yield Alignment(hindi[0].document, role, language, bead.source, bead.target, bead.score)
