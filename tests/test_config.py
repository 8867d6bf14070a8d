"""Configs: what is read, what is refused, and that every problem is told at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from align.config import Config, load
from align.errors import ConfigError

GOOD = """\
documents: {path: hindi}
translations:
  - {to: en, engine: bundled}
terms: {termbase: terms.yaml}
"""


def write(folder: Path, text: str, name: str = "good.yaml") -> Path:
    (folder / "pyproject.toml").touch()
    path = folder / "configs" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def problems(folder: Path, text: str, *settings: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load(write(folder, text), settings)
    return [str(problem) for problem in caught.value.problems]


def test_paths_start_from_the_project_and_the_output_from_the_name(tmp_path: Path) -> None:
    config = load(write(tmp_path, GOOD)).config
    assert config.documents.path == (str(tmp_path / "hindi"),)
    assert config.terms.termbase == (str(tmp_path / "terms.yaml"),)
    assert config.run.output == str(tmp_path / "runs" / "good")
    assert config.report.title == config.name == "good"


def test_a_base_file_is_merged_and_null_unsets(tmp_path: Path) -> None:
    write(tmp_path, GOOD + "segments: {max_characters: 300}\nreport: {title: Base}\nrun: {workers: 3}\n", "base.yaml")
    path = write(tmp_path, "extends: base.yaml\nreport: null\nrun: {cache: c.sqlite}\n", "child.yaml")
    config = load(path).config
    assert config.segments.max_characters == 300
    assert config.report.title == "child"
    assert (config.run.workers, config.run.cache) == (3, str(tmp_path / "c.sqlite"))


def test_settings_win_and_are_read_as_yaml(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    settings = ["run.workers=4", "translations.0.beams=1", "documents.path=other", "documents.originals=null"]
    config = load(write(tmp_path, GOOD), settings).config
    assert (config.run.workers, config.translations[0].beams) == (4, 1)
    assert config.documents.path == (str(tmp_path / "other"),)
    assert config.documents.originals == ()


def test_a_hub_name_is_no_path(tmp_path: Path) -> None:
    entry = "  - {to: vi, engine: transformers, model: facebook/nllb-200-distilled-600M}\n"
    config = load(write(tmp_path, GOOD.replace("terms:", entry + "terms:"))).config
    assert config.translations[1].model == "facebook/nllb-200-distilled-600M"
    assert config.translations[1].label == "nllb-200-distilled-600M"


def test_every_problem_is_told_at_once_with_its_line(tmp_path: Path) -> None:
    text = "documents: {pth: hindi}\ntranslations:\n  - {to: fr, engine: bundled, beams: 0}\nrun: {workers: many}\n"
    found = problems(tmp_path, text)
    said = "\n".join(found)
    assert len(found) == 6
    assert "good.yaml:1: documents.pth: found an unknown key; expected `path`?" in said
    assert "documents.path: found nothing; expected a file, a folder or a glob" in said
    assert "good.yaml:3: translations.0.to: found `fr`; expected 'en' or 'vi'" in said
    assert "good.yaml:3: translations.0.beams: found 0" in said
    assert "terms: found nothing; expected a section" in said
    assert "good.yaml:4: run.workers: found `many`" in said


@pytest.mark.parametrize(
    ("text", "settings", "expected"),
    [
        (GOOD + "documnts: {}\n", (), "`documents`?"),
        (GOOD + "run: {worker: 2}\n", (), "`workers`?"),
        (GOOD + "run: {workers: 2}\nrun: {workers: 3}\n", (), "a second time"),
        ("- a list\n", (), "sections such as"),
        ("", (), "documents: found nothing"),
        ("documents: {path: [\n", (), "valid YAML"),
        (GOOD + "extends: missing.yaml\n", (), "missing.yaml: config: found no such file"),
        (GOOD + "extends: good.yaml\n", (), "does not come back to itself"),
        (GOOD, ("workers=2",), "section.key=value"),
        (GOOD, ("translations.7.beams=2",), "number of an entry"),
        (GOOD.replace("engine: bundled}", "engine: bundled}\n  - {to: en, engine: bundled}"), (), "another `name:`"),
        (GOOD.replace("engine: bundled", "engine: bundled, via: en"), (), "a language other than"),
        (GOOD.replace("engine: bundled", "engine: bundled, name: original"), (), "means the original text"),
        (GOOD + "segments: {max_characters: 3}\n", (), "greater than or equal to 40"),
        (GOOD + "corpus: {formats: [tmx, doc]}\n", (), "'tmx', 'tsv', 'jsonl' or 'parquet'"),
    ],
)
def test_problems(tmp_path: Path, text: str, settings: tuple[str, ...], expected: str) -> None:
    assert expected in "\n".join(problems(tmp_path, text, *settings))


def test_a_missing_and_an_unreadable_config(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such file"):
        load(tmp_path / "none.yaml")
    binary = tmp_path / "binary.yaml"
    binary.write_bytes(b"\xff\xfe\x00\x01\x80")
    with pytest.raises(ConfigError, match="readable YAML file in UTF-8"):
        load(binary)


def test_all_shipped_configs_are_valid() -> None:
    folder = Path(__file__).parents[1] / "configs"
    names = {path.stem: load(path).config for path in sorted(folder.glob("*.yaml"))}
    assert isinstance(names["quickstart"], Config)
