"""Documents whose names differ are paired by what they say, or not at all."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from conftest import write_project
from numpy.typing import NDArray
from test_beads import WordVectors, sentences

from align.alignment.pairing import likenesses, match_texts
from align.config import load
from align.records import Alignment, Document, Dropped
from align.run import Run
from align.stages import documents


def collection(count: int, seed: int = 0) -> list[list[str]]:
    """Texts of eight to sixteen sentences that share a fixed opening."""
    return [
        ["w1 w2 w3 portal news", *sentences(8 + number % 9, seed * 100 + number, length=14)] for number in range(count)
    ]


def shuffled(texts: Sequence[list[str]], seed: int) -> tuple[list[list[str]], list[int]]:
    """Each text with a sentence left out and another moved, all in another order."""
    draw = random.Random(seed)
    order = draw.sample(range(len(texts)), len(texts))
    made = []
    for number in order:
        lines = list(texts[number])
        lines.pop(draw.randrange(1, len(lines)))
        lines.append(lines.pop(1))
        made.append(lines)
    return made, order


def test_every_text_finds_its_version() -> None:
    left = collection(12)
    right, order = shuffled(left, 5)
    matches = match_texts(left, right, ("hi", "vi"), WordVectors())
    assert [match.doubt for match in matches] == [""] * 12
    assert all(order[match.right] == match.left for match in matches)
    assert all(match.alike - match.other > 0.08 for match in matches)


def test_texts_without_a_version_stay_alone() -> None:
    left = collection(12)
    right, order = shuffled(left, 5)
    strangers = collection(5, seed=9)
    matches = match_texts(left[:8], [*(text for text, number in zip(right, order, strict=True) if number > 3), *strangers], ("hi", "vi"), WordVectors())  # fmt: skip
    assert sum(not match.doubt for match in matches) == 4
    assert {match.left for match in matches if not match.doubt} == {4, 5, 6, 7}
    assert all(match.doubt.startswith(("too little alike", "ambiguous")) for match in matches if match.left < 4)


def test_two_versions_of_one_text_are_ambiguous() -> None:
    left = collection(6)
    matches = match_texts(left, [*left, left[2]], ("hi", "vi"), WordVectors())
    doubts = {match.left: match.doubt for match in matches if match.doubt}
    assert list(doubts) == [2]
    assert doubts[2].startswith("ambiguous: another is alike by 1.00")


def test_so_few_texts_must_share_numbers() -> None:
    text = sentences(10)
    plain = match_texts([text], [text], ("hi", "vi"), WordVectors())
    assert plain[0].doubt.startswith("alike by 1.00, but with so few articles numbers must agree too: 0.00 are shared")
    numbered = [*text, "२०२४ 15 47"]
    assert match_texts([numbered], [[*text, "2024 15 47"]], ("hi", "vi"), WordVectors())[0].doubt == ""


def test_empty_texts_are_like_nothing() -> None:
    table = likenesses([["a b c"], []], [["a b c"], [""]], ("hi", "vi"), WordVectors())
    assert (table[1] == -1).all()
    assert (table[:, 1] == -1).all()
    assert match_texts([], [["a"]], ("hi", "vi"), WordVectors()) == []


def document(name: str, role: str, lines: Sequence[str]) -> Document:
    return Document(name, role, "hi" if role == "hindi" else "vi", "\n".join(lines))  # type: ignore[arg-type]


def test_the_stage_pairs_by_name_first_and_says_how_the_rest_was_paired() -> None:
    texts = [[line + " ." for line in text] for text in collection(5)]
    hindi = [document(f"hi{number}", "hindi", text) for number, text in enumerate(texts)]
    originals = [document("hi0", "original", texts[0]), *(document(f"x{n}", "original", texts[n]) for n in (1, 2, 3))]
    kept, dropped, pairs = documents.pair(
        [*hindi, *originals, document("odd", "original", sentences(9, 77))], WordVectors()
    )
    held = {one.id: one.text for one in kept if one.role == "original"}
    assert held == {f"hi{number}": hindi[number].text for number in range(4)}
    assert [(pair.document, pair.other) for pair in pairs] == [("hi1", "x1"), ("hi2", "x2"), ("hi3", "x3")]
    assert "x1 is the original of hi1: by content, alike 0.99, any other 0." in str(pairs[0])
    assert [one.document for one in dropped] == ["odd"]
    assert "nearest is `hi4`, too little alike" in dropped[0].detail
    names_only, dropped, pairs = documents.pair([*hindi, *originals])
    assert sum(one.role == "original" for one in names_only) == 1
    assert (len(dropped), pairs) == (3, [])


class Numbers:
    """An embedder that knows nothing but numbers, which are the same in every language."""

    signature = "numbers"

    def embed(self, texts: Sequence[str], language: str) -> NDArray[np.float32]:
        digits = [[word for word in text.replace("/", " ").split() if word.isdigit()] for text in texts]
        rows = WordVectors().embed([" ".join(words) or "nothing" for words in digits], language)
        return rows


def test_a_run_pairs_files_of_other_names_and_records_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = write_project(tmp_path)
    monkeypatch.setenv("ALIGN_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("align.engines.embedder", lambda config: Numbers())
    for folder in ("hindi", "vietnamese"):
        for path in (tmp_path / folder).glob("*.txt"):
            path.unlink()
    for number in range(4):
        lines = [f"{number}{line}4 {number}{line}7" for line in range(1, 8)]
        hindi = "\n".join(f"पार्टी ने {line} लोगों को सहयोग दिया।" for line in lines)
        (tmp_path / "hindi" / f"bai{number}.txt").write_text(hindi, encoding="utf-8")
        if number < 3:
            vietnamese = "\n".join(f"Đảng ủy đã giúp đỡ {line} người dân ở xã." for line in lines)
            (tmp_path / "vietnamese" / f"goc-{number}.txt").write_text(vietnamese, encoding="utf-8")
    run = Run(load(project.config))
    outcome = run.execute(until="alignments")
    assert [(one.document, one.other) for one in outcome.stages[0].pairs] == [
        ("bai0", "goc-0"),
        ("bai1", "goc-1"),
        ("bai2", "goc-2"),
    ]
    manifest = json.loads((project.output / "manifest.json").read_text())
    assert manifest["stages"]["documents"]["pairs"][0].keys() == {
        "document", "role", "language", "other", "alike", "runner_up",
    }  # fmt: skip
    assert [one.document for one in run.folder.read(Dropped)] == []
    beads = [one for one in run.folder.read(Alignment) if one.engine == "original" and one.document == "bai1"]
    assert [(one.hindi, one.other) for one in beads] == [((index,), (index,)) for index in range(7)]
    again = Run(load(project.config)).execute(until="alignments")
    assert all(stage.skipped for stage in again.stages)
    assert [one.other for one in again.stages[0].pairs] == ["goc-0", "goc-1", "goc-2"]
    named = Run(load(project.config, ["documents.pairing=names"])).execute(until="documents")
    assert [one.document for one in named.unpaired] == ["goc-0", "goc-1", "goc-2"]
