"""An embedder that keeps its vectors on disk, so that a text is encoded once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from align.engines.protocols import Embedder
from align.store import VectorCache

Floats = NDArray[np.float32]


def embed_sums(embedder: Embedder, texts: Sequence[str], language: str) -> tuple[Floats, Floats]:
    """Token sums, shape (n, dimensions), and counts (n,); unit vectors times length where there are no sums."""
    direct = getattr(embedder, "embed_sums", None)
    if direct is not None:
        sums, counts = direct(texts, language)
        return np.asarray(sums, np.float32), np.asarray(counts, np.float32)
    counts = np.array([len(text) for text in texts], np.float32)
    return np.asarray(embedder.embed(texts, language) * counts[:, None], np.float32), counts


class Remembered:
    """Asks `embedder` only for texts that `cache` does not hold; those of one call are stored together."""

    def __init__(self, embedder: Embedder, cache: VectorCache) -> None:
        self._embedder = embedder
        self._cache = cache

    @property
    def signature(self) -> str:
        """The embedder's."""
        return self._embedder.signature

    def embed_sums(self, texts: Sequence[str], language: str) -> tuple[Floats, Floats]:
        """Sums over the texts' tokens, shape (len(texts), dimensions), and their counts, shape (len(texts),)."""
        keys = {text: self._cache.key(self.signature, language, text) for text in texts}
        found = self._cache.get(list(keys.values()))
        new = [text for text, key in keys.items() if key not in found]
        if new:
            rows = {
                keys[text]: (one, float(count))
                for text, one, count in zip(new, *embed_sums(self._embedder, new, language), strict=True)
            }
            self._cache.put((key, one.tobytes(), count) for key, (one, count) in rows.items())
        else:
            rows = {}
        for key, (data, count) in found.items():
            rows[key] = np.frombuffer(data, np.float32), count
        given = [rows[keys[text]] for text in texts]
        if not given:
            return np.zeros((0, 0), np.float32), np.zeros(0, np.float32)
        return np.stack([one for one, _ in given]), np.array([count for _, count in given], np.float32)

    def embed(self, texts: Sequence[str], language: str) -> Floats:
        """Unit vectors of the same sums."""
        sums, _ = self.embed_sums(texts, language)
        return np.asarray(sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-9), np.float32)
