"""The termbase: concepts with their Vietnamese, English and Hindi, as a person writes them in YAML.

- id: dan-van-kheo
  vietnamese: [dân vận khéo]
  abbreviations: [DVK]
  english: [skillful mass mobilization]
  hindi:
    - {form: कुशल जन-लामबंदी, status: preferred}
    - {form: कुशल जन-आंदोलन, status: deprecated, why: "reads 'skillful mass movement'"}
  not: [...]       Hindi phrases inside which a form of this concept does not count
  note: ...
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal, cast

import yaml

from align.errors import DataError

Status = Literal["preferred", "admitted", "deprecated"]
STATUSES = ("preferred", "admitted", "deprecated")


@dataclass(frozen=True, slots=True)
class Form:
    """A Hindi rendering. `context`: deprecated only where other evidence says so."""

    form: str
    status: Status
    why: str = ""
    context: bool = False


@dataclass(frozen=True, slots=True)
class Concept:
    """One entry; the first of each list is the preferred one. `not_in` are the negative contexts (`not:`)."""

    id: str
    vietnamese: tuple[str, ...]
    english: tuple[str, ...]
    hindi: tuple[Form, ...]
    abbreviations: tuple[str, ...] = ()
    not_in: tuple[str, ...] = ()
    domain: str = ""
    broader: str = ""
    sense: str = ""
    note: str = ""

    @property
    def preferred(self) -> str:
        """The Hindi form to suggest, '' if there is none."""
        return next((form.form for form in self.hindi if form.status == "preferred"), "")


@dataclass(frozen=True)
class Termbase:
    """Concepts by id, in the order of the files; `digest` changes with their content, not their comments."""

    concepts: dict[str, Concept] = field(default_factory=dict)

    @cached_property
    def abbreviations(self) -> frozenset[str]:
        """The Vietnamese abbreviations of all concepts."""
        return frozenset(short for concept in self.concepts.values() for short in concept.abbreviations)

    @property
    def digest(self) -> str:
        """Short SHA-256 of all concepts."""
        return sha256(repr(sorted(self.concepts.items())).encode()).hexdigest()[:16]


_LISTS = ("vietnamese", "english", "abbreviations", "not")
_TEXTS = ("domain", "broader", "sense", "note")


def load(paths: Sequence[str | Path]) -> Termbase:
    """Read termbase files; a concept in a later file replaces one in an earlier file.

    Raises DataError naming every problem with file, line, value and what was expected.
    """
    problems: list[str] = []
    concepts: dict[str, Concept] = {}
    for path in paths:
        for concept in _read(Path(path), problems):
            concepts[concept.id] = concept
    if problems:
        more = f"\n  and {len(problems) - 30} more" if len(problems) > 30 else ""
        count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
        raise DataError(f"{count} in the termbase:\n  " + "\n  ".join(problems[:30]) + more)
    if not concepts:
        raise DataError(f"{', '.join(map(str, paths))}: no concept; expected a list of entries with `id:`")
    return Termbase(concepts)


def _read(path: Path, problems: list[str]) -> Iterator[Concept]:
    try:
        text = unicodedata.normalize("NFC", path.read_text(encoding="utf-8-sig"))
        node = yaml.compose(text, Loader=yaml.CSafeLoader)
        data = yaml.load(text, Loader=yaml.CSafeLoader)
    except OSError as error:
        problems.append(f"{path}: cannot be read ({error.strerror}); expected a YAML file")
        return
    except UnicodeDecodeError as error:
        problems.append(f"{path}: not UTF-8 at byte {error.start}; save it as UTF-8")
        return
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        line = f":{mark.line + 1}" if mark else ""
        problems.append(f"{path}{line}: not YAML ({getattr(error, 'problem', error)})")
        return
    if not isinstance(data, list) or not isinstance(node, yaml.SequenceNode):
        problems.append(f"{path}:1: {type(data).__name__}; expected a list of entries, each starting with `- id:`")
        return
    seen: dict[str, int] = {}
    for entry, place in zip(data, node.value, strict=True):
        line = place.start_mark.line + 1
        found = list(_problems(entry))
        if not found:
            if entry["id"] in seen:
                found = [f"id `{entry['id']}` stands already at line {seen[entry['id']]}; expected each once"]
            seen[entry["id"]] = line
        problems += [f"{path}:{line}: {problem}" for problem in found]
        if not found:
            yield _concept(entry)


def _problems(entry: Any) -> Iterator[str]:
    if not isinstance(entry, dict):
        yield f"{str(entry)[:60]!r}; expected an entry with id, vietnamese, english, hindi"
        return
    name = entry.get("id")
    if not isinstance(name, str) or not name:
        yield f"id {name!r}; expected a short name such as dan-van-kheo"
    for key in entry:
        if key not in ("id", "hindi", *_LISTS, *_TEXTS):
            yield f"{name}: unknown key `{key}`; expected one of id, hindi, {', '.join((*_LISTS, *_TEXTS))}"
    for key in _LISTS:
        value = entry.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, str) and item.strip() for item in value):
            yield f"{name}: {key} {str(value)[:60]!r}; expected a list of texts (quote numbers and `no`)"
    if not entry.get("vietnamese"):
        yield f"{name}: no vietnamese; expected at least one term"
    for key in _TEXTS:
        if not isinstance(entry.get(key, ""), str):
            yield f"{name}: {key} {entry[key]!r}; expected text"
    forms = entry.get("hindi", [])
    if not isinstance(forms, list):
        yield f"{name}: hindi {str(forms)[:60]!r}; expected a list of {{form, status}}"
        return
    statuses: dict[str, str] = {}
    for form in forms:
        if not isinstance(form, dict) or not isinstance(form.get("form"), str) or not form["form"].strip():
            yield f"{name}: hindi form {str(form)[:60]!r}; expected {{form: ..., status: ...}}"
            continue
        if form.get("status") not in STATUSES:
            yield f"{name}: status {form.get('status')!r} of {form['form']}; expected preferred, admitted or deprecated"
        for key in set(form) - {"form", "status", "why", "context"}:
            yield f"{name}: unknown key `{key}` of {form['form']}; expected form, status, why, context"
        known = statuses.setdefault(form["form"], str(form.get("status")))
        if known != form.get("status"):
            yield f"{name}: {form['form']} is both {known} and {form.get('status')}; expected one status"


def _concept(entry: dict[str, Any]) -> Concept:
    def texts(key: str) -> tuple[str, ...]:
        return tuple(item.strip() for item in entry.get(key, []))

    forms: dict[str, Form] = {}
    for form in entry.get("hindi", []):
        status = cast(Status, form["status"])
        made = Form(form["form"].strip(), status, str(form.get("why", "")), bool(form.get("context", False)))
        forms.setdefault(made.form, made)
    return Concept(
        entry["id"], texts("vietnamese"), texts("english"), tuple(forms.values()), texts("abbreviations"), texts("not"),
        *(entry.get(key, "").strip() for key in _TEXTS),
    )  # fmt: skip
