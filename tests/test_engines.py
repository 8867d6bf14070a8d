"""The transformers and ctranslate2 engines on a tiny checkpoint of every family, loaded as a user's would be."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sentencepiece
import torch
import transformers
from tokenizers import Tokenizer, models, pre_tokenizers, processors

from align.config import TranslationConfig
from align.engines import ctranslate2, translator
from align.engines import transformers as engine
from align.engines.families import direction, family_of
from align.errors import EngineError

LINES = [
    "जिले की पार्टी समिति ने बैठक की।",
    "गाँव के लोगों ने सड़क बनाई।",
    "The district Party committee met.",
    "The people of the village built a road.",
    "Huyện ủy đã họp bàn.",
    "Người dân trong thôn đã làm đường.",
] * 4
SIZES: dict[str, Any] = {
    "d_model": 16, "encoder_layers": 1, "decoder_layers": 1, "encoder_attention_heads": 2, "decoder_attention_heads": 2,
    "encoder_ffn_dim": 32, "decoder_ffn_dim": 32, "max_position_embeddings": 64, "init_std": 0.5,
}  # fmt: skip


def _pieces(path: Path, symbols: tuple[str, ...] = (), kind: str = "unigram") -> Path:
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(LINES), model_writer=model, vocab_size=110 + len(symbols), model_type=kind, pad_id=-1,
        character_coverage=1.0, user_defined_symbols=list(symbols), hard_vocab_limit=False, minloglevel=2,
    )  # fmt: skip
    path.write_bytes(model.getvalue())
    return path


def _nllb(folder: Path) -> None:
    _pieces(folder / "sentencepiece.bpe.model", kind="bpe")
    codes = ["eng_Latn", "hin_Deva", "vie_Latn"]
    tokenizer = transformers.NllbTokenizer.from_pretrained(folder, additional_special_tokens=codes)
    tokenizer.save_pretrained(folder)
    config = transformers.M2M100Config(vocab_size=len(tokenizer), **SIZES, decoder_start_token_id=2, pad_token_id=1)
    transformers.M2M100ForConditionalGeneration(config).save_pretrained(folder)


def _m2m100(folder: Path) -> None:
    _pieces(folder / "sentencepiece.bpe.model")
    pieces = sentencepiece.SentencePieceProcessor(str(folder / "sentencepiece.bpe.model"))
    words = ["<s>", "<pad>", "</s>", "<unk>", *(pieces.id_to_piece(number) for number in range(3, len(pieces)))]
    (folder / "vocab.json").write_text(json.dumps({word: number for number, word in enumerate(words)}))
    tokenizer = transformers.M2M100Tokenizer(str(folder / "vocab.json"), str(folder / "sentencepiece.bpe.model"))
    tokenizer.save_pretrained(folder)
    config = transformers.M2M100Config(vocab_size=200, **SIZES, decoder_start_token_id=2, pad_token_id=1)
    transformers.M2M100ForConditionalGeneration(config).save_pretrained(folder)


def _mbart50(folder: Path) -> None:
    _pieces(folder / "sentencepiece.bpe.model")
    tokenizer = transformers.MBart50Tokenizer.from_pretrained(folder, src_lang="en_XX", bos_token="<s>")
    tokenizer.save_pretrained(folder)
    config = transformers.MBartConfig(
        vocab_size=len(tokenizer), **SIZES, decoder_start_token_id=2, pad_token_id=1, tokenizer_class="MBart50Tokenizer"
    )
    transformers.MBartForConditionalGeneration(config).save_pretrained(folder)


def _marian(folder: Path) -> None:
    for name in ("source.spm", "target.spm"):
        _pieces(folder / name)
    pieces = sentencepiece.SentencePieceProcessor(str(folder / "source.spm"))
    words = [
        "</s>",
        "<unk>",
        *(pieces.id_to_piece(number) for number in range(3, len(pieces))),
        ">>vie<<",
        ">>eng<<",
        "<pad>",
    ]
    (folder / "vocab.json").write_text(json.dumps({word: number for number, word in enumerate(words)}))
    tokenizer = transformers.MarianTokenizer(
        str(folder / "source.spm"),
        str(folder / "target.spm"),
        str(folder / "vocab.json"),
        source_lang="hi",
        target_lang="mul",
    )
    tokenizer.save_pretrained(folder)
    size = len(tokenizer)
    config = transformers.MarianConfig(
        vocab_size=size,
        **SIZES,
        decoder_start_token_id=size - 1,
        pad_token_id=size - 1,
        eos_token_id=0,
        forced_eos_token_id=0,
    )
    model = transformers.MarianMTModel(config)
    model.generation_config.bad_words_ids = [[size - 1]]  # as the published ones have it
    model.save_pretrained(folder)


def _t5_with(folder: Path, symbols: tuple[str, ...]) -> None:
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(LINES), model_writer=model, vocab_size=110 + len(symbols), pad_id=0, eos_id=1, unk_id=2, bos_id=-1,
        character_coverage=1.0, user_defined_symbols=list(symbols), hard_vocab_limit=False, minloglevel=2,
    )  # fmt: skip
    (folder / "spiece.model").write_bytes(model.getvalue())
    tokenizer = transformers.T5Tokenizer.from_pretrained(folder, extra_ids=0)
    tokenizer.save_pretrained(folder)
    config = transformers.T5Config(
        vocab_size=len(tokenizer),
        d_model=16,
        d_kv=8,
        d_ff=32,
        num_layers=1,
        num_decoder_layers=1,
        num_heads=2,
        decoder_start_token_id=0,
    )
    transformers.T5ForConditionalGeneration(config).save_pretrained(folder)


def _t5(folder: Path) -> None:
    _t5_with(folder, ())


def _madlad(folder: Path) -> None:
    _t5_with(folder, ("<2en>", "<2vi>", "<2hi>"))


def _bart(folder: Path, **more: Any) -> None:
    pieces = sentencepiece.SentencePieceProcessor(str(_pieces(folder / "pieces.model")))
    scores = [(pieces.id_to_piece(n), pieces.get_score(n)) for n in range(3, len(pieces))]
    base = Tokenizer(models.Unigram([("<s>", 0.0), ("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), *scores], unk_id=3))
    base.pre_tokenizer = pre_tokenizers.Metaspace()
    base.add_special_tokens(["<s>", "<pad>", "</s>", "<unk>", "<en>", "<vi>", "<hi>"])
    base.post_processor = processors.TemplateProcessing(single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)])
    tokenizer = transformers.PreTrainedTokenizerFast(
        tokenizer_object=base, bos_token="<s>", eos_token="</s>", pad_token="<pad>", unk_token="<unk>"
    )
    tokenizer.save_pretrained(folder)
    config = transformers.BartConfig(
        vocab_size=len(tokenizer),
        **SIZES,
        pad_token_id=1,
        bos_token_id=0,
        eos_token_id=2,
        decoder_start_token_id=2,
        **more,
    )
    transformers.BartForConditionalGeneration(config).save_pretrained(folder)


def _bart_start(folder: Path) -> None:
    _bart(folder, language_token="decoder_start")


FAMILIES: dict[str, Callable[[Path], None]] = {
    "nllb": _nllb, "m2m100": _m2m100, "mbart": _mbart50, "marian": _marian, "t5": _t5, "madlad": _madlad, "bart": _bart,
}  # fmt: skip


@pytest.fixture(scope="module")
def checkpoints(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    made = {}
    for name, make in {**FAMILIES, "bart-start": _bart_start}.items():
        torch.manual_seed(5)
        made[name] = tmp_path_factory.mktemp(name)
        make(made[name])
    return made


def configure(name: str, model: Path, **more: Any) -> Any:
    entry = {"to": "en", "engine": name, "model": str(model), "beams": 2, "max_tokens": 12, **more}
    return translator(TranslationConfig.model_validate(entry))


@pytest.mark.parametrize("family", [*FAMILIES, "bart-start"])
def test_transformers_loads_and_translates(family: str, checkpoints: dict[str, Path]) -> None:
    settings = configure("transformers", checkpoints[family])
    assert settings.problems() == []
    loaded = settings.load()
    made = loaded.translate(LINES[:2], "hi", "vi")
    assert len(made) == 2
    assert all(one.score is not None and one.score <= 0 for one in made)
    assert made == settings.load().translate(LINES[:2], "hi", "vi")
    assert len(loaded.translate(LINES[:1], "hi", "en", safer=True)) == 1


@pytest.mark.parametrize("family", [name for name in FAMILIES if name != "m2m100"])
def test_ctranslate2_converts_and_decodes_the_same(
    family: str, checkpoints: dict[str, Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ALIGN_CACHE", str(tmp_path))
    settings = configure("ctranslate2", checkpoints[family], compute_type="float32", beams=1)
    fast = settings.load().translate(LINES[:2], "hi", "vi")
    slow = configure("transformers", checkpoints[family], beams=1).load().translate(LINES[:2], "hi", "vi")
    for one, other in zip(
        fast, slow, strict=True
    ):  # alike but for the last piece, which transformers may force to </s>
        size = min(len(one.text), len(other.text)) - 4
        assert one.text[:size] == other.text[:size]
        assert abs(len(one.text) - len(other.text)) <= 6
    assert len(list((tmp_path / "ctranslate2").iterdir())) == 1
    settings.load()  # from the cache this time
    assert len(list((tmp_path / "ctranslate2").iterdir())) == 1


@pytest.mark.parametrize(
    ("family", "prefix", "first"),
    [
        ("nllb", "", "vie_Latn"), ("m2m100", "", "__vi__"), ("mbart", "", "vi_VN"), ("marian", ">>vie<< ", None),
        ("t5", "translate Hindi to Vietnamese: ", None), ("madlad", "<2vi> ", None), ("bart", "", "<vi>"),
    ],
)  # fmt: skip
def test_each_family_is_told_its_languages_in_its_own_way(
    family: str, prefix: str, first: str | None, checkpoints: dict[str, Path]
) -> None:
    tokenizer, model = engine.load_checkpoint(str(checkpoints[family]), "float32", False)
    assert family_of(model.config.model_type, tokenizer.get_vocab()) == family
    way = direction("x", family, tokenizer, "hi", "vi", {})
    assert (way.prefix, way.first) == (prefix, first)
    tokens = tokenizer.convert_ids_to_tokens(tokenizer(way.prefix + LINES[0])["input_ids"])
    start = {"nllb": "hin_Deva", "m2m100": "__hi__", "mbart": "hi_IN", "marian": ">>vie<<", "madlad": "<2vi>"}.get(
        family
    )
    assert start is None or start in tokens[:2]
    assert tokens[-1] == "</s>"


def test_what_ctranslate2_cannot_convert_is_said(
    checkpoints: dict[str, Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Its converter looks for M2M100's language tokens where transformers 5 no longer keeps them."""
    monkeypatch.setenv("ALIGN_CACHE", str(tmp_path))
    with pytest.raises(EngineError, match=r"cannot convert it .* use `engine: transformers`"):
        configure("ctranslate2", checkpoints["m2m100"]).load()
    assert [path for path in (tmp_path / "ctranslate2").iterdir() if path.name != ".lock"] == []


def test_a_language_the_vocabulary_lacks(checkpoints: dict[str, Path]) -> None:
    loaded = configure("transformers", checkpoints["bart"], languages={"vi": "<vie>"}).load()
    with pytest.raises(EngineError, match="no language token <vie>"):
        loaded.translate(LINES[:1], "hi", "vi")


def test_a_type_of_checkpoint_that_does_not_translate(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="of type `pegasus`"):
        family_of("pegasus", {})


def test_what_is_missing_is_seen_without_loading(tmp_path: Path) -> None:
    assert "config.json is missing" in configure("transformers", tmp_path).problems()[0][2]
    assert "existing folder" in configure("transformers", tmp_path / "none").problems()[0][2]
    (tmp_path / "config.json").write_text("{}")
    assert "weights are missing" in configure("ctranslate2", tmp_path).problems()[0][2]


def test_a_damaged_checkpoint(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "bart"}))
    (tmp_path / "model.safetensors").write_bytes(b"nothing of the kind")
    with pytest.raises(EngineError, match="checkpoint"):
        configure("transformers", tmp_path).load()


def test_a_long_source_is_noted_not_cut_in_silence(checkpoints: dict[str, Path]) -> None:
    for name in ("transformers", "ctranslate2"):
        made = configure(name, checkpoints["bart"]).load().translate(["गाँव के लोगों ने " * 60], "hi", "en")
        assert "source-cut" in {note.code for note in made[0].notes}


def test_signatures_follow_content_and_settings(checkpoints: dict[str, Path]) -> None:
    one = configure("transformers", checkpoints["bart"])
    assert one.signature == configure("transformers", checkpoints["bart"], threads=2).signature
    assert one.signature != configure("transformers", checkpoints["bart"], beams=3).signature
    assert one.signature != configure("transformers", checkpoints["bart-start"]).signature


def test_a_language_token_that_starts_the_decoder_is_left_to_transformers(checkpoints: dict[str, Path]) -> None:
    with pytest.raises(EngineError, match="use `engine: transformers`"):
        ctranslate2.CTranslate2(str(checkpoints["bart-start"])).load()
