"""Every error that a person can cause or mend, with the exit code of the command line.

    AlignError                 3
    |- ConfigError             2  the config or the command line; carries every problem at once
    |- DataError               3  an input: a document, a termbase, a record file
    |- EngineError             3  a translator or embedder: missing checkpoint, out of memory, bad output
    |- MissingExtra            3  a library that is installed only on request
    `- StoreError              3  the run folder, the cache or the disk

A message names the place, the value found, what was expected and what to do. Anything else that
escapes is a defect of this program and shows a traceback.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class AlignError(Exception):
    """Base of all errors that are shown to the user without a traceback."""

    exit_code = 3


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong in a config.

    `place` is `file:line` or the option's name, `path` the dotted key, `value` what was found
    (already shortened), `expected` what would be right and, where there is one, the remedy.
    """

    place: str
    path: str
    value: str
    expected: str

    def __str__(self) -> str:
        found = f": found {self.value}" if self.value else ""
        return f"{self.place}: {self.path}{found}; expected {self.expected}"


class ConfigError(AlignError):
    """The config cannot be used; `problems` holds all that was found, not just the first."""

    exit_code = 2

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        count = len(self.problems)
        heading = "1 problem in the config" if count == 1 else f"{count} problems in the config"
        super().__init__("\n  ".join([heading + ":", *map(str, self.problems)]))


class DataError(AlignError):
    """An input file cannot be read or contradicts itself."""


class EngineError(AlignError):
    """A translator or an embedder cannot be loaded or gave up."""


class MissingExtra(AlignError):
    """A library that is needed only for this job is not installed."""

    def __init__(self, library: str, job: str, extra: str) -> None:
        super().__init__(f"{job} needs {library}, which is not installed: pip install 'backalign[{extra}]'")


class StoreError(AlignError):
    """The run folder, the cache or the disk cannot be used."""
