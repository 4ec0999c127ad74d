"""Bounds the answers that run at once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from .errors import Busy


class Slots:
    """A counter with a limit. It refuses and never queues: the inference server has the queue."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._used = 0

    @property
    def used(self) -> int:
        return self._used

    @contextmanager
    def take(self) -> Iterator[None]:
        if self._used >= self._limit:
            raise Busy(f"{self._limit} answers are running here already", retry_after=1)
        self._used += 1
        try:
            yield
        finally:
            self._used -= 1
