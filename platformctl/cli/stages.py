"""How long each stage of a long job took, shown at its end, however it ends."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Self

from rich.console import Console

from platformctl.cli.progress import seconds_as_text
from platformctl.steps import Progress, Task


class Stages:
    """A Progress that also keeps the time; as a context it shows the times when the block is left."""

    def __init__(self, progress: Progress, console: Console) -> None:
        self._progress = progress
        self._console = console
        self._seconds: dict[str, float] = {}
        self._broken = ""

    @contextmanager
    def task(self, label: str, total: float | None = None) -> Iterator[Task]:
        start = time.monotonic()
        try:
            with self._progress.task(label, total) as task:
                yield task
        except BaseException as error:
            self._broken = "stopped" if isinstance(error, KeyboardInterrupt) else "failed"
            raise
        finally:
            self._seconds[label] = time.monotonic() - start

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if len(self._seconds) > 1:  # of a first stage that fails, the error says enough
            self._show()

    def _show(self) -> None:
        """The seconds of each stage, the longest bar for the longest stage."""
        longest = max(self._seconds.values())
        self._console.print(f"\n  stages, {seconds_as_text(sum(self._seconds.values()))} in all")
        last = [*self._seconds][-1]
        for name, seconds in self._seconds.items():
            bar = "▇" * round(30 * seconds / longest) if longest else ""
            end = f"  [red]{self._broken}[/red]" if self._broken and name == last else ""
            self._console.print(f"  {name:<11} {seconds:7.1f} s  [dim]{bar}[/dim]{end}")
