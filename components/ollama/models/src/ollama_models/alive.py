"""Notices when Ollama ends: an open connection breaks at once, while a poll can miss a quick restart."""

from __future__ import annotations

import asyncio
import contextlib
from urllib.parse import urlsplit

SECONDS_BETWEEN_TRIES = 0.5


class Alive:
    """Counts the lives of the process behind an address.

    Attributes:
        life: 1 for the first process that was seen, 2 for the next; 0 before the first.
        up: whether it runs now.
    """

    def __init__(self, url: str) -> None:
        split = urlsplit(url)
        self._host = split.hostname or "127.0.0.1"
        self._port = split.port or 80
        self.life = 0
        self.up = False

    async def watch(self) -> None:
        """Hold a connection for ever, and open the next one when it breaks."""
        while True:
            with contextlib.suppress(OSError):
                reader, writer = await asyncio.open_connection(self._host, self._port)
                self.life += 1
                self.up = True
                try:
                    # Nothing is ever asked on this connection, so that nothing comes but its end.
                    await reader.read()
                finally:
                    self.up = False
                    writer.close()
            await asyncio.sleep(SECONDS_BETWEEN_TRIES)
