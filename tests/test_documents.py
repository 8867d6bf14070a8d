"""Every format in, pairing, and what bad files are told."""

from __future__ import annotations

import json
from pathlib import Path

import docx
import pytest

from align.config import DocumentsConfig
from align.errors import DataError
from align.formats.documents import decode
from align.records import Document, Dropped
from align.stages import documents

HINDI = "पार्टी समिति ने बैठक की।\nलोगों ने सहयोग दिया।"


def read(folder: Path, **settings: object) -> tuple[list[Document], list[Dropped]]:
    config = DocumentsConfig.model_validate({"path": [str(folder)], **settings})
    sources = documents.find(config)
    records = [one for source in sources.all for one in documents.read(source, config)]
    kept, dropped, _ = documents.pair([one for one in records if isinstance(one, Document)])
    return kept, [*sources.skipped, *(one for one in records if isinstance(one, Dropped)), *dropped]


def one(folder: Path, **settings: object) -> Document:
    kept, _ = read(folder, **settings)
    assert len(kept) == 1
    return kept[0]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_text_in_every_unicode_encoding(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "a.txt").write_bytes((HINDI + "\nVND 5\n").replace("\n", "\r\n").encode(encoding))
    assert one(tmp_path).text == HINDI + "\nVND 5\n"


def test_another_encoding_by_name(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes("पार्टी की बैठक".encode("utf-16-le") + "।".encode("utf-16-le"))
    (tmp_path / "b.txt").write_bytes(b"\xe9t\xe9 " * 5)
    kept, dropped = read(tmp_path)
    assert [document.text for document in kept] == ["पार्टी की बैठक।"]
    assert "b.txt: not utf-8 at byte 0 (0xe9)" in dropped[0].detail
    assert "documents.encoding" in dropped[0].detail
    assert decode(b"\xe9t\xe9", "b.txt", "latin-1") == "été"
    with pytest.raises(DataError, match="encoding `utf-9` is not known"):
        decode(b"x", "b.txt", "utf-9")


def test_text_is_composed(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("सड़क " + HINDI, encoding="utf-8")
    assert one(tmp_path).text.startswith("सड\u093cक")


def test_markdown(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text(
        "---\ntitle: x\n---\n# शीर्षक\n\nपार्टी **समिति** ने [बैठक](http://x.vn) की।\n\n- पहला\n- दूसरा\n\n```\ncode\n```\n",
        encoding="utf-8",
    )
    kept, dropped = read(tmp_path)
    assert kept[0].text == "शीर्षक\nपार्टी समिति ने बैठक की।\nपहला\nदूसरा"
    assert kept[0].title == "शीर्षक"
    assert {one.detail for one in dropped} == {"front-matter", "fence"}


def test_html(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text(
        "<html><head><title>पृष्ठ</title><link rel=canonical href='https://p.vn/dan-van-kheo.html'><script>x()</script></head>"
        "<body><nav>घर | समाचार</nav><article><h1>शीर्षक</h1><p>पार्टी <b>समिति</b>\nने बैठक की।</p><p>दूसरा<br>तीसरा</p>"
        "<!-- टिप्पणी --></article><div>बगल का पाठ</div></body></html>",
        encoding="utf-8",
    )
    kept, dropped = read(tmp_path)
    assert kept[0].text == "शीर्षक\nपार्टी समिति ने बैठक की।\nदूसरा\nतीसरा"
    assert kept[0].source == "https://p.vn/dan-van-kheo.html"
    assert kept[0].title == "पृष्ठ"
    assert {(one.detail, one.text) for one in dropped} == {
        ("<nav>", "घर | समाचार"),
        ("outside the article", "बगल का पाठ"),
    }


def test_docx(tmp_path: Path) -> None:
    document = docx.Document()
    document.add_heading("शीर्षक", 1)
    document.add_paragraph("पार्टी समिति ने बैठक की।")
    table = document.add_table(1, 2)
    table.cell(0, 0).text, table.cell(0, 1).text = "बायाँ", "दायाँ"
    document.save(str(tmp_path / "a.docx"))
    assert one(tmp_path).text == "शीर्षक\nपार्टी समिति ने बैठक की।\nबायाँ\nदायाँ"


@pytest.mark.parametrize("suffix", ["csv", "tsv", "jsonl"])
def test_tables_have_a_row_a_document_with_its_original(tmp_path: Path, suffix: str) -> None:
    rows = [
        {"id": "b", "text": HINDI, "original": "Đảng ủy họp bàn về kinh tế."},
        {"id": "a", "text": "दूसरा लेख, यहाँ।", "original": ""},
    ]
    if suffix == "jsonl":
        text = "\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    else:
        mark = "," if suffix == "csv" else "\t"
        text = "\n".join([mark.join(rows[0]), *(mark.join(f'"{cell}"' for cell in row.values()) for row in rows)])
    (tmp_path / f"table.{suffix}").write_text(text, encoding="utf-8")
    kept, _ = read(tmp_path)
    assert [(one.id, one.role) for one in kept] == [("a", "hindi"), ("b", "hindi"), ("b", "original")]
    assert kept[1].text == HINDI
    assert kept[2].language == "vi"


def test_other_columns_by_name(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(f'nr,body\n7,"{HINDI}"\n', encoding="utf-8")
    assert one(tmp_path, columns={"id": "nr", "text": "body"}).id == "7"
    _, dropped = read(tmp_path)
    assert "columns nr, body; expected one called `text`" in dropped[0].detail


def test_originals_pair_by_stem_and_language_suffix(tmp_path: Path) -> None:
    for name, text in (
        ("x/a.hi.txt", HINDI),
        ("x/a.vi.txt", "Đảng ủy đã họp."),
        ("b.hi.txt", HINDI),
        ("lone.vi.txt", "Họp ở xã."),
    ):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    kept, dropped = read(tmp_path, originals=str(tmp_path))
    assert [(one.id, one.role) for one in kept] == [("b", "hindi"), ("x/a", "hindi"), ("x/a", "original")]
    assert [one.document for one in dropped if one.reason == "unpaired"] == ["lone"]


def test_versions_pair_by_stem_beside_the_original(tmp_path: Path) -> None:
    for name, text in (
        ("hi/a.txt", HINDI),
        ("vi/a.txt", "Đảng ủy đã họp."),
        ("en/a.txt", "The party committee met and the people helped with it."),
        ("en/z.txt", "There is no article of this name in the other folder."),
    ):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    kept, dropped = read(tmp_path / "hi", originals=str(tmp_path / "vi"), versions={"en": str(tmp_path / "en")})
    assert [(one.id, one.role, one.language) for one in kept] == [
        ("a", "hindi", "hi"),
        ("a", "original", "vi"),
        ("a", "version", "en"),
    ]
    assert [(one.document, one.role, one.reason) for one in dropped] == [("z", "version", "unpaired")]


def test_a_source_line_names_the_source(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(HINDI + "\nस्रोत: https://p.vn/a.html\n", encoding="utf-8")
    assert one(tmp_path).source == "https://p.vn/a.html"


def test_globs_and_lists_of_paths(tmp_path: Path) -> None:
    for name in ("a.txt", "b.txt", "c.md"):
        (tmp_path / name).write_text(HINDI, encoding="utf-8")
    config = DocumentsConfig.model_validate({"path": [str(tmp_path / "*.txt"), str(tmp_path / "c.md")]})
    assert [source.id for source in documents.find(config).hindi] == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("name", "data", "expected"),
    [
        ("a.txt", b"", "empty"),
        ("a.txt", b"  \n ", "empty"),
        ("a.txt", b"\x89PNG\r\n\x1a\n\x00\x00", "binary"),
        ("a.txt", "नमस्ते".encode()[:-1], "not utf-8 at byte"),
        ("a.txt", "एक लेख".encode() + b"\x00", "zero bytes"),
        ("a.docx", b"not a zip", "not a Word document"),
        ("a.jsonl", b'{"text": "x"\n', "a.jsonl:1: not JSON"),
        ("a.jsonl", b"[1]\n", "a.jsonl:1: list"),
        ("a.jsonl", b'{"id": "1"}\n', "no text under `text`"),
        ("a.csv", b"\x00\x01", "binary"),
        ("a.html", b"<html><script>x</script></html>", "no text in it"),
        ("a.txt", b"This is plain English text that has been put here by the editor.", "looks like `en`"),
    ],
)
def test_a_file_that_cannot_be_used_is_one_record(tmp_path: Path, name: str, data: bytes, expected: str) -> None:
    (tmp_path / name).write_bytes(data)
    kept, dropped = read(tmp_path)
    assert kept == []
    assert len(dropped) == 1
    assert expected in dropped[0].detail
    assert name in dropped[0].detail


def test_a_file_over_the_limit(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(HINDI * 100, encoding="utf-8")
    _, dropped = read(tmp_path, max_megabytes=0.001)
    assert "documents.max_megabytes" in dropped[0].detail


def test_what_stops_the_run(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(HINDI, encoding="utf-8")
    (tmp_path / "a.md").write_text(HINDI, encoding="utf-8")
    with pytest.raises(DataError, match="two files with the id `a`"):
        read(tmp_path)
    empty = tmp_path / "empty"
    empty.mkdir()
    (empty / "x.pdf").write_bytes(b"%PDF")
    with pytest.raises(DataError, match="no article in"):
        read(empty)
    with pytest.raises(DataError, match="no such file or folder"):
        read(tmp_path / "none")
    rows = tmp_path / "rows"
    rows.mkdir()
    (rows / "t.jsonl").write_text('{"id": "1", "text": "एक लेख"}\n' * 2, encoding="utf-8")
    with pytest.raises(DataError, match="id `1` \\(hindi\\) stands twice"):
        read(rows)
