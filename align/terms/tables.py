"""Termbases as tables, TSV and XLSX: a row for each term, form, abbreviation and negative context (type `not`).

Domain, sense, broader and note stand once, in the first row of their concept. The first row names the columns;
concept, language and term must be among them, in any order.
"""

from __future__ import annotations

import csv
import io
import re
import warnings
import zipfile
from collections.abc import Iterable, Iterator
from datetime import date, time, timedelta
from pathlib import Path
from typing import Any, cast

from align.errors import DataError
from align.formats.documents import decode
from align.terms.drafts import (
    LANGUAGES,
    NOT_XML,
    SHORT_FORMS,
    TEXTS,
    Builder,
    LeftOut,
    Source,
    brief,
    by_language,
    clean,
    holds,
    language_of,
    listed,
)
from align.terms.termbase import STATUSES, Form, Status, Termbase

COLUMNS = ("concept", "language", "term", "status", "type", "why", "context", "domain", "sense", "broader", "note")
_LARGEST_WORKBOOK = 500_000_000
_LONGEST_CELL = 32_767


def _rows(termbase: Termbase) -> Iterator[list[str]]:
    for concept in termbase.concepts.values():
        texts = [getattr(concept, key) for key in TEXTS]
        for language, rows in by_language(concept):
            for form, short in rows:
                kind = "abbreviation" if short else "term"
                context = "true" if form.context else ""
                yield [concept.id, language, form.form, form.status, kind, form.why, context, *texts]
                texts = [""] * len(TEXTS)
        for phrase in concept.not_in:
            yield [concept.id, "hi", phrase, "", "not", "", "", *texts]
            texts = [""] * len(TEXTS)


def write_tsv(termbase: Termbase) -> bytes:
    def cell(text: str) -> str:
        holds(_NUL, text, "TSV")
        return '"' + text.replace('"', '""') + '"' if re.search('[\t\n\r"]', text) else text

    rows = [list(COLUMNS), *_rows(termbase)]
    return "".join("\t".join(map(cell, row)) + "\n" for row in rows).encode()


_NUL = re.compile("\x00")


def read_tsv(path: Path, data: bytes) -> Source:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = decode(data, str(path))
    if "\x00" in text:
        text = decode(data, str(path))

    def rows() -> Iterator[tuple[int, list[str]]]:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter="\t", strict=True)
        line = 1
        try:
            for row in reader:
                yield line, row
                line = reader.line_num + 1
        except csv.Error as error:
            raise DataError(
                f"{path}:{line}: not a row ({error}); expected cells between tabs, those with quotes or line ends in quotes"
            ) from None

    return _read_table(path, rows(), [])


def _read_table(path: Path, rows: Iterator[tuple[int, list[str]]], left_out: Iterable[LeftOut]) -> Source:
    """Rows of text with their line, the first one the names of the columns."""
    made = Builder(path)
    made.left_out += left_out
    first = next(((line, row) for line, row in rows if any(cell.strip() for cell in row)), None)
    if first is None:
        raise DataError(f"{path}:1: empty; expected a first row with {', '.join(COLUMNS)}")
    header = [cell.strip().lower() for cell in first[1]]
    lacking = [name for name in ("concept", "language", "term") if name not in header]
    if lacking:
        found = brief(", ".join(filter(None, header)))
        raise DataError(f"{path}:{first[0]}: columns {found}; expected also {', '.join(lacking)}")
    twice = sorted({name for name in header if name in COLUMNS and header.count(name) > 1})
    if twice:
        raise DataError(f"{path}:{first[0]}: column {', '.join(twice)} stands twice; expected each once")
    for line, row in rows:
        if not any(cell.strip() for cell in row):
            continue
        cells = dict.fromkeys(COLUMNS, "")
        for at, value in enumerate(row):
            name = header[at] if at < len(header) else ""
            if name in cells:
                cells[name] = clean(value) if name == "why" else clean(value).strip()
            elif value.strip():
                made.leave(line, f"column {name or at + 1}", value)
        _row(made, line, cells)
    for name, draft in made.drafts.items():
        if not made.problems and not (draft.terms["vi"] or draft.terms["en"] or draft.abbreviations or draft.hindi):
            made.problems.append(f"{draft.place}: {name}: no term; expected a Vietnamese, English or Hindi one")
    return made.source()


_YES, _NO = ("true", "yes", "1", "x"), ("", "false", "no", "0")


def _row(made: Builder, line: int, cells: dict[str, str]) -> None:
    concept, term, kind, status = (
        cells["concept"],
        cells["term"],
        cells["type"].lower() or "term",
        cells["status"].lower(),
    )
    if not concept:
        made.problem(line, f"no concept beside {brief(term)!r}; expected an id such as dan-van-kheo in every row")
        return
    draft = made.entry(concept, line)
    for key in TEXTS:
        known = draft.texts.get(key)
        if cells[key] and known and known != cells[key]:
            made.problem(line, f"{concept}: {key} {brief(cells[key])!r}, above {brief(known)!r}; expected one")
        elif cells[key]:
            draft.texts[key] = cells[key]
    if not term and not cells["language"]:
        return
    language = language_of(cells["language"])
    wrong = []
    if not term:
        wrong.append("no term; expected one")
    if not language:
        wrong.append(f"no language of {brief(term)}; expected vi, en or hi")
    if kind not in ("term", "not", *SHORT_FORMS, "fullform"):
        wrong.append(f"type {kind!r} of {brief(term)}; expected term, abbreviation or not")
    if status not in STATUSES and (status or (language == "hi" and kind != "not")):
        wrong.append(f"status {status!r} of {brief(term)}; expected preferred, admitted or deprecated")
    if cells["context"].lower() not in (*_YES, *_NO):
        wrong.append(f"context {brief(cells['context'])!r} of {brief(term)}; expected true or nothing")
    for problem in wrong:
        made.problem(line, f"{concept}: {problem}")
    if wrong:
        return
    context = cells["context"].lower() in _YES
    if language not in LANGUAGES:
        made.leave(line, f"language {cells['language']}", term)
    elif kind == "not" and language != "hi":
        made.leave(line, f"a negative context in {LANGUAGES[language]}", term)
    elif kind == "not":
        made.avoid(concept, line, term)
    elif language == "hi":
        made.form(concept, line, Form(term, cast(Status, status), cells["why"], context))
        if kind in SHORT_FORMS:
            made.leave(line, "that a Hindi form is an abbreviation (kept as a form)", term)
    else:
        made.term(concept, line, language, term, status, kind in SHORT_FORMS)
    if cells["why"] and (language != "hi" or kind == "not"):
        made.leave(line, "why of a row that is no Hindi form", cells["why"])


def write_xlsx(termbase: Termbase) -> bytes:
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font

    rows = [list(COLUMNS), *_rows(termbase)]
    for text in (text for row in rows for text in row):
        holds(NOT_XML, text, "XLSX")
        if len(text) > _LONGEST_CELL:
            raise DataError(
                f"{brief(text)!r}: {len(text)} characters; expected at most {_LONGEST_CELL} in a cell of XLSX"
            )
    book = Workbook(write_only=True)
    sheet = book.create_sheet("terms")
    sheet.freeze_panes = "A2"
    for letter, width in zip("ABCDEFGHIJK", (24, 9, 40, 12, 13, 50, 8, 16, 30, 20, 50), strict=True):
        sheet.column_dimensions[letter].width = width
    bold = Font(bold=True)
    for number, row in enumerate(rows):
        cells: list[Any] = []
        for text in row:
            if not text:
                cells.append(None)
                continue
            cell = WriteOnlyCell(sheet, value=text)
            cell.data_type = "s"  # "=" begins no formula here, "#N/A" is no error
            cell.number_format = "@"
            if number == 0:
                cell.font = bold
            cells.append(cell)
        sheet.append(cells)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def read_xlsx(path: Path, data: bytes) -> Source:
    from openpyxl import load_workbook

    expected = "expected an Excel workbook (.xlsx) without a password"
    left_out: list[LeftOut] = []
    problems: list[str] = []
    rows: list[tuple[int, list[str]]] = []
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            size = sum(one.file_size for one in archive.infolist())
        if size > _LARGEST_WORKBOOK:
            raise DataError(f"{path}: {size} bytes when unpacked; expected at most {_LARGEST_WORKBOOK}")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of styles and extensions, which are not read
            book = load_workbook(io.BytesIO(data), read_only=True)
            for number, sheet in enumerate(book.worksheets):
                sheet.reset_dimensions()
                for line, row in enumerate(sheet.iter_rows(), 1):
                    values = [_cell(f"{path}:{line}", cell, problems) for cell in row]
                    if not number:
                        rows.append((line, values))
                    elif any(values):
                        left_out.append(
                            LeftOut(f"{path}:{line}", f"sheet {sheet.title}", " ".join(filter(None, values)))
                        )
            book.close()
    except DataError:
        raise
    except Exception as error:  # a broken workbook ends in anything from KeyError to zlib.error
        raise DataError(f"{path}: not a workbook ({brief(error) or type(error).__name__}); {expected}") from None
    if problems:
        raise DataError(listed(problems))
    return _read_table(path, iter(rows), left_out)


def _cell(place: str, cell: Any, problems: list[str]) -> str:
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, (date, time, timedelta)) or cell.data_type in ("e", "f"):
        kind = {"e": "an error", "f": "a formula"}.get(cell.data_type, "a date")
        problems.append(
            f"{place}: {brief(value)} in column {cell.column_letter} is {kind}; expected text (format the cell as Text)"
        )
        return ""
    return str(value)
