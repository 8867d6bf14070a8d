"""The training of the bundled model, on toys: seconds, no packages of weights."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from random import Random
from typing import Any

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")
tokenizers = pytest.importorskip("tokenizers")
pytest.importorskip("sacrebleu")

from align.engines.gloss import Lexicon  # noqa: E402
from training import build, data, evaluate, train  # noqa: E402

REPOSITORY = Path(__file__).parent.parent
TRIPLE = {
    "hi": "क्वांग निन्ह में 1,260 लोग",
    "en": "1,260 people in Quang Ninh",
    "vi": "1.260 người ở Quảng Ninh",
}


@pytest.fixture(scope="module")
def initial(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of a few thousand weights in the layout of the real one."""
    from transformers import BartConfig, BartForConditionalGeneration, PreTrainedTokenizerFast

    letters = sorted({c for text in TRIPLE.values() for c in text} | set("ưđ/.ABCabc"))
    pieces = [(piece, 0.0) for piece in build.SPECIAL[:4]] + [
        ("▁", -1.0),
        *((c, -2.0) for c in letters if c != " "),
    ]
    tokenizer = tokenizers.Tokenizer(tokenizers.models.Unigram(pieces, unk_id=3, byte_fallback=False))
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.Metaspace()
    tokenizer.decoder = tokenizers.decoders.Metaspace()
    tokenizer.add_special_tokens(list(build.SPECIAL))
    tokenizer.post_processor = tokenizers.processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", build.END)]
    )
    folder = tmp_path_factory.mktemp("initial")
    fast: Any = PreTrainedTokenizerFast(tokenizer_object=tokenizer, **build.ROLES)
    fast.save_pretrained(folder)
    config = BartConfig(
        vocab_size=(tokenizer.get_vocab_size() + 7) // 8 * 8,
        d_model=16,
        encoder_layers=2,
        decoder_layers=2,
        encoder_attention_heads=2,
        decoder_attention_heads=2,
        encoder_ffn_dim=16,
        decoder_ffn_dim=16,
        max_position_embeddings=256,
        pad_token_id=build.PAD,
        bos_token_id=0,
        eos_token_id=build.END,
        decoder_start_token_id=build.END,
        forced_eos_token_id=build.END,
    )
    BartForConditionalGeneration(config).save_pretrained(folder)
    return folder


def test_layout_is_end_language_text_end() -> None:
    source, mask, decoder, labels = train.tensors(0, [([0, 7, 8, 2], [9, 10, 2], 5)])
    assert (source.shape[1], decoder.shape[1]) == train.BUCKETS[0]
    assert source[0, :5].tolist() == [0, 7, 8, 2, build.PAD]
    assert mask[0].sum() == 4
    assert decoder[0, :5].tolist() == [build.END, 5, 9, 10, build.PAD]
    assert labels[0, :5].tolist() == [-100, 9, 10, 2, -100]


def test_batches_have_few_shapes_and_hold_every_row_once() -> None:
    rng = Random(1)
    rows = [([i] * rng.randrange(2, 100), [i] * rng.randrange(1, 40), 5) for i in range(400)]
    rows = [row for row in rows if train.bucket(row) is not None]
    seen: list[int] = []
    for index, group in train.batches(rows, 500):
        assert len(group) == max(1, 500 // train.BUCKETS[index][0])
        assert all(train.bucket(row) == index for row in group)
        seen += [row[0][0] for row in group]
    assert len(seen) == len(set(seen)) > 300


def test_too_long_fits_no_bucket() -> None:
    assert train.bucket(([1] * 1000, [1], 5)) is None
    assert train.bucket(([1], [1] * train.BUCKETS[-1][1], 5)) is None


def test_names_and_numbers_change_alike_on_both_sides() -> None:
    names = data.Names(places=["Đắk Lắk", "Bắc Ninh"])
    for seed in range(20):
        vi = data.Example("Quảng Ninh में 1.260 लोग người", "1.260 người ở Quảng Ninh", "vi")
        new = data.substitute(vi, names, Random(seed), 1.0)
        place = new.source.split(" में")[0]
        number = new.source.split()[3]
        assert place in ("Đắk Lắk", "Bắc Ninh")
        assert new.target == f"{number} người ở {place}"
        assert number[1] == "."
        assert len(number) == 5
    en = data.substitute(data.Example("Quang Ninh में लोग people", "people in Quang Ninh", "en"), names, Random(1), 1.0)
    assert en.target in ("people in Dak Lak", "people in Bac Ninh")


def test_what_stands_on_one_side_only_stays() -> None:
    names = data.Names(places=["Đắk Lắk"])
    example = data.Example("Fatherland Front 1945 31 Việt Nam", "Mặt trận Tổ quốc 2045 31 Việt Nam", "vi")
    assert data.substitute(example, names, Random(1), 1.0) == example


def test_runs_of_capitals_know_vietnamese_letters() -> None:
    assert data.capitalised("Tại Đắk Lắk, ông Ấn Văn Đạt và Lan") == ["Tại Đắk Lắk", "Ấn Văn Đạt"]
    assert data.plain_latin("Đắk Lắk") == "Dak Lak"


def test_a_round_is_repeatable(tmp_path: Path) -> None:
    (tmp_path / "lexicon").mkdir()
    (tmp_path / "a.jsonl").write_text(json.dumps(TRIPLE) + "\n", encoding="utf-8")
    mixture = data.Mixture(tmp_path, tmp_path / "lexicon", None, names=data.Names(places=["Hà Giang"]))
    assert mixture.round(3) == mixture.round(3)
    assert {example.language for example in mixture.round(0)} == {"en", "vi"}


def test_broken_triples_are_named(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(json.dumps(TRIPLE) + '\n{"hi": "x"}\n', encoding="utf-8")
    with pytest.raises(SystemExit, match=r"a\.jsonl:2"):
        data.read_triples(tmp_path)


def test_kept_names_and_numbers_are_counted() -> None:
    lexicon = Lexicon([("लोग", ("people",), ("người",))])
    good, bad = ["1260 people in Quang Ninh"], ["1,620 people in Quang Nam"]
    assert evaluate.numbers_kept([TRIPLE], good, "en", lexicon) == (1, 1)
    assert evaluate.numbers_kept([TRIPLE], bad, "en", lexicon) == (0, 1)
    assert evaluate.names_kept([TRIPLE], good, "en")[:2] == (1, 1)
    assert evaluate.names_kept([TRIPLE], bad, "en")[2] == {"Quang Ninh": 1}
    assert evaluate.names_kept([TRIPLE], ["Quang Ninh"], "vi")[:2] == (0, 1)


def test_average_is_the_mean(initial: Path, tmp_path: Path) -> None:
    from transformers import BartForConditionalGeneration

    model = BartForConditionalGeneration.from_pretrained(initial)
    weight = model.model.encoder.layers[0].fc1.weight
    before = weight.detach().clone()
    with torch.no_grad():
        weight += 1
    model.save_pretrained(tmp_path / "other")
    train.average([initial, tmp_path / "other"], tmp_path / "mean")
    mean = BartForConditionalGeneration.from_pretrained(tmp_path / "mean")
    assert torch.allclose(mean.model.encoder.layers[0].fc1.weight, before + 0.5)


def test_frozen_layers_and_embeddings_stay(initial: Path) -> None:
    from transformers import BartForConditionalGeneration

    model = BartForConditionalGeneration.from_pretrained(initial)
    train.freeze(model, 1)
    trained = {name for name, weight in model.named_parameters() if weight.requires_grad}
    assert not any("shared" in name or "encoder.layers.0" in name for name in trained)
    assert any("encoder.layers.1" in name for name in trained)
    assert any("decoder.layers.0" in name for name in trained)


def test_one_command_trains_resumes_averages_and_packs(initial: Path, tmp_path: Path) -> None:
    training = tmp_path / "training"
    training.mkdir()
    lines = [json.dumps(TRIPLE, ensure_ascii=False)] * 200
    (training / "a.jsonl").write_text("\n".join(lines), encoding="utf-8")
    (tmp_path / "lexicon").mkdir()
    (tmp_path / "lexicon/a.tsv").write_text("hindi\tenglish\tvietnamese\nलोग\tpeople\tngười\n", encoding="utf-8")
    output = tmp_path / "run"
    output.mkdir()
    (output / "initial").symlink_to(initial)
    command = [sys.executable, "-m", "training.train", "--training", str(training), "--lexicon"]
    command += [
        str(tmp_path / "lexicon"),
        "--heldout",
        str(training),
        "--output",
        str(output),
        "--tokens",
        "300",
    ]
    command += ["--freeze", "1", "--dev-lines", "2", "--threads", "1"]
    subprocess.run([*command, "--steps", "3"], cwd=REPOSITORY, check=True, capture_output=True)
    assert (output / "bundle/model.int8.safetensors").exists()
    resume = ["--steps", "5", "--continue", str(output / "last")]
    subprocess.run([*command, *resume], cwd=REPOSITORY, check=True, capture_output=True)
    log = [json.loads(line) for line in (output / "log.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [entry["step"] for entry in log if "score" in entry] == [3, 5]
    tokenizer, model = evaluate.load(output / "bundle")
    outputs = evaluate.with_transformers(tokenizer, model, beams=2)(["1,260 लोग people"], "en")
    assert len(outputs) == 1
