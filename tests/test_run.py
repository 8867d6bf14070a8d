"""The run folder: what is in it, what is reused, what survives a kill."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from conftest import ROOT, Project, write_project

from align.config import load
from align.records import Alignment, Document, Finding, Rendering, Segment, Translation
from align.run import STAGES, Run
from align.store import Groups, RunFolder, read_records


def test_the_run_folder_keeps_its_contract(finished: Project) -> None:
    names = {path.relative_to(finished.output).as_posix() for path in finished.output.rglob("*") if path.is_file()}
    assert {name for name in names if not name.startswith(".align/")} == {
        "manifest.json", "documents.jsonl", "segments.jsonl", "translations.jsonl", "alignments.jsonl", "renderings.jsonl",
        "findings.jsonl", "dropped.jsonl", "report/index.html", "report/findings.csv", "corpus/small.tmx", "corpus/small.tsv",
        "corpus/small.jsonl", "corpus/small.parquet", "corpus/README.md",
    }  # fmt: skip
    manifest = json.loads((finished.output / "manifest.json").read_text())
    assert manifest["status"] == "done"
    assert list(manifest["stages"]) == list(STAGES)
    assert manifest["stages"]["segments"]["dropped"] == {"advertisement": 1, "comments": 1, "source": 1}
    assert manifest["config"]["run"]["workers"] == 1
    assert set(manifest["engines"]) == {"en:recorded", "vi:recorded"}


def test_every_segment_has_both_languages_and_every_record_reads_back(finished: Project) -> None:
    folder = RunFolder(finished.output)
    segments = [one for one in folder.read(Segment) if one.role == "hindi"]
    texts = {one.id: one.text for one in folder.read(Document) if one.role == "hindi"}
    assert all(texts[one.document][one.start : one.end] == one.text for one in segments)
    translated = {(one.document, one.index, one.language) for one in folder.read(Translation) if one.text}
    assert translated == {(one.document, one.index, language) for one in segments for language in ("en", "vi")}
    beads = [one for one in folder.read(Alignment) if one.engine == "original"]
    assert sorted(index for bead in beads for index in bead.hindi) == [0, 1, 2]
    assert sorted(index for bead in beads for index in bead.other) == [0, 1, 2]


def test_the_findings_are_those_a_person_would_name(finished: Project) -> None:
    folder = RunFolder(finished.output)
    findings = [(one.document, one.index, one.hindi, one.verdict) for one in folder.read(Finding) if one.kind == "term"]
    assert findings == [("mot", 0, "कुशल जन-आंदोलन", "suspicious"), ("mot", 1, "कुशल जन-आंदोलन", "suspicious")]
    renderings = [(one.hindi, one.concept, one.verdict) for one in folder.read(Rendering)]
    assert ("कुशल जन लामबंदी", "dan-van-kheo", "ok") in renderings
    assert ("जन समिति", "uy-ban-nhan-dan", "ok") in renderings


def test_a_second_run_does_nothing_and_a_comment_changes_nothing(project: Project) -> None:
    assert project.align("run", project.config).returncode == 0
    before = project.records()
    times = {
        path.name: path.stat().st_mtime_ns for path in project.output.glob("*.jsonl") if path.name != "dropped.jsonl"
    }
    project.config.write_text("# a comment\n" + project.config.read_text().replace("workers: 1", "workers:   1"))
    second = project.align("run", project.config)
    assert second.returncode == 0
    assert second.stdout.count(" all ") == len(STAGES)
    assert project.records() == before
    assert times == {name: (project.output / name).stat().st_mtime_ns for name in times}


def test_what_changed_decides_what_reruns_and_the_dry_run_says_why(project: Project) -> None:
    fresh = project.align("run", project.config, "--dry-run")
    assert "documents     would run    not run yet (3 files)" in fresh.stdout
    assert not project.output.exists()
    project.align("run", project.config)
    base = project.folder / "termbase.yaml"
    base.write_text(base.read_text().replace("status: admitted", "status: deprecated"))
    said = project.align("run", project.config, "--dry-run").stdout.splitlines()
    assert [line.split()[1] for line in said[:4]] == ["reused"] * 4
    assert "would run" in said[4]
    assert "termbase changed" in said[4]
    settings = ("--set", "segments.max_characters=80")
    said = project.align("run", project.config, "--dry-run", *settings).stdout.splitlines()
    assert "would run    config.max_characters changed from 600 to 80" in said[1]
    assert all("segments run first" in line for line in said[2:])


def test_an_article_added_to_the_folder_is_processed_alone(project: Project) -> None:
    project.align("run", project.config)
    before = project.records()["segments.jsonl"].splitlines()
    (project.folder / "hindi" / "ba.txt").write_text("जन समिति ने बैठक की।\n", encoding="utf-8")
    with (project.folder / "recorded.en.tsv").open("a") as stream:
        stream.write("ba\t0\tThe People's Committee met.\n")
    result = project.align("run", project.config)
    assert result.returncode == 0
    manifest = json.loads((project.output / "manifest.json").read_text())["stages"]
    assert (manifest["documents"]["reused"], manifest["documents"]["units"]) == (3, 4)
    assert (manifest["segments"]["reused"], manifest["segments"]["units"]) == (3, 4)
    assert manifest["alignments"]["units"] - manifest["alignments"]["reused"] == 1
    assert set(before) < set(project.records()["segments.jsonl"].splitlines())


def test_from_and_until(project: Project) -> None:
    assert project.align("run", project.config, "--until", "segments").returncode == 0
    assert not (project.output / "translations.jsonl").exists()
    early = project.align("run", project.config, "--from", "terms")
    assert early.returncode == 3
    assert "holds no finished `translations`" in early.stderr
    assert project.align("run", project.config).returncode == 0
    before = project.records()
    again = project.align("run", project.config, "--from", "terms")
    assert again.returncode == 0
    assert again.stdout.count(" all ") == 4
    assert project.records() == before


def test_strict_says_that_there_are_findings(finished: Project) -> None:
    assert finished.align("run", finished.config, "--strict").returncode == 1


def test_two_runs_into_one_folder_are_refused(project: Project) -> None:
    import filelock

    (project.output / ".align").mkdir(parents=True)
    with filelock.FileLock(project.output / ".align" / "lock"):
        result = project.align("run", project.config)
    assert result.returncode == 3
    assert "another run is writing into this folder" in result.stderr


def test_workers_change_nothing(project: Project) -> None:
    project.align("run", project.config)
    before = project.records()
    shutil.rmtree(project.output)
    project.align("run", project.config, "--set", "run.workers=3")
    assert project.records() == before


@pytest.mark.slow
def test_a_killed_run_resumes_to_the_same_records(tmp_path: Path) -> None:
    """Killed with -9 at random moments, in the middle of whatever it was doing."""
    project = write_project(tmp_path)
    project.align("run", project.config)
    expected = project.records()
    shutil.rmtree(project.output)
    started = time.monotonic()
    project.align("run", project.config)
    whole = time.monotonic() - started
    chance = random.Random(7)
    for _ in range(4):
        shutil.rmtree(project.output)
        process = subprocess.Popen(
            [sys.executable, "-m", "align.cli", "run", str(project.config)], cwd=project.folder,
            env={**os.environ, "ALIGN_CACHE": str(project.folder / "cache"), "PYTHONPATH": str(ROOT)},
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        time.sleep(chance.uniform(0.3, 1.0) * whole)
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert not [
            path for path in project.output.glob("*.jsonl") if path.stat().st_size == 0 and path.name != "dropped.jsonl"
        ]
        result = project.align("run", project.config)
        assert result.returncode == 0, result.stderr
        assert project.records() == expected
        assert json.loads((project.output / "manifest.json").read_text())["status"] == "done"


def test_ctrl_c_ends_with_130_and_resumes(project: Project) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "align.cli", "run", str(project.config)], cwd=project.folder,
        env={**os.environ, "ALIGN_CACHE": str(project.folder / "cache"), "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    for _ in range(600):
        if (project.output / "segments.jsonl").exists():
            break
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "interrupted" in said
    assert "Traceback" not in said
    assert project.align("run", project.config).returncode == 0


def test_a_record_file_changed_by_hand_is_made_again(project: Project) -> None:
    project.align("run", project.config)
    before = project.records()
    (project.output / "segments.jsonl").write_text("not json\n")
    assert project.align("run", project.config).returncode == 0
    assert project.records() == before


def test_a_broken_record_names_its_line(tmp_path: Path) -> None:
    path = tmp_path / "segments.jsonl"
    path.write_text('{"document": "a"}\n')
    from align.errors import DataError

    with pytest.raises(DataError, match=r"segments\.jsonl:1: not a Segment record"):
        list(read_records(path, Segment))


def test_groups_skip_what_is_not_asked_for() -> None:
    groups = Groups(iter([("a", [1]), ("c", [3]), ("d", [4])]))
    assert [groups.take(name) for name in ("a", "b", "d")] == [[1], [], [4]]


def test_the_run_can_be_used_from_python(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALIGN_CACHE", str(project.folder / "cache"))
    outcome = Run(load(project.config)).execute(until="segments")
    assert [result.name for result in outcome.stages] == ["documents", "segments"]
    assert outcome.stages[1].records == 8


def test_a_run_that_has_nothing_to_do_loads_no_model(finished: Project) -> None:
    code = (
        "import sys; from pathlib import Path; from align.config import load; from align.run import Run\n"
        "Run(load(Path(sys.argv[1]))).execute()\n"
        "print([name for name in ('torch', 'transformers', 'ctranslate2', 'pyarrow') if name in sys.modules])"
    )
    out = subprocess.run(
        [sys.executable, "-c", code, str(finished.config)], capture_output=True, text=True, check=True, cwd=finished.folder,
        env={**os.environ, "ALIGN_CACHE": str(finished.folder / "cache"), "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert out.stdout.strip() == "[]"
