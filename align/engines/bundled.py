"""The offline model in the box and what belongs to it: `bundled` (translator and embedder) and `gloss`.

The model reads Hindi annotated with dictionary glosses in the target language (see gloss.py and the card in
align/bundled/README.md), so that translating is mostly choosing and ordering words.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from hashlib import sha256
from typing import Any

import numpy as np
from numpy.typing import NDArray

from align.bundled import MODEL, corpora
from align.config import TranslationConfig
from align.engines import ctranslate2, gloss, transformers
from align.engines.protocols import Hypothesis, Translator
from align.errors import EngineError
from align.languages import clause_spans, normalise
from align.records import Reason

# Sentences whose annotated source is longer than the model was trained on are cut at clause marks.
_LONGEST = 140


@cache
def lexicon() -> Any:
    """The lexicon of corpora/lexicon, read once a process."""
    return gloss.load_lexicon(corpora("lexicon"))


@cache
def _lexicon_digest() -> str:
    made = sha256()
    for file in sorted(corpora("lexicon").glob("*.tsv")):
        made.update(file.name.encode() + file.read_bytes())
    return made.hexdigest()[:12]


@dataclass(frozen=True)
class Bundled:
    """Settings of the bundled translator: CTranslate2 unless `dtype` asks for transformers."""

    engine: ctranslate2.CTranslate2

    @classmethod
    def configure(cls, entry: TranslationConfig) -> Bundled:
        """From a `translations:` entry."""
        return cls(replace(ctranslate2.CTranslate2.configure(entry), model=str(MODEL)))

    @property
    def signature(self) -> str:
        """Weights, lexicon and decoding settings."""
        return f"bundled:{self.engine.signature}|lexicon:{_lexicon_digest()}"

    def problems(self) -> list[tuple[str, str, str]]:
        """An incomplete installation."""
        if not (MODEL / "model.int8.safetensors").is_file():
            return [("engine", "bundled", f"the model's weights in {MODEL}; reinstall backalign")]
        return []

    def load(self) -> Translator:
        """Convert the model once, load it and the lexicon."""
        return _Loaded(self)


class _Loaded:
    def __init__(self, settings: Bundled) -> None:
        self.inner = ctranslate2.Loaded(settings.engine)
        self.lexicon = lexicon()

    def translate(self, texts: Sequence[str], source: str, target: str, *, safer: bool = False) -> list[Hypothesis]:
        """Annotate, cut what is too long, translate, join. Only Hindi sources are annotated."""
        if source != "hi":
            return self.inner.translate(texts, source, target, safer=safer)
        pieces: list[str] = []
        owners: list[int] = []
        for owner, text in enumerate(texts):
            for piece in self._cut(text, target):
                pieces.append(piece)
                owners.append(owner)
        made = self.inner.translate(pieces, source, target, safer=safer)
        joined: list[Hypothesis] = []
        for owner in range(len(texts)):
            own = [made[at] for at in range(len(made)) if owners[at] == owner]
            scores = [one.score for one in own if one.score is not None]
            notes = tuple(dict.fromkeys(note for one in own for note in one.notes))
            if len(own) > 1:
                notes = (
                    *notes,
                    Reason("in-pieces", f"translated in {len(own)} pieces: too long for the model at once"),
                )
            text = " ".join(one.text for one in own if one.text)
            joined.append(Hypothesis(text, sum(scores) / len(scores) if scores else None, notes))
        return joined

    def _cut(self, text: str, target: str) -> list[str]:
        annotated = gloss.annotate(text, target, self.lexicon)
        size = len(self.inner.tokenizer(annotated)["input_ids"])
        if size <= _LONGEST or len(text) < 60:
            return [annotated]
        limit = max(40, len(text) * _LONGEST // size)
        return [gloss.annotate(text[start:end], target, self.lexicon) for start, end in clause_spans(text, limit)]


@dataclass(frozen=True)
class Gloss:
    """The word-for-word gloss as a translator."""

    @classmethod
    def configure(cls, entry: TranslationConfig) -> Gloss:
        """From a `translations:` entry; it has no settings."""
        return cls()

    @property
    def signature(self) -> str:
        """The lexicon."""
        return f"gloss:{_lexicon_digest()}"

    def problems(self) -> list[tuple[str, str, str]]:
        """None: the lexicon is in the box."""
        return []

    def load(self) -> Translator:
        """Read the lexicon."""
        return _GlossLoaded()


class _GlossLoaded:
    def translate(self, texts: Sequence[str], source: str, target: str, *, safer: bool = False) -> list[Hypothesis]:
        """Word for word, from Hindi only."""
        if source != "hi":
            raise EngineError(f"the engine `gloss` reads Hindi only, not {source}; it cannot be a pivot's second step")
        return [Hypothesis(normalise(gloss.word_for_word(text, target, lexicon()))) for text in texts]


class BundledEmbedder:
    """Mean-pooled encoder of the bundled model."""

    def __init__(self, batch_tokens: int = 4096) -> None:
        self.batch_tokens = batch_tokens
        self._model: Any = None

    @property
    def signature(self) -> str:
        """The weights."""
        return f"bundled-encoder:{transformers.fingerprint(str(MODEL))}"

    def embed(self, texts: Sequence[str], language: str) -> NDArray[np.float32]:
        """See Embedder."""
        sums, _ = self.embed_sums(texts, language)
        unit: NDArray[np.float32] = sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-9)
        return unit

    def embed_sums(self, texts: Sequence[str], language: str) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Sums of the encoder's states over each text's tokens, shape (len(texts), 384), and their counts."""
        import torch

        if self._model is None:
            self._tokenizer, model = transformers.load_checkpoint(str(MODEL), "float32", False)
            self._model = model.get_encoder()
        sums = np.zeros((len(texts), int(self._model.config.d_model)), np.float32)
        rows = [self._tokenizer(text, truncation=True, max_length=256)["input_ids"] for text in texts]
        order = sorted(range(len(texts)), key=lambda at: (len(rows[at]), at))
        start = 0
        while start < len(order):
            stop = start + 1
            while stop < len(order) and len(rows[order[stop]]) * (stop + 1 - start) <= self.batch_tokens:
                stop += 1
            some = order[start:stop]
            batch = self._tokenizer.pad({"input_ids": [rows[at] for at in some]}, return_tensors="pt")
            mask = batch["attention_mask"]
            with torch.inference_mode():
                hidden = self._model(input_ids=batch["input_ids"], attention_mask=mask).last_hidden_state
            sums[some] = (hidden * mask.unsqueeze(-1)).sum(1).numpy()
            start = stop
        return sums, np.array([len(row) for row in rows], np.float32)
