"""Termbases from and to other programs: YAML, TBX v3 (ISO 30042:2019), TSV and XLSX, without loss.

What a file has and a termbase cannot hold is in `Source.left_out`; what is wrong with a file is a DataError with
file, line, value and expectation.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import yaml

from align.errors import DataError, StoreError
from align.terms.drafts import Contradiction, Source, clean
from align.terms.tables import read_tsv, read_xlsx, write_tsv, write_xlsx
from align.terms.tbx import read_tbx, write_tbx
from align.terms.termbase import Concept, Termbase, load


def read(path: Path) -> Source:
    """Read a termbase by the ending of its name: .yaml .yml .tbx .xml .tsv .xlsx.

    Raises DataError naming every problem, Contradiction if forms with two statuses are among them.
    """
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        raise DataError(f"{path}: `{path.suffix}` is not read; expected one of {', '.join(_READERS)}")
    try:
        data = path.read_bytes()
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror}); expected a termbase file") from None
    return reader(path, data)


def write(termbase: Termbase, path: Path) -> None:
    """Write a termbase by the ending of the name: .yaml .yml .tbx .tsv .xlsx; the file is there whole or not at all.

    Raises DataError where a format cannot hold a text, StoreError if the file cannot be written.
    """
    writer = WRITERS.get(path.suffix.lower())
    if writer is None:
        raise DataError(f"{path}: `{path.suffix}` is not written; expected one of {', '.join(WRITERS)}")
    data = writer(termbase)
    temporary = path.with_name(f".{path.name}.part")
    try:
        temporary.write_bytes(data)
        os.replace(temporary, path)
    except OSError as error:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise StoreError(f"{path}: cannot be written ({error.strerror}); expected a folder with room for it") from None


def _read_yaml(path: Path, data: bytes) -> Source:
    """By the termbase's own reader; what this adds is where everything stands."""
    places: dict[tuple[str, str], str] = {}
    repeated: list[tuple[str, str, str]] = []
    clashes: list[tuple[str, str, str]] = []
    refused: DataError | None = None
    termbase = Termbase()
    try:
        termbase = load([path])
    except DataError as error:
        refused = error
    # What cannot be parsed here, `load` has refused.
    with contextlib.suppress(UnicodeDecodeError, yaml.YAMLError, RecursionError, ValueError):
        root = yaml.compose(clean(data.decode("utf-8-sig")), Loader=yaml.CSafeLoader)
        for concept, entry in _yaml_entries(root):
            places[concept, ""] = f"{path}:{entry.start_mark.line + 1}"
            seen: dict[tuple[str, str], str] = {}
            for kind, text, status, line in _yaml_terms(entry):
                place = f"{path}:{line}"
                places.setdefault((concept, text), place)
                if (kind, text) not in seen:
                    seen[kind, text] = status
                elif seen[kind, text] == status:
                    repeated.append((concept, text, place))
                else:
                    clashes.append((concept, text, place))
    if refused is not None:
        raise Contradiction(str(refused), clashes) if clashes else refused
    return Source(termbase, places, (), tuple(repeated))


def _yaml_fields(node: yaml.Node) -> dict[str, yaml.Node]:
    if not isinstance(node, yaml.MappingNode):
        return {}
    return {key.value: value for key, value in node.value if isinstance(key, yaml.ScalarNode)}


def _yaml_entries(root: yaml.Node | None) -> Iterator[tuple[str, yaml.Node]]:
    for entry in root.value if isinstance(root, yaml.SequenceNode) else ():
        name = _yaml_fields(entry).get("id")
        if isinstance(name, yaml.ScalarNode):
            yield name.value, entry


def _yaml_terms(entry: yaml.Node) -> Iterator[tuple[str, str, str, int]]:
    """The list, text, status and line of everything that an entry lists."""
    for key, node in _yaml_fields(entry).items():
        if not isinstance(node, yaml.SequenceNode) or key not in (
            "vietnamese",
            "abbreviations",
            "english",
            "hindi",
            "not",
        ):
            continue
        for item in node.value:
            fields = _yaml_fields(item)
            text, status = fields.get("form", item), fields.get("status")
            if isinstance(text, yaml.ScalarNode):
                said = status.value if isinstance(status, yaml.ScalarNode) else ""
                kind = "vietnamese" if key == "abbreviations" else key
                yield kind, text.value.strip(), said, item.start_mark.line + 1


def _write_yaml(termbase: Termbase) -> bytes:
    return "\n".join(map(entry_text, termbase.concepts.values())).encode()


def entry_text(concept: Concept) -> str:
    """A concept as a person writes it in YAML, a line a form; equal concepts give equal text."""
    lines = [f"- id: {_scalar(concept.id)}"]
    for key, items in (
        ("vietnamese", concept.vietnamese), ("abbreviations", concept.abbreviations), ("english", concept.english),
    ):  # fmt: skip
        if items:
            lines.append(f"  {key}: [{', '.join(map(_scalar, items))}]")
    if concept.hindi:
        lines.append("  hindi:")
    for form in concept.hindi:
        context = ", context: true" if form.context else ""
        why = f", why: {_quoted(form.why)}" if form.why else ""
        lines.append(f"    - {{form: {_scalar(form.form)}, status: {form.status}{context}{why}}}")
    if concept.not_in:
        lines.append(f"  not: [{', '.join(map(_scalar, concept.not_in))}]")
    for key, text, shown in (
        ("domain", concept.domain, _scalar), ("broader", concept.broader, _scalar),
        ("sense", concept.sense, _quoted), ("note", concept.note, _quoted),
    ):  # fmt: skip
        if text:
            lines.append(f"  {key}: {shown(text)}")
    return "\n".join(lines) + "\n"


_RESOLVER: Any = yaml.resolver.Resolver()


def _scalar(text: str) -> str:
    """Plain where YAML and a reader take it for text, else in double quotes."""
    inner = all(char.isalpha() or unicodedata.category(char) in ("Mn", "Mc", "Nd") or char in " -–./" for char in text)
    plain = inner and text[:1].isalpha() and not text.endswith(" ")
    if plain and _RESOLVER.resolve(yaml.ScalarNode, text, (True, False)) == "tag:yaml.org,2002:str":
        return text
    return _quoted(text)


def _quoted(text: str) -> str:
    said = json.dumps(text, ensure_ascii=False)
    return re.sub(
        "[\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff\ufffe\uffff]", lambda found: f"\\u{ord(found.group()):04x}", said
    )


_READERS: dict[str, Callable[[Path, bytes], Source]] = {
    ".yaml": _read_yaml, ".yml": _read_yaml, ".tbx": read_tbx, ".xml": read_tbx, ".tsv": read_tsv, ".xlsx": read_xlsx,
}  # fmt: skip
WRITERS: dict[str, Callable[[Termbase], bytes]] = {
    ".yaml": _write_yaml, ".yml": _write_yaml, ".tbx": write_tbx, ".tsv": write_tsv, ".xlsx": write_xlsx,
}  # fmt: skip
