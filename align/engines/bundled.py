"""The offline model in the box and what belongs to it: `bundled` (translator and embedder) and `gloss`.

The model reads Hindi annotated with dictionary glosses in the target language (see gloss.py and the card in
align/bundled/README.md), so that translating is mostly choosing and ordering words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
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
from align.engines.slots import Slotted, faults, fill, mended_beginning, slotted
from align.errors import EngineError
from align.languages import clause_spans, normalise
from align.records import Reason

# Sentences whose annotated source is longer than the model was trained on are cut at clause marks.
_LONGEST = 140

# Characters of a text below which it is not cut.
_SHORTEST_CUT = 80

# Hypotheses of the beam among which one without lost names and numbers is looked for.
_HYPOTHESES = 4

# Tokens of a text that the embedder reads.
_LONGEST_EMBEDDED = 256

# How often a translation with a mark too many and one too few is decoded again.
_REPAIRS = 4


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
        """Annotate, put marks for names and numbers, cut what is too long, translate, fill in, join.

        Only Hindi sources are annotated. Of the hypotheses of a beam, the best of those that lost fewest marks is
        taken. A text that still lost some is translated in shorter pieces; what is lost all the same is noted (`lost`).
        """
        if source != "hi":
            return self.inner.translate(texts, source, target, safer=safer)
        made = self._in_pieces(texts, [self._limit(text, target) for text in texts], target, safer)
        short = [at for at, (_, lost) in enumerate(made) if lost and len(texts[at]) >= _SHORTEST_CUT]
        if short:
            limits = [max(_SHORTEST_CUT // 2, len(texts[at]) * 3 // 5) for at in short]
            again = self._in_pieces([texts[at] for at in short], limits, target, safer)
            for at, other in zip(short, again, strict=True):
                if len(other[1]) < len(made[at][1]):
                    made[at] = other
        return [
            replace(one, notes=(*one.notes, Reason("lost", f"not exactly once in the translation: {', '.join(lost)}")))
            if lost
            else one
            for one, lost in made
        ]

    def _limit(self, text: str, target: str) -> int:
        """How many characters of `text` the model reads at once."""
        size = len(self.inner.tokenizer(slotted(text, target, self.lexicon).source)["input_ids"])
        if size <= _LONGEST or len(text) < _SHORTEST_CUT:
            return len(text)
        return max(_SHORTEST_CUT // 2, len(text) * _LONGEST // size)

    def _in_pieces(
        self, texts: Sequence[str], limits: Sequence[int], target: str, safer: bool
    ) -> list[tuple[Hypothesis, list[str]]]:
        """Translate each text in pieces of so many characters; the hypotheses, and the forms that each lost."""
        pieces: list[Slotted] = []
        owners: list[int] = []
        ends: list[str] = []
        for owner, (text, limit) in enumerate(zip(texts, limits, strict=True)):
            for start, end in clause_spans(text, limit):
                pieces.append(slotted(text[start:end], target, self.lexicon))
                owners.append(owner)
                ends.append("" if end == len(text) else text[end - 1])
        made = self._decode(pieces, target, safer)
        joined = []
        for owner in range(len(texts)):
            own = [made[at] for at in range(len(made)) if owners[at] == owner]
            scores = [one.score for one, _ in own if one.score is not None]
            notes = tuple(dict.fromkeys(note for one, _ in own for note in one.notes))
            if len(own) > 1:
                notes = (
                    *notes,
                    Reason("in-pieces", f"translated in {len(own)} pieces: too long for the model at once"),
                )
            parts = [(made[at][0].text, ends[at]) for at in range(len(made)) if owners[at] == owner]
            text = _joined([part for part in parts if part[0]])
            score = sum(scores) / len(scores) if scores else None
            joined.append((Hypothesis(text, score, notes), [form for _, lost in own for form in lost]))
        return joined

    def _decode(self, pieces: Sequence[Slotted], target: str, safer: bool) -> list[tuple[Hypothesis, list[str]]]:
        """Translate, and where a mark came twice and another never, once more from there with the other."""
        sources = [piece.source for piece in pieces]
        several = self.inner.candidates(sources, "hi", target, safer=safer, count=_HYPOTHESES)
        raw = []
        for some, piece in zip(several, pieces, strict=True):
            counted = [(faults(one.text, piece.fills), at) for at, one in enumerate(some)]
            raw.append(some[min(counted)[1]])
        for _ in range(_REPAIRS):
            mended = [mended_beginning(one.text, piece) for one, piece in zip(raw, pieces, strict=True)]
            todo = [at for at, beginning in enumerate(mended) if beginning]
            if not todo:
                break
            again = self.inner.candidates(
                [sources[at] for at in todo], "hi", target, safer=safer, beginnings=[mended[at] for at in todo]
            )
            better = False
            for at, (one, *_) in zip(todo, again, strict=True):
                if faults(one.text, pieces[at].fills) < faults(raw[at].text, pieces[at].fills):
                    raw[at], better = one, True
            if not better:
                break
        made = []
        for one, piece in zip(raw, pieces, strict=True):
            text, lost = fill(one.text, piece.fills)
            made.append((Hypothesis(text, one.score, one.notes), lost))
        return made


_LITTLE = re.compile(
    r"(The|A|An|This|These|In|On|At|Of|For|And|But|Which|Who|To|With|By|From|It|They|"
    r"Các|Những|Và|Với|Ở|Trong|Để|Là|Được|Đã|Cho|Của|Từ|Do|Mà|Theo|Bằng|Tại)\b"
)


def _joined(parts: Sequence[tuple[str, str]]) -> str:
    """The translations of a sentence's pieces as one sentence; each with the sign that ends its source, or ''."""
    text = ""
    going_on = False
    for said, end in parts:
        if going_on:
            said = _LITTLE.sub(lambda match: match.group().lower(), said, count=1) if _LITTLE.match(said) else said
        going_on = bool(end) and end not in '।.!?”"’'
        if going_on:
            said = said.rstrip(".,;: ") + (end if end in ",;:" else "")
        text = f"{text} {said}" if text else said
    return text


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
        sums = np.zeros((len(texts), 384), np.float32)
        counts = np.zeros(len(texts), np.float32)
        for at, _, states in self._states(texts, None):
            sums[at], counts[at] = states.sum(0), len(states)
        return sums, counts

    def token_states(
        self, texts: Sequence[str], language: str, layer: int = 7
    ) -> list[tuple[NDArray[np.int64], NDArray[np.float32]]]:
        """Each text's tokens' [start, end) in the text, shape (tokens, 2), and their states after `layer` of the
        8 layers (0: the word table), shape (tokens, 384).
        """
        found = {at: (spans, states) for at, spans, states in self._states(texts, layer)}
        return [found[at] for at in range(len(texts))]

    def _states(
        self, texts: Sequence[str], layer: int | None
    ) -> Iterator[tuple[int, NDArray[np.int64], NDArray[np.float32]]]:
        """Index, spans and states of each text, in batches of like length; without `layer` with both end tokens."""
        import torch

        if self._model is None:
            self._tokenizer, model = transformers.load_checkpoint(str(MODEL), "float32", False)
            self._model = model.get_encoder()
        rows = [
            self._tokenizer(text, truncation=True, max_length=_LONGEST_EMBEDDED, return_offsets_mapping=True)
            for text in texts
        ]
        sizes = [len(row["input_ids"]) for row in rows]
        order = sorted(range(len(texts)), key=lambda at: (sizes[at], at))
        start = 0
        while start < len(order):
            stop = start + 1
            while stop < len(order) and sizes[order[stop]] * (stop + 1 - start) <= self.batch_tokens:
                stop += 1
            some = order[start:stop]
            batch = self._tokenizer.pad({"input_ids": [rows[at]["input_ids"] for at in some]}, return_tensors="pt")
            with torch.inference_mode():
                made = self._model(
                    input_ids=batch["input_ids"], attention_mask=batch["attention_mask"],
                    output_hidden_states=layer is not None,
                )  # fmt: skip
            hidden = made.last_hidden_state if layer is None else made.hidden_states[layer]
            for at, states in zip(some, hidden.numpy(), strict=True):
                spans = np.array(rows[at]["offset_mapping"], np.int64).reshape(-1, 2)
                inside = slice(0, sizes[at]) if layer is None else slice(1, sizes[at] - 1)
                yield at, spans[inside], states[inside]
            start = stop
