"""The report in a real browser, the escaping of untrusted text, and the findings as CSV."""

from __future__ import annotations

import ast
import csv
import io
import shutil
from collections import Counter
from pathlib import Path

import pytest
from conftest import Project

from align.engines.gloss import Lexicon
from align.records import Document, Finding, Reason, Rendering, Segment, Translation
from align.stages import report as report_stage
from align.stages.report import ConceptRow, Summary, View, mark, write_csv, write_html
from align.terms.findings import RULES
from align.terms.termbase import Concept, Form, Termbase
from align.terms.verdict import Judge

CHROMIUM = shutil.which("chromium")
EVIL = '<script>alert("x")</script>\'"&'


def view() -> View:
    segment = Segment("d", "hindi", "hi", 0, f"कुशल {EVIL} आंदोलन", 0, 40)
    finding = Finding(
        "f1", "d", 0, 0, 4, "कुशल", "term", "c", "suspicious", "major", 0.8, (Reason("deprecated", EVIL),), EVIL
    )
    translation = Translation("d", 0, "en", EVIL, EVIL, None, (Reason("length", EVIL),))
    return View(
        Document("d", "hindi", "hi", segment.text, "javascript:alert(1)", EVIL),
        [segment],
        [translation],
        [],
        [],
        [finding],
    )


def test_nothing_of_the_users_text_becomes_markup(tmp_path: Path) -> None:
    termbase = Termbase({"c": Concept("c", (EVIL,), (EVIL,), (Form(EVIL, "preferred"),))})
    summary = Summary()
    summary.add(view(), termbase)
    path = tmp_path / "index.html"
    with path.open("w", encoding="utf-8") as stream:
        write_html(stream, EVIL, summary, [view()], termbase, {EVIL: EVIL})
    text = path.read_text(encoding="utf-8")
    assert "<script>alert" not in text
    assert 'href="javascript' not in text
    assert text.count("<script>") == 1  # its own
    assert 'http-equiv="Content-Security-Policy"' in text


def test_a_formula_in_a_cell_is_led_by_an_apostrophe(tmp_path: Path) -> None:
    made = view()
    bad = Finding("f2", "d", 0, 0, 4, "=cmd()", "term", "c", "wrong", "critical", 1.0, (), "+1")
    path = tmp_path / "f.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        count = write_csv(
            stream, [View(made.document, made.segments, made.translations, [], [], [*made.findings, bad])]
        )
    rows = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"), newline="")))
    assert count == len(rows) == 2
    assert (rows[1]["hindi"], rows[1]["suggestion"]) == ("'=cmd()", "'+1")
    assert rows[0]["reasons"] == f"deprecated: {EVIL}"


def test_marks_do_not_overlap_and_the_worst_verdict_wins() -> None:
    made = str(mark("कुशल जन आंदोलन", [(0, 8, "ok", "a"), (5, 14, "suspicious", "b")]))
    assert made == 'कुशल <mark class="suspicious" title="b: suspicious">जन आंदोलन</mark>'


TERMBASE = Termbase(
    {"c": Concept("c", ("dân vận khéo",), ("skillful mass mobilization",), (Form("कुशल जन-लामबंदी", "preferred"),))}
)
LEXICON = Lexicon([
    ("कुशल", ("skillful",), ("khéo",)), ("जन", ("people", "mass"), ("dân",)), ("आंदोलन", ("movement",), ("phong trào",)),
    ("मॉडल", ("model",), ("mô hình",)), ("अच्छा", ("good",), ("tốt",)), ("है", ("is",), ("là",)), ("वहाँ", ("there",), ("ở đó",)),
])  # fmt: skip


def report(
    *findings: Finding, renderings: tuple[Rendering, ...] = (), precision: dict[str, tuple[int, int]] | None = None
) -> str:
    segment = Segment("d", "hindi", "hi", 0, "कुशल जन आंदोलन मॉडल अच्छा है वहाँ है", 0, 36)
    said = Translation("d", 0, "en", "one", "The skillful mass movement is <good>")
    made = View(
        Document("d", "hindi", "hi", segment.text, "", "d"), [segment], [said], [], list(renderings), list(findings)
    )
    summary, out = Summary(), io.StringIO()
    summary.add(made, TERMBASE)
    write_html(out, "t", summary, [made], TERMBASE, {}, LEXICON, Judge({}, {}, precision or {}))
    return out.getvalue()


DEPRECATED = Finding(
    "f", "d", 0, 0, 14, "कुशल जन आंदोलन", "term", "c", "suspicious", "major", 0.8,
    (Reason("deprecated", "reads 'movement'"), Reason("preferred", "preferred: कुशल जन-लामबंदी")), "कुशल जन-लामबंदी",
)  # fmt: skip


def test_a_finding_shows_its_gloss_what_came_back_and_how_far_its_rule_can_be_trusted() -> None:
    rendering = Rendering(
        "d",
        0,
        0,
        14,
        "कुशल जन आंदोलन",
        "c",
        "suspicious",
        0.8,
        (),
        {"one": "skillful mass movement"},
        {},
        "कुशल जन-लामबंदी",
    )
    text = report(
        DEPRECATED, renderings=(rendering,), precision={"without:deprecated": (3, 4), "with:deprecated": (9, 9)}
    )
    assert '<span class="in"><b lang="hi">आंदोलन</b><i lang="en">movement</i><i lang="vi">phong trào</i></span>' in text
    assert '<span><b lang="hi">मॉडल</b>' in text  # beside it
    assert text.count('<b lang="hi">वहाँ</b>') == 0  # too far to matter
    assert '<mark class="here">skillful mass movement</mark> is &lt;good&gt;' in text
    assert text.count("right 3 of 4 times (75 %, 95 % interval 30-95 %)") == 2  # under the finding and in the table
    assert "preferred: कुशल जन-लामबंदी</li>" not in text  # the arrow says it


def test_a_left_out_term_shows_the_gloss_of_the_whole_sentence_and_a_rule_never_seen_says_so() -> None:
    omitted = Finding("f", "d", 0, 0, 36, "", "term", "c", "omitted", "major", 0.8, (Reason("omitted", "not there"),))
    text = report(omitted)
    assert '<b lang="hi">वहाँ</b>' in text
    assert "not measured, it never fired on the annotated articles" in text
    assert "the original has the term, nothing renders it <small>(omitted, without an original)</small>" in text


def test_concepts_with_errors_come_before_those_with_variants() -> None:
    summary = Summary()
    for name, verdicts in {
        "a": "variant variant variant ok",
        "b": "ok ok ok wrong",
        "c": "ok",
        "d": "omitted suspicious",
    }.items():
        summary.concepts[name] = ConceptRow(name, name, name, "", Counter(verdicts.split()))
    assert [row.id for row in summary.rows] == ["d", "b", "a", "c"]


def test_every_rule_that_can_come_first_is_described() -> None:
    codes = set()
    for path in sorted((Path(report_stage.__file__).parents[1] / "terms").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Reason":
                codes.update(one.value for one in ast.walk(node.args[0]) if isinstance(one, ast.Constant))
    evidence = {"status", "came-back", "round-trip", "other-term", "original", "absent", "preferred", "abbreviation"}
    assert {code for code in codes if isinstance(code, str)} - evidence <= set(RULES)


def test_the_table_of_findings_says_how_often_the_rule_was_right() -> None:
    made = view()
    out = io.StringIO()
    write_csv(out, [made], Judge({}, {}, {"without:deprecated": (3, 4)}))
    (row,) = csv.DictReader(io.StringIO(out.getvalue(), newline=""))
    assert (row["rule"], row["rule_right"], row["rule_found"]) == ("deprecated", "3", "4")


def test_the_concept_table_counts_every_rendering(finished: Project) -> None:
    text = (finished.output / "report" / "index.html").read_text(encoding="utf-8")
    assert "skillful mass mobilization" in text
    table = (finished.output / "report" / "findings.csv").read_text(encoding="utf-8")
    verdicts = Counter(
        row["verdict"] for row in csv.DictReader(io.StringIO(table, newline="")) if row["kind"] == "term"
    )
    assert verdicts == {"suspicious": 2}


@pytest.mark.skipif(CHROMIUM is None, reason="Debian's chromium is not installed; .ci/run installs it")
def test_filters_work_in_a_browser_without_network(finished: Project) -> None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        try:
            page = browser.new_page()
            problems: list[str] = []
            page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
            page.on("pageerror", lambda error: problems.append(str(error)))
            requests: list[str] = []
            page.on("request", lambda request: requests.append(request.url))
            page.goto((finished.output / "report" / "index.html").as_uri())
            assert page.inner_text("#shown") == "2 of 2 findings"
            page.fill("#q", "गाँव में")
            assert page.inner_text("#shown") == "1 of 2 findings"
            assert page.locator("article:visible").count() == 1
            page.fill("#q", "")
            page.select_option("#v", "suspicious")
            assert page.inner_text("#shown") == "2 of 2 findings"
            page.select_option("#d", "phu/hai")
            assert page.inner_text("#shown") == "0 of 2 findings"
            assert page.locator("section.document:visible").count() == 0
            page.select_option("#d", "")
            page.select_option("#v", "")
            page.click("summary >> nth=0")
            assert page.locator("td.hi:visible").count() == 3
            assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
            assert problems == []
            assert all(url.startswith("file://") for url in requests)
        finally:
            browser.close()
