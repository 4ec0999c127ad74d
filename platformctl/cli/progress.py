"""Draws progress: bars on a terminal, one line per finished step in a pipe."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars

from platformctl.steps import Progress, Task

# In a pipe a long step says where it is this often, so that a CI log shows life without drowning in lines.
PLAIN_SECONDS_BETWEEN_LINES = 20.0


def seconds_as_text(seconds: float) -> str:
    """Minutes and seconds, as ``06:12``."""
    return f"{int(seconds) // 60:02d}:{int(seconds) % 60:02d}"


class BarTask:
    """A line with a bar on a terminal."""

    def __init__(self, bars: Bars, identity: TaskID) -> None:
        self._bars = bars
        self._identity = identity
        self.note = ""

    def update(
        self, *, completed: float | None = None, total: float | None = None, detail: str | None = None
    ) -> None:
        if total is not None:
            self._bars.update(self._identity, total=total)
        if completed is not None:
            self._bars.update(self._identity, completed=completed)
        if detail is not None:
            self._bars.update(self._identity, detail=escape(detail))

    def done(self, note: str) -> None:
        self.note = note


class BarProgress:
    """Progress for a terminal: the running step is a bar, a finished one a line above it."""

    def __init__(self, console: Console) -> None:
        self._console = console

    @contextmanager
    def task(self, label: str, total: float | None = None) -> Iterator[Task]:
        start = time.monotonic()
        columns = (
            TextColumn("  {task.description:<11}"),
            BarColumn(bar_width=24),
            TextColumn("{task.fields[detail]}"),
            TimeElapsedColumn(),
        )
        with Bars(*columns, console=self._console, transient=True) as bars:
            task = BarTask(bars, bars.add_task(label, total=total, detail=""))
            yield task
        took = seconds_as_text(time.monotonic() - start)
        self._console.print(f"  [bold]{label:<11}[/bold] {escape(task.note):<58} [dim]{took}[/dim]")


class PlainTask:
    """A line in a pipe; says where it is now and then."""

    def __init__(self, console: Console, label: str) -> None:
        self._console = console
        self._label = label
        self._said = time.monotonic()
        self._completed: float | None = None
        self._total: float | None = None
        self.note = ""

    def update(
        self, *, completed: float | None = None, total: float | None = None, detail: str | None = None
    ) -> None:
        self._completed = self._completed if completed is None else completed
        self._total = self._total if total is None else total
        if detail is None or time.monotonic() - self._said < PLAIN_SECONDS_BETWEEN_LINES:
            return
        self._said = time.monotonic()
        share = f" {100 * self._completed / self._total:.0f}%" if self._completed and self._total else ""
        self._console.print(f"  {self._label:<11} ...{share} {detail}", markup=False)

    def done(self, note: str) -> None:
        self.note = note


class PlainProgress:
    """Progress for a pipe or a log."""

    def __init__(self, console: Console) -> None:
        self._console = console

    @contextmanager
    def task(self, label: str, total: float | None = None) -> Iterator[Task]:  # noqa: ARG002
        start = time.monotonic()
        task = PlainTask(self._console, label)
        yield task
        took = seconds_as_text(time.monotonic() - start)
        self._console.print(f"  {label:<11} {task.note:<58} {took}", markup=False)


def progress_on(console: Console) -> Progress:
    """The right Progress for where the console writes to."""
    return BarProgress(console) if console.is_terminal else PlainProgress(console)
