"""The config file as typed, frozen objects, one section a stage.

    documents:    {path: corpora/sample/hindi, originals: corpora/sample/vietnamese}
    segments:     {max_characters: 600}
    translations:
      - {to: en, engine: bundled}
      - {to: vi, engine: bundled}
    alignments:   {embedder: bundled, max_sentences: 5}
    terms:        {termbase: corpora/termbases/vietnam-official.yaml}
    report:       {title: "Quickstart"}
    corpus:       {formats: [tmx, tsv, jsonl, parquet]}
    run:          {output: runs/quickstart, executor: local, workers: 2}

`extends: base.yaml` takes another file's keys first; mappings merge, lists and scalars replace, `null`
unsets. Paths are relative to the file's project (the nearest folder above with a pyproject.toml or .git,
else the file's own folder), paths given with `--set` to the working folder.
"""

from __future__ import annotations

import difflib
import os
import typing
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from align.errors import ConfigError, Problem

Back = Literal["en", "vi"]


class Section(BaseModel):
    """Base of all sections: unknown keys are refused, values are frozen, no silent conversion of text."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Columns(Section):
    """Which columns of a .csv, .tsv or .jsonl hold what; one row a document."""

    id: str = "id"
    text: str = "text"
    original: str = "original"
    title: str = "title"
    source: str = "source"


class DocumentsConfig(Section):
    """`path` and `originals`: a file, a folder or a glob, or a list of them.

    `versions` names further versions of the articles in the same way, by language: a published English one, or a
    back-translation of whole articles. `pairing`: whether files whose names differ are paired by what they say.
    """

    path: Annotated[tuple[str, ...], Field(min_length=1)]
    originals: tuple[str, ...] = ()
    originals_language: Literal["vi", "en"] = "vi"
    versions: dict[Literal["vi", "en"], tuple[str, ...]] = {}
    pairing: Literal["names", "content"] = "content"
    encoding: str | None = None
    columns: Columns = Columns()
    max_megabytes: Annotated[float, Field(gt=0, le=2000)] = 50

    @field_validator("path", "originals", mode="before")
    @classmethod
    def _one_or_many(cls, value: Any) -> Any:
        if value is None:
            return ()
        return (value,) if isinstance(value, str) else value

    @field_validator("versions", mode="before")
    @classmethod
    def _each_one_or_many(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        return {language: (paths,) if isinstance(paths, str) else paths for language, paths in value.items()}


class SegmentsConfig(Section):
    """A sentence of more than `max_characters` is cut at clause marks, with a record.

    `boilerplate`: whether source lines, comment counts, advertisement marks and share bars are dropped.
    """

    max_characters: Annotated[int, Field(ge=40, le=20000)] = 600
    boilerplate: Literal["drop", "keep"] = "drop"


class TranslationConfig(Section):
    """One back-translation from Hindi. `name` labels its records; default: the engine, or the model's last part."""

    to: Back
    engine: str
    via: Back | None = None
    name: str | None = None
    model: str | None = None
    file: str | None = None
    beams: Annotated[int, Field(ge=1, le=32)] = 4
    batch_tokens: Annotated[int, Field(ge=64, le=1_000_000)] = 2048
    max_tokens: Annotated[int, Field(ge=8, le=4096)] = 256
    device: str = "cpu"
    dtype: Literal["float32", "bfloat16", "float16"] = "float32"
    compute_type: Literal["int8", "int8_float32", "int8_bfloat16", "bfloat16", "float32", "default"] = "int8"
    threads: Annotated[int, Field(ge=1, le=256)] = 1
    languages: dict[str, str] = {}
    trust_remote_code: bool = False

    @property
    def label(self) -> str:
        """What records call this translation's engine."""
        return self.name or (Path(self.model).name if self.model else self.engine)


class AlignmentsConfig(Section):
    """`max_sentences` bounds the sentences of a bead, both sides together. `model` names a sentence-transformers checkpoint."""

    embedder: str = "bundled"
    model: str | None = None
    max_sentences: Annotated[int, Field(ge=2, le=16)] = 5
    batch_tokens: Annotated[int, Field(ge=64, le=1_000_000)] = 4096
    device: str = "cpu"
    trust_remote_code: bool = False


class TermsConfig(Section):
    """`termbase`: one YAML file or several; `checks`: whether numbers, names and the like are checked too."""

    termbase: Annotated[tuple[str, ...], Field(min_length=1)]
    checks: bool = True

    @field_validator("termbase", mode="before")
    @classmethod
    def _one_or_many(cls, value: Any) -> Any:
        return (value,) if isinstance(value, str) else value


class ReportConfig(Section):
    """`title` heads the report; default: the config's name."""

    title: str = ""


class CorpusConfig(Section):
    """Which files the parallel corpus is written to, and from which alignment score on (0 to 1)."""

    formats: tuple[Literal["tmx", "tsv", "jsonl", "parquet"], ...] = ("tmx", "tsv", "jsonl", "parquet")
    min_score: Annotated[float, Field(ge=0, le=1)] = 0.0


class RunConfig(Section):
    """Where the run folder and the translation cache are and how the work is spread.

    `workers` is the number of processes that translate; it changes the speed, never the records.
    """

    output: str = ""
    executor: str = "local"
    workers: Annotated[int, Field(ge=1, le=256)] = 2
    cache: str = ""


class Config(Section):
    """A whole config. `name` is the file's stem."""

    name: str
    documents: DocumentsConfig
    segments: SegmentsConfig = SegmentsConfig()
    translations: Annotated[tuple[TranslationConfig, ...], Field(min_length=1)]
    alignments: AlignmentsConfig = AlignmentsConfig()
    terms: TermsConfig
    report: ReportConfig = ReportConfig()
    corpus: CorpusConfig = CorpusConfig()
    run: RunConfig = RunConfig()


# The settings that are paths, by section; they are made absolute once, here, and nowhere else.
_PATHS = {"documents": ("path", "originals", "versions"), "terms": ("termbase",), "run": ("output", "cache")}
_MODEL_PATHS = ("model", "file")


@dataclass(frozen=True)
class Loaded:
    """A config with the places of its keys, so that later checks can name file and line."""

    config: Config
    places: dict[str, str]
    project: Path

    def place(self, path: str) -> str:
        """`file:line` of a dotted key, or of the nearest key above it."""
        while path and path not in self.places:
            path = path.rpartition(".")[0]
        return self.places.get(path, self.places[""])


def load(file: Path | str, settings: Sequence[str] = ()) -> Loaded:
    """Read a config and its bases, apply `section.key=value` settings, check everything.

    Raises ConfigError with every problem found.
    """
    file = Path(file)
    problems: list[Problem] = []
    places: dict[str, str] = {"": str(file)}
    data = _read(file, places, problems, ())
    project = project_of(file)
    if not isinstance(data, dict):
        raise ConfigError(problems)
    for setting in settings:
        _apply(setting, data, places, problems)
    data["name"] = file.stem
    config = _build(data, places, problems, file)
    if problems or config is None:
        raise ConfigError(problems)
    return Loaded(config, places, project)


def project_of(file: Path) -> Path:
    """The folder that relative paths in the config start from."""
    folder = file.absolute().parent
    for candidate in (folder, *folder.parents):
        if (candidate / "pyproject.toml").is_file() or (candidate / ".git").exists():
            return candidate
    return folder


def _read(file: Path, places: dict[str, str], problems: list[Problem], above: tuple[Path, ...]) -> Any:
    here = str(file)
    if file.resolve() in above:
        problems.append(Problem(here, "extends", str(file), "a chain of files that does not come back to itself"))
        return {}
    try:
        text = file.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        problems.append(Problem(here, "config", "no such file", "a YAML file; configs/ holds examples"))
        return None
    except (OSError, UnicodeDecodeError) as error:
        problems.append(Problem(here, "config", str(error), "a readable YAML file in UTF-8"))
        return None
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        data = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{here}:{mark.line + 1}" if mark else here
        problems.append(Problem(where, "config", str(getattr(error, "problem", error)), "valid YAML"))
        return None
    except (RecursionError, ValueError) as error:
        problems.append(Problem(here, "config", str(error)[:80], "YAML of ordinary depth and values"))
        return None
    if data is None:
        data = {}
    if not isinstance(data, dict):
        problems.append(Problem(f"{here}:1", "config", _short(data), "sections such as `documents:` and `run:`"))
        return None
    own: dict[str, str] = {}
    _mark(node, "", here, own, problems)
    bad = [key for key in data if not isinstance(key, str)]
    for key in bad:
        problems.append(Problem(here, str(key), "", "keys that are words"))
        del data[key]
    base = data.pop("extends", None)
    _absolute(data, project_of(file))
    if base is None:
        places.update(own)
        return data
    if not isinstance(base, str):
        problems.append(Problem(own.get("extends", here), "extends", _short(base), "the path of one YAML file"))
        return data
    parent = _read((file.parent / base), places, problems, (*above, file.resolve()))
    places.update(own)
    places[""] = here
    return _merge(parent, data) if isinstance(parent, dict) else data


def _mark(node: Any, path: str, file: str, places: dict[str, str], problems: list[Problem]) -> None:
    """Remember file and line of every key; report keys that stand twice in one mapping."""
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            name = f"{path}.{key.value}" if path else str(key.value)
            line = f"{file}:{key.start_mark.line + 1}"
            if name in seen:
                problems.append(Problem(line, name, "the key a second time", "each key once"))
            seen.add(name)
            places[name] = line
            _mark(value, name, file, places, problems)
    elif isinstance(node, yaml.SequenceNode):
        for number, item in enumerate(node.value):
            places[f"{path}.{number}"] = f"{file}:{item.start_mark.line + 1}"
            _mark(item, f"{path}.{number}", file, places, problems)


def _merge(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in over.items():
        if isinstance(value, dict) and isinstance(merged.get(key), dict):
            merged[key] = _merge(merged[key], value)
        else:
            merged[key] = value
    return merged


def _absolute(data: dict[str, Any], folder: Path) -> None:
    """Make the paths among the settings absolute, in place."""

    def one(value: Any) -> Any:
        if isinstance(value, str) and value:
            return os.path.normpath(folder / Path(value).expanduser())
        if isinstance(value, dict):
            return {key: one(item) for key, item in value.items()}
        return [one(item) for item in value] if isinstance(value, list) else value

    for section, keys in _PATHS.items():
        mapping = data.get(section)
        if isinstance(mapping, dict):
            for key in keys:
                if key in mapping:
                    mapping[key] = one(mapping[key])
    entries = data.get("translations")
    models = [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []
    if isinstance(data.get("alignments"), dict):
        models.append(data["alignments"])
    for entry in models:
        for key in _MODEL_PATHS:
            value = entry.get(key)
            # A model is a folder or a hub name: `facebook/nllb-200-distilled-600M` stays as it is.
            if isinstance(value, str) and (key == "file" or _looks_like_path(value, folder)):
                entry[key] = one(value)


def _looks_like_path(value: str, folder: Path) -> bool:
    return value.startswith(("/", "./", "../", "~")) or (folder / value).exists() or value.count("/") > 1


def _apply(setting: str, data: dict[str, Any], places: dict[str, str], problems: list[Problem]) -> None:
    """Put one `section.key=value` into the data; the value is read as YAML."""
    where = f"--set {setting}"
    path, separator, text = setting.partition("=")
    keys = path.strip().split(".")
    if not separator or len(keys) < 2 or not all(keys):
        problems.append(Problem(where, path, "", "section.key=value, as in --set run.workers=4"))
        return
    try:
        value = yaml.safe_load(text)
    except yaml.YAMLError:
        value = text
    target: Any = data
    for key in keys[:-1]:
        if isinstance(target, list):
            if not key.isdigit() or int(key) >= len(target):
                problems.append(Problem(where, path, key, f"the number of an entry, 0 to {len(target) - 1}"))
                return
            target = target[int(key)]
        else:
            if not isinstance(target.get(key), (dict, list)):
                target[key] = {}
            target = target[key]
    last = keys[-1]
    if isinstance(target, list):
        if not last.isdigit() or int(last) >= len(target):
            problems.append(Problem(where, path, last, f"the number of an entry, 0 to {len(target) - 1}"))
            return
        target[int(last)] = value
    elif isinstance(target, dict):
        target[last] = value
        if keys[0] in _PATHS and keys[1] in _PATHS[keys[0]]:
            section: dict[str, Any] = {keys[0]: {keys[1]: value}}
            _absolute(section, Path.cwd())
            target[last] = section[keys[0]][keys[1]]
        elif last in _MODEL_PATHS:
            scope: dict[str, Any] = {keys[0]: {last: value}} if len(keys) == 2 else {"translations": [{last: value}]}
            _absolute(scope, Path.cwd())
            target[last] = scope[keys[0]][last] if len(keys) == 2 else scope["translations"][0][last]
    places[path] = where


def _build(data: dict[str, Any], places: dict[str, str], problems: list[Problem], file: Path) -> Config | None:
    for section in [key for key, value in data.items() if value is None]:
        del data[section]  # `terms: null` unsets what a base file said
    for mapping in data.values():
        if isinstance(mapping, dict):
            for key in [key for key, value in mapping.items() if value is None]:
                del mapping[key]
    try:
        config = Config.model_validate(data)
    except ValidationError as error:
        problems.extend(_explain(error, data, places))
        return None
    if not config.run.output:
        output = str(project_of(file) / "runs" / config.name)
        config = config.model_copy(update={"run": config.run.model_copy(update={"output": output})})
    if not config.report.title:
        config = config.model_copy(update={"report": ReportConfig(title=config.name)})
    problems.extend(_contradictions(config, places))
    return config


def _place(path: str, places: dict[str, str]) -> str:
    while path and path not in places:
        path = path.rpartition(".")[0]
    return places.get(path, places[""])


def _explain(error: ValidationError, data: dict[str, Any], places: dict[str, str]) -> Iterator[Problem]:
    errors = error.errors()
    for item in errors:
        if item["type"] == "too_short":
            if any(
                len(other["loc"]) > len(item["loc"]) and other["loc"][: len(item["loc"])] == item["loc"]
                for other in errors
            ):
                continue  # only for want of its entries, which have their own problems
            item["msg"] = "at least one entry"
        path = ".".join(str(part) for part in item["loc"])
        value = _short(item.get("input"))
        if item["type"] == "extra_forbidden":
            valid = sorted(
                _fields_at(item["loc"][:-1]) - {"name"} if len(item["loc"]) == 1 else _fields_at(item["loc"][:-1])
            )
            if len(item["loc"]) == 1:
                valid = sorted([*valid, "extends"])
            near = difflib.get_close_matches(str(item["loc"][-1]), valid, n=1, cutoff=0.5)
            hint = f"`{near[0]}`? Valid here: " if near else "one of "
            yield Problem(_place(path, places), path, "an unknown key", hint + ", ".join(valid))
        elif item["type"] == "missing":
            yield Problem(_place(path, places), path, "nothing", _describe(item["loc"]))
        else:
            yield Problem(_place(path, places), path, value, _expected(item))


def _expected(item: Any) -> str:
    message = str(item["msg"])
    for prefix in ("Input should be ", "Value error, "):
        message = message.removeprefix(prefix)
    return message


_DESCRIPTIONS = {
    "documents": "a section `documents: {path: FOLDER}`",
    "documents.path": "a file, a folder or a glob with the Hindi articles",
    "translations": "a list such as `- {to: en, engine: bundled}`",
    "terms": "a section `terms: {termbase: FILE.yaml}`",
    "terms.termbase": "a termbase in YAML, such as corpora/termbases/vietnam-official.yaml",
}


def _describe(loc: tuple[Any, ...]) -> str:
    path = ".".join(str(part) for part in loc)
    if path in _DESCRIPTIONS:
        return _DESCRIPTIONS[path]
    last = str(loc[-1])
    return {"to": "`en` or `vi`", "engine": "an engine's name; `align engines` lists them"}.get(last, "a value")


def _fields_at(loc: tuple[Any, ...]) -> set[str]:
    """The valid keys of the section at `loc`."""
    model: type[BaseModel] = Config
    for part in loc:
        if isinstance(part, int):
            continue
        annotation: Any = model.model_fields[str(part)].annotation
        for candidate in (annotation, *typing.get_args(annotation)):
            if isinstance(candidate, type) and issubclass(candidate, BaseModel):
                model = candidate
    return set(model.model_fields)


def _contradictions(config: Config, places: dict[str, str]) -> Iterator[Problem]:
    seen: dict[tuple[str, str], int] = {}
    for number, entry in enumerate(config.translations):
        path = f"translations.{number}"
        key = (entry.to, entry.label)
        if key in seen:
            expected = f"another `name:` than entry {seen[key]}, which also translates to {entry.to} as {entry.label}"
            yield Problem(_place(path, places), path, entry.label, expected)
        seen.setdefault(key, number)
        if entry.via == entry.to:
            yield Problem(
                _place(path + ".via", places), path + ".via", entry.via, f"a language other than `to: {entry.to}`"
            )
        if entry.label == "original":
            yield Problem(
                _place(path, places), path + ".name", "original", "another name: `original` means the original text"
            )


def _short(value: Any) -> str:
    text = repr(value) if not isinstance(value, str) else f"`{value}`"
    return text if len(text) <= 80 else text[:77] + "..."
