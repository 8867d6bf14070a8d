"""Stage 4: which segments say the same, in every version of a document.

A back-translation has one row a Hindi segment and is scored by how alike the two are; an original has its
own sentences and is aligned many to many.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from align.alignment.beads import align_texts, embed_sums
from align.config import AlignmentsConfig
from align.engines.protocols import Embedder
from align.records import Alignment, Segment, Translation

VERSION = "1"


class _Remembered:
    """An embedder that encodes each text of a document once, however many beads ask for it."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._known: dict[tuple[str, str], tuple[NDArray[np.float32], float]] = {}

    @property
    def signature(self) -> str:
        return self._embedder.signature

    def embed_sums(self, texts: Sequence[str], language: str) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Sums over the texts' tokens, shape (len(texts), dimensions), and their counts."""
        new = [text for text in dict.fromkeys(texts) if (language, text) not in self._known]
        if new:
            for text, one, count in zip(new, *embed_sums(self._embedder, new, language), strict=True):
                self._known[language, text] = one, float(count)
        found = [self._known[language, text] for text in texts]
        return np.stack([one for one, _ in found]), np.array([count for _, count in found], np.float32)

    def embed(self, texts: Sequence[str], language: str) -> NDArray[np.float32]:
        """Unit vectors of the same sums."""
        sums, _ = self.embed_sums(texts, language)
        unit: NDArray[np.float32] = sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-9)
        return unit


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
    remembered = _Remembered(embedder)
    vectors = remembered.embed([segment.text for segment in hindi], "hi")
    back: dict[tuple[str, str], dict[int, str]] = {}
    for one in translations:
        back.setdefault((one.language, one.engine), {})[one.index] = one.text
    for (language, engine), texts in sorted(back.items()):
        others = remembered.embed([texts.get(segment.index, "") for segment in hindi], language)
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
        [segment.text for segment in hindi], [segment.text for segment in original], "hi", language, remembered,
        max_sentences=config.max_sentences, bridge=bridge,
    )  # fmt: skip
    for bead in beads:
        yield Alignment(hindi[0].document, "original", language, bead.source, bead.target, bead.score)
