"""Termbases through TBX, TSV, XLSX and YAML and back; broken files; `align terms`."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from lxml import etree
from openpyxl import Workbook, load_workbook

from align.cli import main
from align.commands.terms import terms
from align.errors import DataError
from align.terms.audit import audit, search
from align.terms.drafts import NOT_XML, Source
from align.terms.exchange import WRITERS, entry_text, read, write
from align.terms.tables import COLUMNS
from align.terms.tbx import NAMESPACE
from align.terms.termbase import Concept, Form, Termbase, load

OFFICIAL = Path(__file__).parents[1] / "corpora" / "termbases" / "vietnam-official.yaml"
FORMATS = [".yaml", ".tbx", ".tsv", ".xlsx"]

NASTY = Termbase({
    concept.id: concept
    for concept in (
        Concept(
            "a, b & <c>: \"d\"", ("an ninh, trật tự", 'nói "khéo"', "<b>&amp;</b>", "tab\there"), ("one, two", "O'Brien & Sons", "no"),
            (
                Form("कुशल, जन", "preferred"),
                Form("=SUM(A1)", "admitted"),
                Form('"उद्धरण"', "deprecated", 'reads "quote", <tag> & more\nand a second line\r\nand\ta tab', True),
                Form("#N/A", "deprecated", "why: context: true"),
                Form("तीन", "deprecated", "  blanks around  "),
                Form("चार", "deprecated", "context: true"),
                Form("पाँच", "deprecated", "", True),
            ),
            ("TH&HNCHT", "ĐƠĐN", "CV"), ("त्वरित अदालत", 'वह, "यह"'), "law: of <things>", "b", "sense, with: colon\n\nand lines", "note: not: id: a note",
        ),
        Concept("b", ("2024", "true", "null", "- x", "1e3"), (), ()),
        Concept("12-c", ("mười hai",), (), (Form("क्\u200dष", "preferred"), Form("क\u0085ख", "admitted")), not_in=("क",), note="sense: of a note"),
        Concept("concept-3", ("ba",), ("three",), (Form("yes", "admitted"),), note="# no comment"),
        Concept("thi-dua", ("ý", "ý"), (), (), sense="x"),
    )
})  # fmt: skip


def _source(*concepts: Concept) -> Source:
    return Source(Termbase({concept.id: concept for concept in concepts}), {})


@pytest.fixture(scope="module")
def official() -> Termbase:
    return load([OFFICIAL])


def _same(made: Termbase, expected: Termbase) -> None:
    for name, concept in expected.concepts.items():
        assert made.concepts.get(name) == concept
    assert list(made.concepts) == list(expected.concepts)
    assert made.digest == expected.digest


@pytest.mark.parametrize("ending", FORMATS)
def test_the_official_termbase_comes_back_whole(official: Termbase, ending: str, tmp_path: Path) -> None:
    write(official, tmp_path / f"x{ending}")
    source = read(tmp_path / f"x{ending}")
    _same(source.termbase, official)
    assert source.left_out == ()
    # and what is written from it as YAML is what the program reads
    write(source.termbase, tmp_path / "back.yaml")
    assert (tmp_path / "back.yaml").read_bytes() == WRITERS[".yaml"](official)


@pytest.mark.parametrize("ending", FORMATS)
def test_a_nasty_termbase_comes_back_whole(ending: str, tmp_path: Path) -> None:
    write(NASTY, tmp_path / f"x{ending}")
    source = read(tmp_path / f"x{ending}")
    _same(source.termbase, NASTY)
    assert source.left_out == ()
    assert [text for _, text, _ in source.repeated] == ["ý"]
    write(source.termbase, tmp_path / "y.yaml")
    assert (tmp_path / "y.yaml").read_bytes() == WRITERS[".yaml"](NASTY)


def test_the_command_line_makes_the_same_round_trip(tmp_path: Path) -> None:
    write(NASTY, tmp_path / "a.yaml")
    for ending in ("tbx", "tsv", "xlsx"):
        out = tmp_path / f"b.{ending}"
        assert _align("export", tmp_path / "a.yaml", "--to", out).exit_code == 0
        result = _align("import", out, "--to", tmp_path / "c.yaml")
        assert (result.exit_code, result.stderr) == (0, "")
        assert (tmp_path / "c.yaml").read_bytes() == (tmp_path / "a.yaml").read_bytes()


def test_yaml_is_written_as_a_person_writes_it() -> None:
    concept = Concept(
        "cong-van", ("công văn", "an ninh, trật tự"), ("no", "official letter"),
        (Form("आधिकारिक पत्र", "preferred"), Form("पाठ", "deprecated", 'a "text"', True), Form("35 बल", "admitted")),
        ("CV", "TH&HNCHT"), ("वह पाठ",), "administration", "van-ban", "of offices", "a note",
    )  # fmt: skip
    assert entry_text(concept).splitlines() == [
        "- id: cong-van",
        '  vietnamese: [công văn, "an ninh, trật tự"]',
        '  abbreviations: [CV, "TH&HNCHT"]',
        '  english: ["no", official letter]',
        "  hindi:",
        "    - {form: आधिकारिक पत्र, status: preferred}",
        '    - {form: पाठ, status: deprecated, context: true, why: "a \\"text\\""}',
        '    - {form: "35 बल", status: admitted}',
        "  not: [वह पाठ]",
        "  domain: administration",
        "  broader: van-ban",
        '  sense: "of offices"',
        '  note: "a note"',
    ]


# What TBX-Basic (LTAC Global, 2019) allows of the elements that are written.
_GRAMMAR = f"""
<grammar xmlns="http://relaxng.org/ns/structure/1.0" ns="{NAMESPACE}" datatypeLibrary="http://www.w3.org/2001/XMLSchema-datatypes">
  <start><element name="tbx">
    <attribute name="type"><value>TBX-Basic</value></attribute><attribute name="style"><value>dca</value></attribute>
    <attribute name="xml:lang"><data type="language"/></attribute>
    <element name="tbxHeader"><element name="fileDesc"><element name="sourceDesc"><oneOrMore><element name="p"><text/></element></oneOrMore></element></element></element>
    <element name="text"><element name="body"><oneOrMore><ref name="entry"/></oneOrMore></element></element>
  </element></start>
  <define name="note"><element name="note"><optional><attribute name="xml:lang"><data type="language"/></attribute></optional><text/></element></define>
  <define name="entry"><element name="conceptEntry"><attribute name="id"><data type="ID"/></attribute>
    <optional><element name="descrip"><attribute name="type"><value>subjectField</value></attribute><text/></element></optional>
    <zeroOrMore><ref name="note"/></zeroOrMore>
    <oneOrMore><element name="langSec"><attribute name="xml:lang"><choice><value>vi</value><value>en</value><value>hi</value></choice></attribute>
      <oneOrMore><element name="termSec"><element name="term"><text/></element>
        <element name="termNote"><attribute name="type"><value>administrativeStatus</value></attribute>
          <choice><value>preferredTerm-admn-sts</value><value>admittedTerm-admn-sts</value><value>deprecatedTerm-admn-sts</value></choice></element>
        <optional><element name="termNote"><attribute name="type"><value>termType</value></attribute><value>abbreviation</value></element></optional>
        <zeroOrMore><ref name="note"/></zeroOrMore>
      </element></oneOrMore>
    </element></oneOrMore>
  </element></define>
</grammar>"""


@pytest.mark.parametrize("which", ["official", "nasty"])
def test_tbx_is_valid(which: str, official: Termbase) -> None:
    data = WRITERS[".tbx"](official if which == "official" else NASTY)
    schema = etree.RelaxNG(etree.fromstring(_GRAMMAR))
    assert schema.validate(etree.fromstring(data)), schema.error_log


def test_table_has_a_row_a_form(tmp_path: Path) -> None:
    concept = Concept(
        "x",
        ("một",),
        ("one",),
        (Form("एक", "preferred"), Form("दो", "deprecated", "w", True)),
        ("M",),
        ("न",),
        "d",
        "b",
        "s",
        "n",
    )
    write(Termbase({"x": concept}), tmp_path / "x.tsv")
    rows = [line.split("\t") for line in (tmp_path / "x.tsv").read_text(encoding="utf-8").splitlines()]
    assert rows == [
        list(COLUMNS),
        ["x", "vi", "một", "preferred", "term", "", "", "d", "s", "b", "n"],
        ["x", "vi", "M", "admitted", "abbreviation", *[""] * 6],
        ["x", "en", "one", "preferred", "term", *[""] * 6],
        ["x", "hi", "एक", "preferred", "term", *[""] * 6],
        ["x", "hi", "दो", "deprecated", "term", "w", "true", *[""] * 4],
        ["x", "hi", "न", "", "not", *[""] * 6],
    ]
    write(Termbase({"x": concept}), tmp_path / "x.xlsx")
    sheet = load_workbook(tmp_path / "x.xlsx").active
    assert sheet is not None
    assert [["" if value is None else value for value in row] for row in sheet.iter_rows(values_only=True)] == rows


def _tbx(entries: str, head: str = "") -> bytes:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>{head}\n<tbx type="TBX-Basic" style="dca" xml:lang="en" xmlns="{NAMESPACE}">'
        f"<tbxHeader/><text><body>\n{entries}\n</body></text></tbx>"
    ).encode()


FOREIGN = """<conceptEntry id="c1">
<transacGrp><transac type="transactionType">origination</transac><date>2010-04-17</date></transacGrp>
<descrip type="subjectField">politics</descrip><note>of the Front</note>
<langSec xml:lang="vi-VN"><descripGrp><descrip type="definition">một tổ chức</descrip><admin type="source">Oxford</admin></descripGrp>
<termSec><term>mặt trận</term></termSec>
<termSec><term>Mặt trận Tổ quốc</term><termNote type="administrativeStatus">preferredTerm-admn-sts</termNote></termSec>
<termSec><term>MTTQ</term><termNote type="termType">acronym</termNote></termSec></langSec>
<langSec xml:lang="EN-us"><termSec><term>the <hi type="bold">Front</hi></term><termNote type="partOfSpeech">noun</termNote></termSec></langSec>
<langSec xml:lang="fr"><termSec><term>le Front</term></termSec></langSec>
<langSec xml:lang="hi"><termSec><term>मोर्चा</term></termSec>
<termSec><term>सामने</term><termNoteGrp><termNote type="administrativeStatus">supersededTerm-admn-sts</termNote></termNoteGrp><note>reads front side</note></termSec></langSec>
<x:thing xmlns:x="urn:other">what</x:thing>
</conceptEntry>
<conceptEntry><langSec xml:lang="vi"><termSec><term>Đảng ủy</term></termSec></langSec></conceptEntry>
<conceptEntry id="only-english"><langSec xml:lang="en"><termSec><term>ward</term></termSec></langSec></conceptEntry>
<conceptEntry id="fr"><langSec xml:lang="fr"><termSec><term>la ville</term></termSec></langSec></conceptEntry>"""


def test_tbx_of_others_keeps_what_fits_and_tells_the_rest(tmp_path: Path) -> None:
    path = tmp_path / "f.tbx"
    path.write_bytes(_tbx(FOREIGN))
    source = read(path)
    assert list(source.termbase.concepts.values()) == [
        Concept(
            "c1", ("Mặt trận Tổ quốc", "mặt trận"), ("the Front",),
            (Form("मोर्चा", "admitted"), Form("सामने", "deprecated", "reads front side")), ("MTTQ",),
            domain="politics", note="of the Front\nmột tổ chức",
        ),
        Concept("dang-uy", ("Đảng ủy",), (), ()),
        Concept("only-english", (), ("ward",), ()),
    ]  # fmt: skip
    assert [str(one).removeprefix(str(path)) for one in source.left_out] == [
        ":14: <thing> of urn:other: what",
        ":4: <transacGrp>: origination2010-04-17",
        ':6: <admin type="source">: Oxford',
        ':10: markup <hi type="bold"> in <term>, its text kept: Front',
        ':10: <termNote type="partOfSpeech">: noun',
        ":11: language fr: le Front",
        ":12: no status of a Hindi form (kept as admitted): मोर्चा",
        ":13: that a term is superseded (kept as deprecated): supersededTerm-admn-sts",
        ":18: <conceptEntry>: la ville",
    ]
    assert source.places["c1", "सामने"] == f"{path}:13"
    result = _align("import", path, "--to", tmp_path / "o.yaml")
    assert result.exit_code == 0
    assert "only-english: no Vietnamese term; kept" in result.stderr
    assert "left out:" in result.stderr


def test_tables_of_others(tmp_path: Path) -> None:
    path = tmp_path / "t.tsv"
    text = (
        "Term\tConcept\tLanguage\tStatus\tOwner\tcontext\n\n"
        "mặt trận\tc\tvi-VN\t\t\t\nMặt trận\tc\tvi\tpreferred\tan\t\nमोर्चा\tc\thi\tPreferred\t\tx\nle Front\tc\tfr\t\t\t\n"
    )
    path.write_bytes(text.encode("utf-16"))
    source = read(path)
    assert source.termbase.concepts == {
        "c": Concept("c", ("Mặt trận", "mặt trận"), (), (Form("मोर्चा", "preferred", "", True),))
    }
    assert [str(one).removeprefix(str(path)) for one in source.left_out] == [
        ":4: column owner: an",
        ":6: language fr: le Front",
    ]
    book = Workbook()
    assert book.active is not None
    book.active.append(["concept", "language", "term", "status"])
    book.active.append(["c", "vi", 2025, None])
    book.active.append([None, None, None, None])
    book.active.append(["c", "hi", "२०२५", "preferred"])
    book.create_sheet("more").append(["seen"])
    book.save(tmp_path / "t.xlsx")
    source = read(tmp_path / "t.xlsx")
    assert source.termbase.concepts == {"c": Concept("c", ("2025",), (), (Form("२०२५", "preferred"),))}
    assert [one.what for one in source.left_out] == ["sheet more"]


LAUGHS = '<!DOCTYPE tbx [<!ENTITY a "ha">' + "".join(
    f'<!ENTITY {name} "{f"&{before};" * 10}">' for before, name in zip("abcdefgh", "bcdefghi", strict=True)
) + "]>"  # fmt: skip
ENTRY = '<conceptEntry id="{}"><langSec xml:lang="hi"><termSec><term>{}</term><termNote type="administrativeStatus">{}Term-admn-sts</termNote></termSec></langSec></conceptEntry>'
HEAD = "concept\tlanguage\tterm\tstatus\ttype\tcontext\tnote\n"


def _book(*rows: list[object]) -> bytes:
    book = Workbook()
    for row in rows:
        assert book.active is not None
        book.active.append(row)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _patched(data: bytes, change: Callable[[str, bytes], bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, change(name, old.read(name)))
    return stream.getvalue()


def _laughing(name: str, data: bytes) -> bytes:
    if name != "xl/worksheets/sheet1.xml":
        return data
    return LAUGHS.replace("tbx", "worksheet").encode() + data.replace(b"concept", b"&i;")


GOOD_BOOK = _book(["concept", "language", "term", "status"], ["c", "vi", "x", ""])

BROKEN: list[tuple[str, bytes, list[str]]] = [
    ("a.tbx", b"", [":1:", "not XML", "expected a whole TBX file"]),
    ("a.tbx", _tbx(FOREIGN)[:400], [":6: not XML", "expected a whole TBX file"]),
    ("a.tbx", _tbx("&i;", LAUGHS), [":1: declares the entity `a`", "without entities"]),
    ("a.tbx", _tbx("&x;", '<!DOCTYPE tbx [<!ENTITY x SYSTEM "file:///etc/passwd">]>'), ["declares the entity `x`"]),
    ("a.tbx", b"<html><body/></html>", [":1: root <html", "expected <tbx xmlns="]),
    ("a.tbx", b'<tbx type="TBX-Basic" style="dca"/>', [":1: root <tbx", NAMESPACE]),
    ("a.tbx", b'<martif type="TBX-Basic"><text/></martif>', ["TBX version 2", "version 3"]),
    ("a.tbx", _tbx("").replace(b'"dca"', b'"dct"'), ["style 'dct'", "expected dca"]),
    ("a.tbx", _tbx("").replace(b"UTF-8", b"klingon"), [":1: not XML", "expected"]),
    ("a.tbx", _tbx("").replace(b"<text>", b"<texts>").replace(b"</text>", b"</texts>"), ["no <text> with a <body>"]),
    ("a.tbx", _tbx(""), ["no concept; expected entries"]),
    ("a.tbx", bytes(range(256)) * 8, [":1: not XML"]),
    ("a.tbx", b"\x89PNG\r\n\x1a\n" + bytes(100), [":1: not XML"]),
    ("a.tbx", b"<a>" * 100_000, ["100 elements deep"]),
    ("a.tbx", _tbx(ENTRY.format("a", "क", "preferred") * 2), [":3: id `a` stands already at ", ":3; expected each once"]),
    ("a.tbx", _tbx(ENTRY.format("a", " ", "preferred")), [":3: a: <termSec> without a term; expected <term>"]),
    ("a.tbx", _tbx('<conceptEntry id="a"><langSec><termSec/></langSec></conceptEntry>'), [":3: <langSec> without xml:lang"]),
    ("a.tsv", b"", [":1: empty; expected a first row with concept, language"]),
    ("a.tsv", b"\xff\xfe\x00", ["a.tsv: "]),
    ("a.tsv", bytes(range(256)), ["a binary file", "expected text"]),
    ("a.tsv", HEAD.encode() + b"c\tvi\t\xe9\n", ["not utf-8 at byte"]),
    ("a.tsv", b"id\tword\n1\t2\n", [":1: columns id, word; expected also concept, language, term"]),
    ("a.tsv", b"concept\tterm\tterm\tlanguage\n", [":1: column term stands twice"]),
    ("a.tsv", (HEAD + 'c\tvi\t"x\n').encode(), [":2: not a row", "in quotes"]),
    ("a.tsv", HEAD.encode(), ["no concept; expected entries"]),
    ("a.tsv", (HEAD + "c\thi\tक\tgood\n").encode(), [":2: c: status 'good' of क; expected preferred, admitted or deprecated"]),
    ("a.tsv", (HEAD + "c\thi\tक\t\n\tvi\tx\n").encode(), ["2 problems", ":2: c: status '' of क", ":3: no concept beside 'x'"]),
    ("a.tsv", (HEAD + "c\t\tक\tpreferred\n").encode(), [":2: c: no language of क; expected vi, en or hi"]),
    ("a.tsv", (HEAD + "c\tvi\t\t\nc\tvi\tx\t\todd\n").encode(), [":2: c: no term", ":3: c: type 'odd' of x"]),
    ("a.tsv", (HEAD + "c\tvi\tx\t\t\tmaybe\n").encode(), [":2: c: context 'maybe' of x; expected true or nothing"]),
    ("a.tsv", (HEAD + "c\tvi\tx\t\t\t\tone\nc\tvi\ty\t\t\t\ttwo\n").encode(), [":3: c: note 'two', above 'one'; expected one"]),
    ("a.tsv", (HEAD + "c\t\t\t\t\t\tone\n").encode(), [":2: c: no term; expected a Vietnamese, English or Hindi one"]),
    ("a.tsv", (HEAD + "c\thi\tक\tpreferred\nc\thi\tक\tdeprecated\n").encode(), [":3: c: क is deprecated, and preferred at ", ":2; expected one status"]),
    ("a.xlsx", b"", ["not a workbook", "expected an Excel workbook"]),
    ("a.xlsx", b"PK\x03\x04" + bytes(100), ["not a workbook"]),
    ("a.xlsx", b"concept\tlanguage\tterm\n", ["not a workbook"]),
    ("a.xlsx", GOOD_BOOK[: len(GOOD_BOOK) // 2], ["not a workbook"]),
    ("a.xlsx", _patched(GOOD_BOOK, _laughing), ["not a workbook"]),
    ("a.xlsx", _patched(GOOD_BOOK, lambda name, data: data[:40] if "sheet1" in name else data), ["not a workbook"]),
    ("a.xlsx", _book(), [":1: empty; expected a first row"]),
    ("a.xlsx", _book(["concept", "term"]), [":1: columns concept, term; expected also language"]),
    ("a.xlsx", _book(["concept", "language", "term"], ["c", "vi", date(2025, 5, 19)], ["c", "vi", "=1+1"]), [":2: 2025-05-19", "column C is a date; expected text", ":3: =1+1 in column C is a formula"]),
    ("a.yaml", b"", ["expected a list of entries"]),
    ("a.yaml", b"- id: x\n  vietnamese: [a\n", ["a.yaml:3: not YAML"]),
    ("a.pdf", b"", ["`.pdf` is not read; expected one of .yaml"]),
]  # fmt: skip


@pytest.mark.parametrize(("name", "data", "expected"), BROKEN, ids=range(len(BROKEN)))
def test_broken_files_end_in_a_message(name: str, data: bytes, expected: list[str], tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    out = tmp_path / "out.yaml"
    result = _align("import", path, "--to", out)
    assert result.exit_code == 3
    assert isinstance(result.exception, SystemExit)
    assert str(path) in result.stderr
    for part in expected:
        assert part in result.stderr
    assert not out.exists()
    # A form with two statuses is a finding, all else keeps the file from being checked.
    assert _align("check", path).exit_code == (1 if "expected one status" in result.stderr else 3)


def test_what_a_format_cannot_hold_is_refused_and_leaves_no_file(tmp_path: Path) -> None:
    bell = Termbase({"a": Concept("a", ("a\x07",), (), ())})
    for ending, name in ((".tbx", "XML"), (".xlsx", "XLSX")):
        with pytest.raises(DataError, match=rf"U\+0007 cannot be written in {name}"):
            write(bell, tmp_path / f"a{ending}")
    with pytest.raises(DataError, match="40000 characters; expected at most 32767"):
        write(Termbase({"a": Concept("a", ("a",), (), (), note="x" * 40_000)}), tmp_path / "a.xlsx")
    for ending in (".yaml", ".tsv"):
        write(bell, tmp_path / f"a{ending}")
        assert read(tmp_path / f"a{ending}").termbase == bell
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.tsv", "a.yaml"]
    assert NOT_XML.search("a\ufffe")


def test_paths_that_cannot_be_used(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("- id: a\n  vietnamese: [a]\n", encoding="utf-8")
    assert _align("import", tmp_path / "no.tbx", "--to", tmp_path / "b.yaml").exit_code == 3
    assert _align("import", tmp_path, "--to", tmp_path / "b.yaml").exit_code == 3
    assert _align("import", tmp_path / "a.yaml", "--to", tmp_path / "b.tbx").exit_code == 2
    assert _align("export", tmp_path / "a.yaml", "--to", tmp_path / "b.csv").exit_code == 2
    assert _align("export", tmp_path / "a.yaml", "--to", tmp_path / "a.yaml").exit_code == 2
    result = _align("export", tmp_path / "a.yaml", "--to", tmp_path / "none" / "b.tbx")
    assert result.exit_code == 3
    assert "cannot be written" in result.stderr


def _hindi(*forms: Form, id: str = "a", **more: object) -> Concept:
    return Concept(id, (f"từ {id}",), (), forms, **more)  # type: ignore[arg-type]


GOOD = Form("कुशल जन-लामबंदी", "preferred")
AUDITED: list[tuple[str, list[Concept], list[tuple[str, str]]]] = [
    ("clean", [_hindi(GOOD, Form("जन आंदोलन", "deprecated")), _hindi(Form("मोर्चा", "preferred"), id="b")], []),
    ("inflected form right and wrong", [_hindi(GOOD, Form("कुशल जन लामबंदियों", "deprecated"))], [("contradiction", "कुशल जन लामबंदियों is deprecated, but matches कुशल जन-लामबंदी, preferred")]),
    ("wrong only in context is wrong too", [_hindi(GOOD, Form("कुशल जन लामबंदी", "deprecated", "", True))], [("contradiction", "कुशल जन लामबंदी")]),
    ("में of wrong first", [_hindi(Form("सेना", "deprecated"), Form("सेनाओं", "admitted"), GOOD)], [("contradiction", "सेनाओं is admitted, but matches सेना, deprecated")]),
    ("same but for की", [_hindi(GOOD, Form("पार्टी समिति", "admitted"), Form("पार्टी की समिति", "admitted"))], [("duplicate", "पार्टी की समिति matches")]),
    ("same but for the and", [_hindi(GOOD, Form("सुरक्षा और शांति", "admitted"), Form("सुरक्षा एवं शांति", "admitted"))], [("duplicate", "सुरक्षा एवं शांति")]),
    ("same but for nukta", [_hindi(GOOD, Form("दस्तावेज़", "deprecated"), Form("दस्तावेज", "deprecated"))], [("duplicate", "दस्तावेज matches")]),
    ("written as one word", [_hindi(GOOD, Form("जन आंदोलन", "admitted"), Form("जनआंदोलन", "admitted"))], [("duplicate", "जनआंदोलन")]),
    ("preferred as one word, another as two", [_hindi(Form("प्रधानमंत्री", "preferred"), Form("प्रधान मंत्री", "admitted"))], []),
    ("wrong as one word, right as two", [_hindi(GOOD, Form("प्रधानमंत्री", "deprecated"), Form("प्रधान मंत्री", "admitted"))], [("contradiction", "प्रधान मंत्री is admitted")]),
    ("derived words differ", [_hindi(GOOD, Form("अनुकरण", "admitted"), Form("अनुकरणीय", "deprecated"))], []),
    ("same form in two concepts may be", [_hindi(GOOD, Form("जन", "admitted")), _hindi(Form("लोग", "preferred"), Form("जन", "deprecated"), id="b")], []),
    ("one preferred form for two", [_hindi(GOOD), _hindi(Form("कुशल जन लामबंदी", "preferred"), id="b")], [("preferred", "is also what a prefers")]),
    ("one preferred form for two senses", [_hindi(GOOD, sense="s"), _hindi(Form("कुशल जन लामबंदी", "preferred"), id="b", sense="t")], []),
    ("one preferred form, one sense", [_hindi(GOOD), _hindi(GOOD, id="b", sense="t")], [("preferred", "or `sense` in both entries")]),
    ("none preferred", [_hindi(Form("जन", "admitted"))], [("preferred", "no preferred form; expected exactly one")]),
    ("no Hindi", [_hindi()], [("preferred", "no preferred form")]),
    ("two preferred", [_hindi(GOOD, Form("जन", "preferred"))], [("preferred", "preferred forms कुशल जन-लामबंदी, जन")]),
    ("Latin", [_hindi(GOOD, Form("OCOP", "admitted"))], [("unmatchable", "OCOP has no Devanagari word")]),
    ("Latin kept from the Vietnamese", [Concept("a", ("mỗi xã một sản phẩm",), (), (GOOD, Form("OCOP", "admitted")), ("OCOP",))], []),
    ("one letter is no abbreviation", [Concept("a", ("huyện",), (), (GOOD,), ("H.", "TH.U", "Bộ CHQS", "T.Ư", "BCĐ 35", "TTg", "Đ/c"))], [("unmatchable", "H. is not found even where it stands alone")]),
    ("English with a stop inside", [Concept("a", ("bão",), ("storm No. 3", "storm. No rain"), (GOOD,))], [("unmatchable", "storm. No rain is not found")]),
    ("signs only", [_hindi(GOOD, Form("—", "admitted"))], [("unmatchable", "no Devanagari word")]),
    ("always inside a negative context", [_hindi(GOOD, Form("जन समिति", "admitted"), not_in=("जन की समितियों",))], [("unmatchable", "जन समिति stands in every case inside a negative context")]),
    ("sometimes inside one", [_hindi(GOOD, Form("जन", "admitted"), not_in=("जन समिति",))], []),
    ("shared Vietnamese", [Concept("a", ("hoà",), (), (GOOD,)), Concept("b", ("Hòa",), (), (Form("शांति", "preferred"),), sense="peace")], [("ambiguous", "the term hoà belongs to a, b; expected `sense` in each, lacking in a")]),
    ("shared abbreviation", [Concept("a", ("từ x",), (), (GOOD,), ("ND",)), Concept("b", ("từ y",), (), (Form("किसान", "preferred"),), ("ND",))], [("ambiguous", "the abbreviation ND belongs to a, b; expected `sense` in each, lacking in a, b")]),
    ("shared with senses", [Concept("a", ("từ x",), (), (GOOD,), ("ND",), sense="people"), Concept("b", ("từ x",), (), (Form("किसान", "preferred"),), ("ND",), sense="farmers")], []),
]  # fmt: skip


@pytest.mark.parametrize(("concepts", "expected"), [case[1:] for case in AUDITED], ids=[case[0] for case in AUDITED])
def test_faults(concepts: list[Concept], expected: list[tuple[str, str]]) -> None:
    faults = audit(_source(*concepts))
    assert [fault.kind for fault in faults] == [kind for kind, _ in expected]
    for fault, (_, detail) in zip(faults, expected, strict=True):
        assert detail in fault.detail


def test_the_termbase_of_the_project_has_nothing_to_mend() -> None:
    source = read(Path(__file__).parents[1] / "corpora" / "termbases" / "vietnam-official.yaml")
    assert len(source.termbase.concepts) >= 300
    assert [str(fault) for fault in audit(source)] == []


def test_the_entry_that_is_the_word_comes_first() -> None:
    names = {"a": "mô hình dân vận khéo", "b": "Mặt trận", "c": "dân vận"}
    concepts = {
        id: Concept(id, (name,), (), (GOOD,), note="dan van" if id == "b" else "") for id, name in names.items()
    }
    assert [one.id for one in search(Termbase(concepts), "dân vận")] == ["c", "a"]
    assert [one.id for one in search(Termbase(concepts), "dan van")] == ["c", "a", "b"]


CLEAN = "- id: a\n  vietnamese: [một]\n  hindi:\n    - {form: एक, status: preferred}\n"
CHECKED = [
    (CLEAN, 0, "1 concepts: nothing to mend"),
    (CLEAN + "    - {form: एक, status: preferred}\n", 1, "t.yaml:5: duplicate: a: एक is listed before"),
    (
        CLEAN + "    - {form: एक, status: deprecated}\n",
        1,
        "t.yaml:5: contradiction: a: एक is listed with another status too",
    ),
    (CLEAN + "    - {form: OCOP, status: admitted}\n", 1, "t.yaml:5: unmatchable: a: OCOP"),
    (CLEAN.replace("[một]", "[một, một]"), 1, "t.yaml:2: duplicate: a: một"),
    (CLEAN.replace("preferred", "good"), 3, ""),
]


@pytest.mark.parametrize(("text", "code", "said"), CHECKED)
def test_check_exits_with_one_when_something_is_found(text: str, code: int, said: str, tmp_path: Path) -> None:
    path = tmp_path / "t.yaml"
    path.write_text(text, encoding="utf-8")
    result = _align("check", path)
    assert result.exit_code == code
    assert said in result.stdout


def test_check_of_several_files_lets_the_later_replace(tmp_path: Path) -> None:
    (tmp_path / "1.yaml").write_text(
        CLEAN.replace("preferred", "admitted") + "    - {form: एक, status: admitted}\n", encoding="utf-8"
    )
    (tmp_path / "2.yaml").write_text(CLEAN, encoding="utf-8")
    assert _align("check", tmp_path / "1.yaml").exit_code == 1
    assert _align("check", tmp_path / "1.yaml", tmp_path / "2.yaml").exit_code == 0


@pytest.mark.parametrize(
    ("word", "found"),
    [
        ("dân vận khéo", ["a"]), ("DAN VAN", ["a"]), ("dận", []), ("DVK", ["a"]), ("skillful", ["a"]),
        ("लामबंदियों", ["a"]), ("मोर्चे", ["b"]), ("लामबंद", ["a"]), ("front", ["b"]), ("zzz", []), (" ", []), ("दल", ["a"]),
    ],
)  # fmt: skip
def test_find(word: str, found: list[str]) -> None:
    concepts = {
        "a": Concept("a", ("dân vận khéo",), ("skillful mass mobilization",), (GOOD,), ("DVK",), ("दल",)),
        "b": Concept("b", ("mặt trận",), ("Front",), (Form("मोर्चा", "preferred"),)),
    }
    assert [concept.id for concept in search(Termbase(concepts), word)] == found


def test_find_prints_entries(tmp_path: Path) -> None:
    (tmp_path / "t.yaml").write_text(CLEAN, encoding="utf-8")
    result = _align("find", tmp_path / "t.yaml", "mot")
    assert (result.exit_code, result.stdout) == (0, CLEAN)
    result = _align("find", tmp_path / "t.yaml", "hai")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "hai: in no entry" in result.stderr


def _align(*arguments: object) -> Result:
    group = type(main)(name="align", commands={"terms": terms})
    return CliRunner().invoke(group, ["terms", *map(str, arguments)])
