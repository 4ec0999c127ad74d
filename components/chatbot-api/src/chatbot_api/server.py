"""uvicorn, with an end that loses no answer.

SIGTERM: not ready (503) while requests that still arrive are served; after the delay no new connection, but
running answers go on; after the limit those that are left end with an error event. The process exits with 0.
"""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from .app import create_app
from .drain import Drain
from .settings import Settings

logger = logging.getLogger("chatbot_api.server")

# Longer than the 90 s for which Traefik keeps an idle connection: a server that closes first makes it send a
# request into a closing connection.
KEEP_ALIVE_SECONDS = 120
LAST_EVENTS_SECONDS = 8


class DrainingServer(uvicorn.Server):
    """Replaces uvicorn's signal handling, which stops accepting at once and then dies of the signal."""

    def __init__(self, config: uvicorn.Config, drain: Drain, settings: Settings) -> None:
        super().__init__(config)
        self._drain = drain
        self._settings = settings

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._on_signal, signal.Signals(number).name)
        try:
            yield
        finally:
            for number in (signal.SIGTERM, signal.SIGINT):
                loop.remove_signal_handler(number)

    def _on_signal(self, name: str) -> None:
        if self._drain.begun:
            logger.warning("%s again: running answers end now", name)
            self._drain.cut()
            self.should_exit = True
            return
        logger.info("%s: draining", name)
        self._drain.begin()
        asyncio.get_running_loop().call_later(self._settings.drain_delay_seconds, self._close)

    def _close(self) -> None:
        self.should_exit = True
        asyncio.get_running_loop().call_later(self._settings.drain_timeout_seconds, self._drain.cut)


def serve(settings: Settings) -> None:
    """Run until a signal; returns when everything has ended."""
    drain = Drain()
    config = uvicorn.Config(
        create_app(settings, drain),
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http="httptools",
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=round(settings.drain_timeout_seconds + LAST_EVENTS_SECONDS),
    )
    DrainingServer(config, drain, settings).run()
