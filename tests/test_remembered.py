"""Vectors on disk: a text is encoded once, whatever run asks for it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from conftest import write_project
from test_beads import UnitVectors, WordVectors, sentences

from align.alignment.beads import align_texts
from align.config import load
from align.engines.remembered import Remembered
from align.errors import StoreError
from align.run import Run
from align.store import VectorCache, cache_path, vectors_path


def test_a_second_alignment_encodes_nothing_and_is_the_same(tmp_path: Path) -> None:
    text = sentences(30)
    target = [text[0] + " " + text[1], *text[2:20], *text[22:]]
    results = []
    for round_number in range(2):
        cache = VectorCache(tmp_path / "vectors.sqlite")
        embedder = WordVectors()
        results.append(align_texts(text, target, "hi", "en", Remembered(embedder, cache)))
        cache.close()
        assert (embedder.encoded == 0) == (round_number == 1)
    assert results[0] == results[1]
    assert results[0] == align_texts(text, target, "hi", "en", WordVectors())


def test_vectors_come_back_as_they_were_in_any_order(tmp_path: Path) -> None:
    inner = WordVectors()
    remembered = Remembered(inner, VectorCache(tmp_path / "v.sqlite"))
    sums, counts = inner.embed_sums(["w1 w2", "w3", "w1 w2"], "hi")
    for _ in range(2):
        again, lengths = remembered.embed_sums(["w1 w2", "w3", "w1 w2"], "hi")
        assert np.array_equal(again, sums)
        assert np.array_equal(lengths, counts)
    assert np.array_equal(remembered.embed_sums(["w3", "w1 w2"], "hi")[0], sums[[1, 0]])
    assert np.linalg.norm(remembered.embed(["w3"], "hi"), axis=1) == pytest.approx(1)
    assert len(remembered.embed_sums([], "hi")[0]) == 0


def test_languages_and_embedders_are_kept_apart(tmp_path: Path) -> None:
    cache = VectorCache(tmp_path / "v.sqlite")
    inner = WordVectors()
    remembered = Remembered(inner, cache)
    remembered.embed_sums(["w1"], "hi")
    remembered.embed_sums(["w1"], "vi")
    assert inner.encoded == 2
    inner.signature = "another"
    remembered.embed_sums(["w1"], "hi")
    assert inner.encoded == 3


def test_an_embedder_without_sums_is_remembered_too(tmp_path: Path) -> None:
    remembered = Remembered(UnitVectors(), VectorCache(tmp_path / "v.sqlite"))
    sums, counts = remembered.embed_sums(["w1 w2"], "hi")
    assert counts == [5]
    assert np.linalg.norm(sums[0]) == pytest.approx(5)
    assert np.array_equal(remembered.embed_sums(["w1 w2"], "hi")[0], sums)


def test_a_damaged_file_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "v.sqlite").write_bytes(b"not a database, but long enough to be read as one" * 100)
    with pytest.raises(StoreError, match=r"v.sqlite: damaged .*only vectors are in it"):
        VectorCache(tmp_path / "v.sqlite")


def test_the_vectors_lie_beside_the_translations(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALIGN_CACHE", str(tmp_path))
    assert vectors_path("").parent == cache_path("").parent == tmp_path
    assert vectors_path(str(tmp_path / "x" / "mine.sqlite")) == tmp_path / "x" / "vectors.sqlite"


def test_another_run_folder_encodes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = write_project(tmp_path)
    monkeypatch.setenv("ALIGN_CACHE", str(tmp_path / "cache"))
    inner = WordVectors()
    monkeypatch.setattr("align.engines.embedder", lambda config: inner)
    Run(load(project.config)).execute(until="alignments")
    encoded = inner.encoded
    assert encoded > 10
    Run(load(project.config, [f"run.output={tmp_path / 'other'}"])).execute(until="alignments")
    assert inner.encoded == encoded
    assert (tmp_path / "other" / "alignments.jsonl").read_bytes() == (project.output / "alignments.jsonl").read_bytes()
