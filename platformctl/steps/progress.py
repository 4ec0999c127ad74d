"""The interface through which lower layers report progress; the command line draws it."""

from __future__ import annotations

from contextlib import AbstractContextManager
from types import TracebackType
from typing import Protocol, Self


class Task(Protocol):
    """One line of progress."""

    def update(
        self, *, completed: float | None = None, total: float | None = None, detail: str | None = None
    ) -> None:
        """Say how far it is (both in the same unit) and what is being done right now."""

    def done(self, note: str) -> None:
        """Say how it ended, in a few words."""


class Progress(Protocol):
    """Where a long job shows what it does."""

    def task(self, label: str, total: float | None = None) -> AbstractContextManager[Task]:
        """Open a line; it ends with the ``with`` block."""


class Silent:
    """A Progress, and a Task, that show nothing."""

    def task(self, label: str, total: float | None = None) -> Self:  # noqa: ARG002
        return self

    def update(
        self, *, completed: float | None = None, total: float | None = None, detail: str | None = None
    ) -> None:
        pass

    def done(self, note: str) -> None:
        pass

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass
