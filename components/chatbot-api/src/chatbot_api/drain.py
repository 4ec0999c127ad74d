"""The end of the process: not ready, then no new connection, then the last answers."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager


class Drain:
    """Knows whether the process is to end, and can end the answers that still run.

    An answer registers its own timeout, so that ending it early is the same path as its running out of time.
    """

    def __init__(self) -> None:
        self._begun = False
        self._cut = False
        self._running: set[asyncio.Timeout] = set()

    @property
    def begun(self) -> bool:
        return self._begun

    @property
    def cut_short(self) -> bool:
        """Whether running answers were ended."""
        return self._cut

    def begin(self) -> None:
        self._begun = True

    def cut(self) -> None:
        """End every answer that still runs, now."""
        self._begun = self._cut = True
        now = asyncio.get_running_loop().time()
        for limit in self._running:
            if not limit.expired():
                limit.reschedule(now)

    @contextmanager
    def registered(self, limit: asyncio.Timeout) -> Iterator[None]:
        self._running.add(limit)
        if self._cut:
            limit.reschedule(asyncio.get_running_loop().time())
        try:
            yield
        finally:
            self._running.discard(limit)
