"""What a person is told when something is wrong: exit code, words, no traceback, nothing lost.

`python tests/test_broken_inputs.py` prints the table.
"""

from __future__ import annotations

import errno
import json
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import Project, write_project

from align.errors import StoreError
from align.store import replacing

Break = Callable[[Project], list[str] | None]


def _config(old: str, new: str) -> Break:
    def change(project: Project) -> None:
        text = project.config.read_text()
        assert old in text
        project.config.write_text(text.replace(old, new))

    return change


def _write(name: str, data: bytes) -> Break:
    def change(project: Project) -> None:
        path = project.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)

    return change


def _only(name: str, data: bytes) -> Break:
    """Replace all articles by one file."""

    def change(project: Project) -> None:
        for path in (project.folder / "hindi").rglob("*.txt"):
            path.unlink()
        _write(f"hindi/{name}", data)(project)

    return change


def _all(*breaks: Break) -> Break:
    def change(project: Project) -> None:
        for one in breaks:
            one(project)

    return change


def _arguments(*arguments: str) -> Break:
    return lambda project: list(arguments)


def _checkpoint(project: Project) -> None:
    folder = project.folder / "model"
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps({"model_type": "bart", "d_model": 16}))
    (folder / "model.safetensors").write_bytes(b"\x00" * 100)
    _config("engine: recorded, file: recorded.en.tsv", "engine: transformers, model: ./model")(project)


LONG = "अ".encode() * 700_000 + b"\n"
CASES: dict[str, tuple[Break, int, str]] = {
    "config that is not there": (lambda project: project.config.unlink(), 2, "no such file; expected a YAML file"),
    "config that is not YAML": (_write("small.yaml", b"documents: {path: [\n"), 2, "small.yaml:2: config: found"),
    "config of another kind": (_write("small.yaml", b"- a\n- b\n"), 2, "expected sections such as `documents:`"),
    "config in binary": (_write("small.yaml", b"\xff\xfe\x80\x81\x00"), 2, "expected a readable YAML file in UTF-8"),
    "unknown key": (_config("alignments: {embedder", "alignments: {embeder"), 2, "`embedder`? Valid here"),
    "value of the wrong type": (_config("workers: 1", "workers: two"), 2, "small.yaml:7: run.workers: found `two`; expected"),
    "key that stands twice": (_config("run: {", "run: {}\nrun: {"), 2, "the key a second time"),
    "--set without a value": (_arguments("--set", "run.workers"), 2, "expected section.key=value"),
    "--from an unknown stage": (_arguments("--from", "alignment"), 2, "one of documents, segments"),
    "unknown engine": (_config("engine: recorded, file: recorded.en.tsv", "engine: bundeld"), 2, "`bundled`? Known:"),
    "unknown embedder": (_config("embedder: bundled", "embedder: labse"), 2, "unknown embedder `labse`; expected"),
    "model folder that is not there": (
        _config("engine: recorded, file: recorded.en.tsv", "engine: transformers, model: ./none/at/all"), 2, "an existing folder with a checkpoint"),
    "folder that is no checkpoint": (
        _config("engine: recorded, file: recorded.en.tsv", "engine: ctranslate2, model: ./hindi"), 2, "config.json is missing"),
    "damaged checkpoint": (_checkpoint, 3, "model: "),
    "recorded file that is not there": (_config("recorded.en.tsv", "none.tsv"), 2, "none.tsv; expected an existing TSV"),
    "recorded file with a bad row": (_write("recorded.en.tsv", b"mot\tone\ttext\n"), 3, "recorded.en.tsv:1: found ['mot', 'one', 'text']"),
    "termbase that is not there": (_config("termbase.yaml", "none.yaml"), 2, "none.yaml: cannot be read"),
    "termbase with problems": (
        _write("termbase.yaml", b"- id: a\n  vietnamese: [x]\n  hindi: [{form: k, status: good}]\n- id: a\n"), 2, "expected preferred, admitted or deprecated"),
    "documents folder that is not there": (_config("path: hindi", "path: hindu"), 2, "hindu: no such file or folder"),
    "folder without documents": (_all(_config("path: hindi", "path: empty"), _write("empty/a.pdf", b"%PDF")), 2, "no article in"),
    "empty file": (_only("a.txt", b""), 3, "the file is empty; expected an article"),
    "binary file": (_only("a.txt", b"\x89PNG\r\n\x1a\n\x00\x00\x00"), 3, "a binary file"),
    "binary .docx": (_only("a.docx", b"PK\x03\x04nothing"), 3, "not a Word document"),
    "wrong encoding": (_only("a.txt", "पार्टी".encode() + b"\xe9\xe0"), 3, "not utf-8 at byte 18"),
    "English instead of Hindi": (_only("a.txt", b"The committee of the district has met and decided that it will go on."), 3, "looks like `en`"),
    "line of 2 MB over the limit": (
        _all(_only("a.txt", LONG), _config("documents: {", "documents: {max_megabytes: 1, ")), 3, "expected at most 1 MB an article file"),
    "one bad article among good ones": (_write("hindi/bad.txt", b"\xe9\xe0\xff"), 3, "1 document could not be used; all others are done"),
    "duplicate ids": (_write("hindi/mot.md", "लेख".encode()), 2, "two files with the id `mot`"),
    "duplicate ids in a table": (
        _only("t.jsonl", '{"id": "1", "text": "एक लेख है।"}\n'.encode() * 2), 3, "id `1` (hindi) stands twice"),
    "output that is a file": (_all(_write("out", b"x")), 2, "is a file"),
    "output that may not be written": (_config("output: out", "output: /proc/nowhere/out"), 3 if os.geteuid() == 0 else 2, "run.output"),
    "output that holds other files": (_write("out/thesis.tex", b"x"), 3, "holds other files and is no run folder"),
    "corrupt translation cache": (_write("cache/translations.sqlite", b"no database at all" * 99), 3, "translations.sqlite: damaged"),
    "corrupt unit store": (_write("out/.align/units.sqlite", b"no database at all" * 99), 3, "units.sqlite: damaged"),
}  # fmt: skip


def run(project: Project, case: str) -> tuple[int, str]:
    arguments = CASES[case][0](project) or []
    result = project.align("run", project.config, *arguments)
    return result.returncode, result.stderr


@pytest.mark.parametrize("case", CASES)
def test_broken_input(case: str, project: Project) -> None:
    code, said = run(project, case)
    assert "Traceback" not in said, said
    assert (code, CASES[case][2] in said) == (CASES[case][1], True), said


def test_check_finds_all_of_them_at_once(project: Project) -> None:
    for case in (
        "unknown engine",
        "unknown embedder",
        "termbase that is not there",
        "documents folder that is not there",
    ):
        CASES[case][0](project)
    result = project.align("check", project.config)
    assert result.returncode == 2
    assert "4 problems in the config" in result.stderr


def test_a_good_config_is_said_to_be_good(project: Project) -> None:
    result = project.align("check", project.config)
    assert (result.returncode, result.stderr) == (0, "")
    assert "no problem; 2 article files, 1 originals" in result.stdout


def test_finished_work_survives_what_stops_a_run(project: Project) -> None:
    assert project.align("run", project.config).returncode == 0
    before = project.records()
    _write("hindi/mot.md", "लेख".encode())(project)
    assert project.align("run", project.config).returncode == 2
    assert project.records() == before


@pytest.mark.parametrize(("number", "words"), [(errno.ENOSPC, "the disk is full"), (errno.EROFS, "may not be written")])
def test_a_full_disk_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, words: str
) -> None:
    path = tmp_path / "segments.jsonl"
    path.write_text("old\n")

    def fail(_: int) -> None:
        raise OSError(number, "no")

    monkeypatch.setattr("os.fsync", fail)
    with pytest.raises(StoreError, match=words), replacing(path) as stream:
        stream.write("new\n")
    assert path.read_text() == "old\n"
    assert [one.name for one in tmp_path.iterdir()] == ["segments.jsonl"]


if __name__ == "__main__":
    for name in CASES:
        with tempfile.TemporaryDirectory() as folder:
            code, said = run(write_project(Path(folder)), name)
            words = " ".join(said.split()).replace(folder, "DIR")
            sys.stdout.write(f"| {name} | {code} | {words[:230]} |\n")
