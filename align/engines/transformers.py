"""The `transformers` engine: any Hugging Face seq2seq checkpoint of the families in families.py."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from align.config import TranslationConfig
from align.engines.families import FORCED, direction, family_of
from align.engines.protocols import Hypothesis, Translator
from align.errors import EngineError, MissingExtra
from align.languages import normalise
from align.records import Reason

_WEIGHTS = ("*.safetensors", "pytorch_model*.bin")


@dataclass(frozen=True)
class Transformers:
    """Settings of the engine. `model` is a checkpoint's folder or its name on the hub."""

    model: str
    beams: int = 4
    max_tokens: int = 256
    device: str = "cpu"
    dtype: str = "float32"
    threads: int = 1
    languages: tuple[tuple[str, str], ...] = ()
    trust_remote_code: bool = False

    @classmethod
    def configure(cls, entry: TranslationConfig) -> Transformers:
        """From a `translations:` entry."""
        return cls(
            entry.model or "", entry.beams, entry.max_tokens, entry.device, entry.dtype, entry.threads,
            tuple(sorted(entry.languages.items())), entry.trust_remote_code,
        )  # fmt: skip

    @property
    def signature(self) -> str:
        """Model content and decoding settings; threads change neither, nor does the device on purpose."""
        tags = ",".join(f"{language}={tag}" for language, tag in self.languages)
        return f"transformers:{fingerprint(self.model)}|beams:{self.beams}|max:{self.max_tokens}|{self.dtype}|{tags}"

    def problems(self) -> list[tuple[str, str, str]]:
        """A model that is not named, or a folder that holds no checkpoint."""
        if not self.model:
            return [
                ("model", "nothing", "a checkpoint's folder, or a hub name such as facebook/nllb-200-distilled-600M")
            ]
        folder = Path(self.model)
        if folder.is_absolute() and not folder.is_dir():
            return [("model", self.model, "an existing folder with a checkpoint (config.json, weights, tokenizer)")]
        if folder.is_dir():
            found = [("model", self.model, f"a checkpoint: {missing}") for missing in missing_files(folder)]
            return found[:1]
        return []

    def load(self) -> Translator:
        """Load tokenizer and weights. Raises EngineError when they are not a checkpoint that translates."""
        return _Loaded(self)


def missing_files(folder: Path) -> list[str]:
    """What a checkpoint's folder lacks, in words; empty when it looks complete."""
    missing = []
    if not (folder / "config.json").is_file():
        missing.append("config.json is missing")
    if not any(True for pattern in _WEIGHTS for _ in folder.glob(pattern)):
        missing.append("weights are missing (model.safetensors or pytorch_model.bin)")
    return missing


def fingerprint(model: str) -> str:
    """A short digest of a checkpoint folder's files; for a hub name the name and the cached revision.

    Large weights count by size and by their first and last MiB: reading gigabytes before every run
    would cost more than the check is worth.
    """
    folder = Path(model)
    digest = hashlib.sha256()
    if not folder.is_dir():
        return f"{model}@{_cached_revision(model)}"
    for file in sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith(".")):
        if file.suffix in (".md", ".txt") and file.name not in ("merges.txt", "vocab.txt"):
            continue
        size = file.stat().st_size
        digest.update(f"{file.name}:{size}:".encode())
        with file.open("rb") as stream:
            digest.update(stream.read(1 << 20))
            if size > 2 << 20:
                stream.seek(-(1 << 20), 2)
            digest.update(stream.read(1 << 20))
    return f"{folder.name}@{digest.hexdigest()[:16]}"


def _cached_revision(model: str) -> str:
    from huggingface_hub import try_to_load_from_cache

    found = try_to_load_from_cache(model, "config.json")
    return Path(found).parent.name[:12] if isinstance(found, str) else "main"


def quiet() -> None:
    """Keep the library's own bars and notices off the terminal; its errors still arrive as errors."""
    import transformers

    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()


def load_checkpoint(model: str, dtype: str, trust_remote_code: bool) -> tuple[Any, Any]:
    """Tokenizer and model of a checkpoint. Raises EngineError with the library's reason in one line."""
    try:
        import torch
        import transformers
    except ImportError:
        raise MissingExtra("transformers and torch", f"the model {model}", "models") from None
    from align.engines import checkpoint

    quiet()
    try:
        if checkpoint.is_packed(Path(model)):
            return checkpoint.load_packed(Path(model), getattr(torch, dtype))
        tokenizer = transformers.AutoTokenizer.from_pretrained(model, trust_remote_code=trust_remote_code)
        loaded = transformers.AutoModelForSeq2SeqLM.from_pretrained(
            model, dtype=getattr(torch, dtype), trust_remote_code=trust_remote_code
        )
    except (OSError, ValueError, KeyError, RuntimeError, TypeError, AttributeError, ImportError) as error:
        reason = " ".join(str(error).split())[:300]
        raise EngineError(
            f"{model}: cannot be loaded as a translation checkpoint ({type(error).__name__}: {reason}); expected a "
            "folder with config.json, weights and tokenizer, or a hub name that is reachable or already downloaded"
        ) from None
    except Exception as error:  # safetensors and tokenizers raise bare exceptions of their own
        raise EngineError(f"{model}: damaged checkpoint ({type(error).__name__}: {str(error)[:200]})") from None
    return tokenizer, loaded


class _Loaded:
    """The engine with its model in memory."""

    def __init__(self, settings: Transformers) -> None:
        import torch

        self.settings = settings
        torch.set_num_threads(settings.threads)
        self.tokenizer, self.model = load_checkpoint(settings.model, settings.dtype, settings.trust_remote_code)
        self.family = family_of(str(self.model.config.model_type), self.tokenizer.get_vocab())
        try:
            self.model.to(settings.device).eval()
        except (RuntimeError, AssertionError) as error:
            raise EngineError(f"device `{settings.device}`: {str(error)[:150]}; expected cpu, cuda or cuda:N") from None
        positions = getattr(self.model.config, "max_position_embeddings", None)
        self.longest = min(int(positions or 512), 1024)

    def translate(self, texts: Sequence[str], source: str, target: str, *, safer: bool = False) -> list[Hypothesis]:
        """Translate one batch; see Translator."""
        import torch

        way = direction(self.settings.model, self.family, self.tokenizer, source, target, dict(self.settings.languages))
        options: dict[str, Any] = {"num_beams": self.settings.beams}
        if way.first is not None:
            first = self.tokenizer.convert_tokens_to_ids(way.first)
            if getattr(self.model.config, "language_token", "forced") == "decoder_start":
                options |= {"decoder_start_token_id": first, "forced_bos_token_id": None}
            else:
                options["forced_bos_token_id"] = first
        batch = self.tokenizer(
            [way.prefix + text for text in texts],
            return_tensors="pt",
            padding=True,
            truncation=True,
            max_length=self.longest,
        ).to(self.settings.device)
        batch.pop("token_type_ids", None)
        if safer:
            # Loops and empty outputs come from the greedy end of the search: wider, and no phrase three times.
            options |= {"num_beams": self.settings.beams + 2, "no_repeat_ngram_size": 4, "repetition_penalty": 1.2}
        with torch.inference_mode():
            try:
                out = self.model.generate(**batch, do_sample=False, max_new_tokens=self.settings.max_tokens, **options)
                scores = self._scores(batch, out)
            except RuntimeError as error:
                if "memory" in str(error).lower():
                    raise EngineError(
                        f"{self.settings.model}: out of memory with {len(texts)} segments in a batch; "
                        "set a smaller batch_tokens or fewer beams for this translation"
                    ) from None
                raise
        decoded = self.tokenizer.batch_decode(out, skip_special_tokens=True)
        result = []
        for number, (text, score) in enumerate(zip(decoded, scores, strict=True)):
            notes: list[Reason] = []
            if int(batch["attention_mask"][number].sum()) >= self.longest:
                notes.append(
                    Reason("source-cut", f"the model reads {self.longest} tokens; the rest was not translated")
                )
            if int((out[number] != self.tokenizer.pad_token_id).sum()) >= self.settings.max_tokens:
                notes.append(Reason("output-cut", f"stopped at max_tokens: {self.settings.max_tokens}"))
            result.append(Hypothesis(normalise(" ".join(text.split())), score, tuple(notes)))
        return result

    def _scores(self, batch: Any, out: Any) -> list[float]:
        """Mean log-probability of each output's tokens, read off by one forward pass over the output.

        `generate` could keep its scores, but those of a beam over NLLB's 256,000 pieces take gigabytes.
        """
        import torch

        encoder = self.model.get_encoder()(input_ids=batch["input_ids"], attention_mask=batch["attention_mask"])
        rows = max(1, 40_000_000 // (int(self.model.config.vocab_size) * out.shape[1]))
        pad = self.tokenizer.pad_token_id
        result: list[float] = []
        for start in range(0, out.shape[0], rows):
            piece = out[start : start + rows]
            hidden = type(encoder)(last_hidden_state=encoder.last_hidden_state[start : start + rows])
            logits = self.model(
                encoder_outputs=hidden, attention_mask=batch["attention_mask"][start : start + rows],
                decoder_input_ids=piece[:, :-1],
            ).logits.float()  # fmt: skip
            taken = torch.log_softmax(logits, -1).gather(-1, piece[:, 1:, None]).squeeze(-1)
            # A language token that was forced says nothing about the translation.
            real = (piece[:, 1:] != pad).float()
            if self.family in FORCED:
                real[:, 0] = 0
            result += ((taken * real).sum(1) / real.sum(1).clamp(min=1)).tolist()
        return result
