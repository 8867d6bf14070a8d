"""Any sentence-transformers or Hugging Face encoder, by name or folder: LaBSE, multilingual-e5, bge-m3, ...

Only transformers is needed: the pooling and the normalisation that sentence-transformers would apply are
read from the model's own files. Code that comes with a model is never run.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from align.errors import EngineError, MissingExtra

Floats = NDArray[np.float32]
Pooling = Literal["auto", "mean", "cls"]


class SentenceTransformer:
    """An encoder with mean or first-token pooling: `embed`, `embed_sums` and `token_states`."""

    def __init__(
        self,
        model: str,
        *,
        prefix: str = "",
        pooling: Pooling = "auto",
        revision: str | None = None,
        batch_tokens: int = 4096,
        max_tokens: int = 256,
        device: str = "cpu",
    ) -> None:
        """`model` is a name on the Hugging Face hub or a folder; `prefix` goes before every text ("query: "
        for the e5 family). `pooling` auto reads `1_Pooling/config.json`, mean where there is none."""
        self._model_name = model
        self._prefix = prefix
        self._pooling = pooling
        self._revision = revision
        self._batch_tokens = batch_tokens
        self._max_tokens = max_tokens
        self._device = device

    @property
    def signature(self) -> str:
        """Names everything that changes the vectors."""
        name = f"{self._model_name}@{self._revision}" if self._revision else self._model_name
        return f"sentence-transformer:{name}|{self._prefix}|{self._pooling}|max{self._max_tokens}"

    @cached_property
    def _loaded(self) -> tuple[Any, Any]:
        try:
            from transformers import AutoModel, AutoTokenizer
        except ImportError as error:
            raise MissingExtra("transformers", "the embedder sentence-transformer", "transformers") from error
        options: dict[str, Any] = {"revision": self._revision} if self._revision else {}
        try:
            tokenizer = AutoTokenizer.from_pretrained(self._model_name, **options)
            model = AutoModel.from_pretrained(self._model_name, trust_remote_code=False, **options)
        except (OSError, ValueError) as error:
            raise EngineError(
                f"embedder {self._model_name!r} cannot be loaded, expected a folder or the name of an encoder on the "
                f"Hugging Face hub: {error}"
            ) from error
        return tokenizer, model.to(self._device).eval()

    @cached_property
    def _first_token(self) -> bool:
        """Whether the first token's state is the sentence vector."""
        if self._pooling != "auto":
            return self._pooling == "cls"
        folder = Path(self._model_name)
        if not folder.is_dir():
            try:
                from huggingface_hub import hf_hub_download

                found = hf_hub_download(self._model_name, "1_Pooling/config.json", revision=self._revision)
            except Exception:  # no such file or no network: the hub's own errors are many
                return False
            path = Path(found)
        else:
            path = folder / "1_Pooling" / "config.json"
            if not path.is_file():
                return False
        return bool(json.loads(path.read_text(encoding="utf-8")).get("pooling_mode_cls_token"))

    def _run(self, texts: Sequence[str], layer: int | None) -> Iterator[tuple[int, Floats, Any]]:
        """Yield (text number, states of its tokens, encoding); specials included, padding not."""
        import torch

        tokenizer, model = self._loaded
        encoded = [
            tokenizer(
                self._prefix + text,
                truncation=True,
                max_length=self._max_tokens,
                return_special_tokens_mask=True,
            )
            for text in texts
        ]
        batch: list[int] = []
        order = sorted(range(len(texts)), key=lambda number: len(encoded[number]["input_ids"]))
        for place, number in enumerate(order):
            batch.append(number)
            following = len(encoded[order[place + 1]]["input_ids"]) if place + 1 < len(order) else self._batch_tokens
            if (len(batch) + 1) * following <= self._batch_tokens:
                continue
            keys = [key for key in encoded[number] if key != "special_tokens_mask"]
            padded = tokenizer.pad(
                {key: [list(encoded[item][key]) for item in batch] for key in keys}, return_tensors="pt"
            ).to(self._device)
            with torch.inference_mode():
                output = model(**padded, output_hidden_states=layer is not None)
            states = output.last_hidden_state if layer is None else output.hidden_states[layer]
            states = states.float().cpu().numpy()
            for row, item in enumerate(batch):
                kept = padded["attention_mask"][row].bool().cpu().numpy()
                yield item, states[row][kept], encoded[item]
            batch = []

    def embed(self, texts: Sequence[str], language: str) -> Floats:
        """Return unit vectors, shape (len(texts), dimensions)."""
        rows: list[Floats] = [np.zeros(0, np.float32)] * len(texts)
        for number, states, _ in self._run(texts, None):
            vector = states[0] if self._first_token else states.mean(axis=0)
            rows[number] = vector / max(float(np.linalg.norm(vector)), 1e-12)
        return np.stack(rows).astype(np.float32) if rows else np.zeros((0, 0), np.float32)

    def embed_sums(self, texts: Sequence[str], language: str) -> tuple[Floats, Floats]:
        """Return sums over the texts' own tokens (n, d) and their counts (n,).

        With first-token pooling the sum is the sentence vector times the number of tokens, so that
        windows weigh their sentences by length.
        """
        rows: list[Floats] = [np.zeros(0, np.float32)] * len(texts)
        counts = np.zeros(len(texts), np.float32)
        for number, states, encoding in self._run(texts, None):
            own = np.array(encoding["special_tokens_mask"]) == 0
            counts[number] = own.sum()
            if self._first_token:
                rows[number] = states[0] / max(float(np.linalg.norm(states[0])), 1e-12) * counts[number]
            else:
                rows[number] = states[own].sum(axis=0)
        return (np.stack(rows).astype(np.float32) if rows else np.zeros((0, 0), np.float32)), counts

    def token_states(
        self, texts: Sequence[str], language: str, layer: int = 8
    ) -> list[tuple[NDArray[np.int64], Floats]]:
        """Return, for each text, its tokens' [start, end) in the text and their states after `layer` layers."""
        tokenizer, model = self._loaded
        if not getattr(tokenizer, "is_fast", False):
            raise EngineError(f"embedder {self._model_name!r}: word alignment needs a fast tokenizer, found a slow one")
        layer = min(layer, int(model.config.num_hidden_layers))
        results: list[tuple[NDArray[np.int64], Floats]] = [(np.zeros((0, 2), np.int64), np.zeros((0, 0), np.float32))]
        results *= len(texts)
        shift = len(self._prefix)
        for number, states, _ in self._run(texts, layer):
            found = tokenizer(
                self._prefix + texts[number], truncation=True, max_length=self._max_tokens, return_offsets_mapping=True,
                return_special_tokens_mask=True,
            )  # fmt: skip
            offsets = np.array(found["offset_mapping"], np.int64).reshape(-1, 2)
            own = (np.array(found["special_tokens_mask"]) == 0) & (offsets[:, 1] > shift)
            results[number] = np.maximum(offsets[own] - shift, 0), states[own]
        return results
