"""How each family of seq2seq checkpoints is told its two languages.

NLLB          source tag before the text, target tag forced first    hin_Deva -> eng_Latn
M2M100        the same with two-letter tags                          hi -> en
mBART, -50    the same with locale tags                              hi_IN -> en_XX
MarianMT      nothing, or >>vie<< before the text where there are several targets
MADLAD-400    <2en> before the text
T5            "translate Hindi to English: " before the text
BART          a checkpoint with <en>, <vi> among its tokens: the tag is forced first, or is the
              decoder's start where config.json says `"language_token": "decoder_start"`
IndicTrans2   "hin_Deva eng_Latn " before the text (needs trust_remote_code)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from align.errors import EngineError
from align.languages import LANGUAGES

TAGS = {
    "nllb": {"hi": "hin_Deva", "en": "eng_Latn", "vi": "vie_Latn"},
    "m2m100": {"hi": "hi", "en": "en", "vi": "vi"},
    "mbart": {"hi": "hi_IN", "en": "en_XX", "vi": "vi_VN"},
    "marian": {"hi": "hin", "en": "eng", "vi": "vie"},
    "madlad": {"hi": "<2hi>", "en": "<2en>", "vi": "<2vi>"},
    "t5": dict(LANGUAGES),
    "bart": {"hi": "<hi>", "en": "<en>", "vi": "<vi>"},
    "indictrans": {"hi": "hin_Deva", "en": "eng_Latn", "vi": "vie_Latn"},
}
FORCED = ("nllb", "m2m100", "mbart", "bart")


def family_of(kind: str, vocabulary: dict[str, int]) -> str:
    """The family of a checkpoint with this `model_type` and vocabulary. Raises EngineError for any other."""
    if kind == "m2m_100":
        return "nllb" if "hin_Deva" in vocabulary or "eng_Latn" in vocabulary else "m2m100"
    if kind in ("mbart", "marian"):
        return kind
    if kind in ("t5", "mt5", "umt5"):
        return "madlad" if "<2en>" in vocabulary else "t5"
    if kind == "bart" and "<en>" in vocabulary:
        return "bart"
    if kind.lower() == "indictrans":
        return "indictrans"
    raise EngineError(
        f"a checkpoint of type `{kind}` is not one that align knows how to give languages to; expected NLLB, M2M100, "
        "mBART, MarianMT, T5/MADLAD, IndicTrans2 or a BART with <en> and <vi> among its tokens"
    )


@dataclass(frozen=True)
class Direction:
    """What one pair of languages asks for: text put before the source, and the token the output starts with."""

    prefix: str
    first: str | None


def direction(model: str, family: str, tokenizer: Any, source: str, target: str, changed: dict[str, str]) -> Direction:
    """How a checkpoint is told to translate `source` to `target`; sets the tokenizer's source language.

    `changed` replaces tags by language. Raises EngineError when the vocabulary lacks the tag.
    """
    tags = {**TAGS[family], **changed}
    here, there = tags[source], tags[target]
    vocabulary = tokenizer.get_vocab()
    if family == "marian":
        tag = f">>{there}<<"
        return Direction(f"{tag} " if tag in vocabulary else "", None)
    if family == "t5":
        return Direction(f"translate {here} to {there}: ", None)
    if family == "indictrans":
        return Direction(f"{here} {there} ", None)
    token = (
        tokenizer.lang_code_to_token[there]
        if family == "m2m100" and hasattr(tokenizer, "lang_code_to_token")
        else there
    )
    if tokenizer.convert_tokens_to_ids(token) in (None, tokenizer.unk_token_id):
        raise EngineError(
            f"{model}: its vocabulary has no language token {token}; set `languages: {{en: ..., vi: ..., hi: ...}}` "
            "for this translation, or use another checkpoint"
        )
    if family == "madlad":
        return Direction(f"{there} ", None)
    if family != "bart":
        tokenizer.src_lang = here
    return Direction("", token)
