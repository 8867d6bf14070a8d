"""Progress bars with rate and time left on a terminal; nothing in a pipe."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.text import Text


class Bar(Protocol):
    """One stage's bar."""

    def advance(self, count: int = 1) -> None:
        """So many more are done."""
        ...


class Bars(Protocol):
    """Makes a bar for each stage."""

    def bar(self, name: str, total: int, unit: str) -> contextlib.AbstractContextManager[Bar]:
        """A bar of `total` units; it disappears from the screen's bottom when it is done."""
        ...


class _Rate(ProgressColumn):
    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        unit = task.fields.get("unit", "")
        return Text(f"{speed:.1f} {unit}/s" if speed else f"- {unit}/s")


class _RichBar:
    def __init__(self, progress: Progress, task: int) -> None:
        self._progress, self._task = progress, task

    def advance(self, count: int = 1) -> None:
        from rich.progress import TaskID

        self._progress.advance(TaskID(self._task), count)


class _NoBar:
    def advance(self, count: int = 1) -> None:
        pass


class TerminalBars:
    """Bars on standard error when it is a terminal, none otherwise."""

    def __init__(self) -> None:
        self._console = Console(stderr=True)

    @contextlib.contextmanager
    def bar(self, name: str, total: int, unit: str) -> Iterator[Bar]:
        """See Bars."""
        if not self._console.is_terminal:
            yield _NoBar()
            return
        columns = (
            TextColumn("{task.description:<13}"), BarColumn(), MofNCompleteColumn(), _Rate(), TimeRemainingColumn(),
        )  # fmt: skip
        with Progress(*columns, console=self._console) as progress:
            yield _RichBar(progress, int(progress.add_task(name, total=total, unit=unit)))


class NoBars:
    """No bars at all."""

    @contextlib.contextmanager
    def bar(self, name: str, total: int, unit: str) -> Iterator[Bar]:
        """See Bars."""
        yield _NoBar()
