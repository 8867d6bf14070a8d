"""The corpus in every format, read back by the tools that people use."""

from __future__ import annotations

import json
from pathlib import Path

import defusedxml.ElementTree
import pyarrow.parquet as pq
from conftest import Project

from align.config import CorpusConfig
from align.formats.corpus import write_tmx, write_tsv
from align.records import Alignment, Dropped, Finding, Pair, Segment, Translation
from align.stages.corpus import pairs

PAIR = Pair(
    "d",
    (0,),
    (0,),
    {"hi": "क & ख <\x0b>", "en": "a\tb\nc", "vi": "ă"},
    {"en": "nllb", "vi": "original"},
    0.5,
    ("f1",),
    "flagged",
)


def test_a_tmx_reads_back_with_another_library(finished: Project) -> None:
    from translate.storage.tmx import tmxfile

    store = tmxfile.parsefile(str(finished.output / "corpus" / "small.tmx"))
    assert len(store.units) == 5
    first = defusedxml.ElementTree.parse(finished.output / "corpus" / "small.tmx", forbid_dtd=False).getroot()
    languages = [variant.get("{http://www.w3.org/XML/1998/namespace}lang") for variant in first.find("body/tu")]
    assert [one for one in languages if one] == ["hi", "en", "vi"]


def test_all_formats_hold_the_same_rows(finished: Project) -> None:
    folder = finished.output / "corpus"
    rows = [json.loads(line) for line in (folder / "small.jsonl").read_text(encoding="utf-8").splitlines()]
    table = pq.read_table(folder / "small.parquet").to_pylist()
    lines = [line.split("\t") for line in (folder / "small.tsv").read_text(encoding="utf-8").splitlines()]
    assert len(rows) == len(table) == len(lines) - 1 == 5
    assert [row["texts"]["vi"] for row in rows] == [row["vi"] for row in table] == [line[3] for line in lines[1:]]
    assert {len(line) for line in lines} == {9}


def test_the_original_stands_in_for_the_back_translation_and_says_so(finished: Project) -> None:
    rows = [
        json.loads(line)
        for line in (finished.output / "corpus" / "small.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    assert [row["engine"]["vi"] for row in rows] == ["original"] * 3 + ["recorded"] * 2
    assert rows[1]["texts"]["vi"].startswith("Ngày 12/10, Huyện ủy triển khai")
    assert [row["status"] for row in rows] == ["flagged", "flagged", "clean", "clean", "clean"]
    assert rows[0]["findings"]


def test_markup_and_control_characters(tmp_path: Path) -> None:
    write_tmx([PAIR], tmp_path / "x.tmx")
    root = defusedxml.ElementTree.parse(tmp_path / "x.tmx", forbid_dtd=False).getroot()
    assert [node.text for node in root.iter("seg")] == ["क & ख <>", "a\tb\nc", "ă"]
    assert {node.get("type"): node.text for node in root.find("body/tu").findall("prop")}["x-findings"] == "f1"
    write_tsv([PAIR], tmp_path / "x.tsv")
    assert (tmp_path / "x.tsv").read_text(encoding="utf-8").splitlines()[1].split("\t")[2] == "a b c"


def test_what_lacks_a_side_or_scores_low_is_dropped_with_a_record() -> None:
    segments = [Segment("d", "hindi", "hi", n, f"वाक्य {n}।", 0, 8) for n in (0, 1)]
    segments += [Segment("d", "original", "vi", n, f"Câu {n}.", 0, 6) for n in (0, 1)]
    said = [Translation("d", n, "en", "e", f"Sentence {n}.") for n in (0, 1)]
    beads = [
        Alignment("d", "original", "vi", (0,), (0,), 0.9), Alignment("d", "original", "vi", (1,), (), 0.0),
        Alignment("d", "original", "vi", (), (1,), 0.0),
    ]  # fmt: skip
    finding = Finding("f", "d", 0, 0, 1, "व", "term", "c", "wrong", "critical", 1.0)
    made = list(pairs(segments, said, beads, [finding], CorpusConfig()))
    assert [type(one) for one in made] == [Pair, Dropped, Dropped]
    assert isinstance(made[0], Pair)
    assert (made[0].texts["vi"], made[0].findings, made[0].status) == ("Câu 0.", ("f",), "flagged")
    assert [one.detail for one in made[1:] if isinstance(one, Dropped)] == ["no vi", "no Hindi"]
    low = list(
        pairs(
            segments[:2],
            said,
            [Alignment("d", "e", "en", (n,), (n,), 0.2) for n in (0, 1)],
            [],
            CorpusConfig(min_score=0.5),
        )
    )
    assert {one.reason for one in low if isinstance(one, Dropped)} == {"low-score"}
