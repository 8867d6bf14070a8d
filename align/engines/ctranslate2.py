"""The `ctranslate2` engine: a Hugging Face checkpoint converted once, in the user's cache, and run by CTranslate2.

Same checkpoints and token layouts as the `transformers` engine, several times faster on a processor.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import platformdirs

from align.config import TranslationConfig
from align.engines import checkpoint, transformers
from align.engines.families import direction, family_of
from align.engines.protocols import Hypothesis, Translator
from align.errors import EngineError, MissingExtra
from align.languages import normalise
from align.records import Reason


@dataclass(frozen=True)
class CTranslate2:
    """Settings of the engine. `model` is a checkpoint's folder or its name on the hub."""

    model: str
    beams: int = 4
    max_tokens: int = 256
    batch_tokens: int = 2048
    device: str = "cpu"
    compute_type: str = "int8"
    threads: int = 1
    languages: tuple[tuple[str, str], ...] = ()
    trust_remote_code: bool = False

    @classmethod
    def configure(cls, entry: TranslationConfig) -> CTranslate2:
        """From a `translations:` entry."""
        return cls(
            entry.model or "", entry.beams, entry.max_tokens, entry.batch_tokens, entry.device, entry.compute_type,
            entry.threads, tuple(sorted(entry.languages.items())), entry.trust_remote_code,
        )  # fmt: skip

    @property
    def signature(self) -> str:
        """Model content and decoding settings."""
        tags = ",".join(f"{language}={tag}" for language, tag in self.languages)
        print_ = transformers.fingerprint(self.model)
        return f"ctranslate2:{print_}|beams:{self.beams}|max:{self.max_tokens}|{self.compute_type}|{tags}"

    def problems(self) -> list[tuple[str, str, str]]:
        """As for the `transformers` engine."""
        return transformers.Transformers(self.model).problems()

    def load(self) -> Translator:
        """Convert if need be, and load. Raises EngineError or MissingExtra."""
        return Loaded(self)


def converted(settings: CTranslate2) -> Path:
    """The converted model's folder, made now if it is not there. Raises EngineError."""
    root = Path(os.environ.get("ALIGN_CACHE") or platformdirs.user_cache_dir("backalign")) / "ctranslate2"
    name = transformers.fingerprint(settings.model).replace("/", "--").replace("@", "-")
    target = root / f"{name}-{settings.compute_type}"
    if (target / "model.bin").is_file():
        return target
    try:
        import ctranslate2.converters
    except ImportError:
        raise MissingExtra("ctranslate2", "the engine `ctranslate2`", "models") from None
    transformers.quiet()
    root.mkdir(parents=True, exist_ok=True)
    # Beside its place and renamed: two runs may convert at once, and a kill must leave nothing half done.
    with tempfile.TemporaryDirectory(dir=root) as scratch:
        source = settings.model
        if checkpoint.is_packed(Path(source)) or _config(settings).model_type in ("bart", "mbart"):
            tokenizer, model = transformers.load_checkpoint(source, "float32", settings.trust_remote_code)
            # The converter asks for an attribute that transformers 5 no longer has.
            normal = model.config.model_type == "mbart"
            model.config.normalize_before = getattr(model.config, "normalize_before", normal)
            if model.config.vocab_size > len(tokenizer):  # rows of padding, which no token uses
                model.resize_token_embeddings(len(tokenizer))
            model.save_pretrained(Path(scratch) / "model")
            tokenizer.save_pretrained(Path(scratch) / "model")
            source = str(Path(scratch) / "model")
        try:
            converter = ctranslate2.converters.TransformersConverter(
                source, trust_remote_code=settings.trust_remote_code
            )
            quantization = None if settings.compute_type == "default" else settings.compute_type
            made = converter.convert(str(Path(scratch) / "out"), quantization=quantization)
        except (OSError, ValueError, KeyError, RuntimeError, AttributeError, TypeError, NotImplementedError) as error:
            raise EngineError(
                f"{settings.model}: CTranslate2 cannot convert it ({str(error)[:200]}); use `engine: transformers`"
            ) from None
        try:
            os.replace(made, target)
        except OSError:  # another process was first
            shutil.rmtree(made, ignore_errors=True)
    return target


class Loaded:
    """The engine with its model in memory."""

    def __init__(self, settings: CTranslate2) -> None:
        try:
            import ctranslate2
        except ImportError:
            raise MissingExtra("ctranslate2", "the engine `ctranslate2`", "models") from None
        self.settings = settings
        self.tokenizer = _tokenizer(settings)
        config = _config(settings)
        self.family = family_of(str(config.model_type), self.tokenizer.get_vocab())
        if getattr(config, "language_token", "forced") == "decoder_start":
            raise EngineError(f"{settings.model}: its language token starts the decoder; use `engine: transformers`")
        ctranslate2.set_log_level(40)
        try:
            self.model = ctranslate2.Translator(
                str(converted(settings)), device=settings.device.split(":")[0], compute_type=settings.compute_type,
                inter_threads=settings.threads, intra_threads=1,
            )  # fmt: skip
        except (RuntimeError, ValueError) as error:
            raise EngineError(
                f"{settings.model}: CTranslate2 cannot load it ({str(error)[:200]}); expected another device or compute_type"
            ) from None
        self.longest = min(int(getattr(config, "max_position_embeddings", None) or 512), 1024)

    def translate(self, texts: Sequence[str], source: str, target: str, *, safer: bool = False) -> list[Hypothesis]:
        """Translate one batch; see Translator."""
        return [several[0] for several in self.candidates(texts, source, target, safer=safer)]

    def candidates(
        self, texts: Sequence[str], source: str, target: str, *, safer: bool = False, count: int = 1,
        beginnings: Sequence[str] = (),
    ) -> list[list[Hypothesis]]:  # fmt: skip
        """The best `count` (at most `beams`) hypotheses of each text, best first.

        With `beginnings`, one a text, every hypothesis begins so.
        """
        way = direction(self.settings.model, self.family, self.tokenizer, source, target, dict(self.settings.languages))
        rows = self.tokenizer([way.prefix + text for text in texts])["input_ids"]
        tokens = [self.tokenizer.convert_ids_to_tokens(row) for row in rows]
        cut = [len(row) > self.longest for row in tokens]
        tokens = [row[: self.longest - 1] + row[-1:] if over else row for row, over in zip(tokens, cut, strict=True)]
        options: dict[str, Any] = {"beam_size": self.settings.beams, "num_hypotheses": min(count, self.settings.beams)}
        if safer:
            options |= {"beam_size": self.settings.beams + 2, "no_repeat_ngram_size": 4, "repetition_penalty": 1.2}
        first = [way.first] if way.first else []
        prefixes = [first] * len(tokens)
        if beginnings:
            ids = self.tokenizer(list(beginnings), add_special_tokens=False)["input_ids"]
            prefixes = [first + self.tokenizer.convert_ids_to_tokens(row) for row in ids]
        made = self.model.translate_batch(
            tokens, target_prefix=prefixes if any(prefixes) else None, return_scores=True,
            max_decoding_length=self.settings.max_tokens - bool(way.first), max_input_length=0, batch_type="tokens",
            max_batch_size=max(64, self.settings.batch_tokens // (2 * self.settings.threads)), **options,
        )  # fmt: skip
        result = []
        for one, over in zip(made, cut, strict=True):
            several = []
            for hypothesis, score in zip(one.hypotheses, one.scores, strict=True):
                pieces = hypothesis[1 if way.first else 0 :]
                text = self.tokenizer.decode(self.tokenizer.convert_tokens_to_ids(pieces), skip_special_tokens=True)
                notes = []
                if over:
                    notes.append(
                        Reason("source-cut", f"the model reads {self.longest} tokens; the rest was not translated")
                    )
                if len(pieces) >= self.settings.max_tokens - 1:
                    notes.append(Reason("output-cut", f"stopped at max_tokens: {self.settings.max_tokens}"))
                several.append(Hypothesis(normalise(" ".join(text.split())), float(score), tuple(notes)))
            result.append(several)
        return result


def _tokenizer(settings: CTranslate2) -> Any:
    from transformers import AutoTokenizer, PreTrainedTokenizerFast

    try:
        if checkpoint.is_packed(Path(settings.model)):
            return PreTrainedTokenizerFast.from_pretrained(settings.model)
        return AutoTokenizer.from_pretrained(settings.model, trust_remote_code=settings.trust_remote_code)
    except (OSError, ValueError, KeyError) as error:
        raise EngineError(f"{settings.model}: no tokenizer that can be loaded ({str(error)[:200]})") from None


def _config(settings: CTranslate2) -> Any:
    from transformers import AutoConfig

    try:
        return AutoConfig.from_pretrained(settings.model, trust_remote_code=settings.trust_remote_code)
    except (OSError, ValueError, KeyError) as error:
        raise EngineError(f"{settings.model}: not a checkpoint ({str(error)[:200]})") from None
