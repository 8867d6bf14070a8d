"""The report in a real browser, the escaping of untrusted text, and the findings as CSV."""

from __future__ import annotations

import csv
import io
import shutil
from collections import Counter
from pathlib import Path

import pytest
from conftest import Project

from align.records import Document, Finding, Reason, Segment, Translation
from align.stages.report import Summary, View, mark, write_csv, write_html
from align.terms.termbase import Concept, Form, Termbase

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
