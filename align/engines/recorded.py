"""The `recorded` engine: finished translations from a TSV, so that any translator's output can be checked.

A row is `document TAB index TAB text`; a header with these names may stand first, and a fourth column
`score` is read if the header has it. Rows are found by document and index, never by text.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from align.config import TranslationConfig
from align.engines.protocols import Hypothesis, Translator
from align.errors import DataError, EngineError
from align.languages import normalise


@dataclass(frozen=True)
class Recorded:
    """Settings of the engine; `file` is the TSV."""

    file: str

    @classmethod
    def configure(cls, entry: TranslationConfig) -> Recorded:
        """From a `translations:` entry."""
        return cls(entry.file or "")

    @property
    def signature(self) -> str:
        """The content of the file."""
        return "recorded:" + sha256(Path(self.file).read_bytes()).hexdigest()[:16]

    def problems(self) -> list[tuple[str, str, str]]:
        """A file that is not named or not there."""
        if not self.file:
            return [("file", "nothing", "a TSV with the columns document, index, text")]
        if not Path(self.file).is_file():
            return [("file", self.file, "an existing TSV with the columns document, index, text")]
        return []

    def load(self) -> Translator:
        """Not possible: the rows are looked up by document and index with `read`."""
        raise EngineError("the engine `recorded` cannot translate new text; it holds finished translations only")

    def read(self) -> dict[tuple[str, int], Hypothesis]:
        """All rows by (document, index). Raises DataError with the line of the first bad row."""
        rows: dict[tuple[str, int], Hypothesis] = {}
        try:
            with open(self.file, encoding="utf-8-sig", newline="") as lines:
                columns: Sequence[str] = ("document", "index", "text")
                for number, row in enumerate(csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE), 1):
                    if not row:
                        continue
                    if number == 1 and row[:3] == ["document", "index", "text"]:
                        columns = row
                        continue
                    place = f"{self.file}:{number}"
                    if len(row) < 3 or not row[1].strip().isdigit():
                        raise DataError(f"{place}: found {row[:3]}; expected document TAB index (from 0) TAB text")
                    key = (row[0], int(row[1]))
                    if key in rows:
                        raise DataError(f"{place}: segment {key[1]} of {key[0]} a second time; expected each once")
                    score = row[3] if len(columns) > 3 and columns[3] == "score" and len(row) > 3 else ""
                    try:
                        rows[key] = Hypothesis(normalise(row[2]).strip(), float(score) if score else None)
                    except ValueError:
                        raise DataError(f"{place}: score {score!r}; expected a number or nothing") from None
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            raise DataError(f"{self.file}: cannot be read as UTF-8 TSV ({error})") from None
        return rows
