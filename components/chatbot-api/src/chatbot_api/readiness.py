"""Whether this process can answer: the upstream is there and has every allowed model."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

from .drain import Drain
from .errors import ApiError, Draining, ModelMissing
from .upstream import Upstream


class Readiness:
    """Asks the upstream once per ``cache_seconds``, however many ask here."""

    def __init__(
        self,
        upstream: Upstream,
        models: Sequence[str],
        drain: Drain,
        *,
        timeout_seconds: float,
        cache_seconds: float,
    ) -> None:
        self._upstream = upstream
        self._models = models
        self._drain = drain
        self._timeout = timeout_seconds
        self._cache = cache_seconds
        self._lock = asyncio.Lock()
        self._asked = float("-inf")
        self._verdict: ApiError | None = None

    async def check(self) -> ApiError | None:
        """None when ready, else the reason."""
        if self._drain.begun:
            return Draining("this server is stopping", retry_after=1)
        async with self._lock:
            if time.monotonic() - self._asked >= self._cache:
                self._verdict = await self._ask()
                self._asked = time.monotonic()
            return self._verdict

    async def _ask(self) -> ApiError | None:
        try:
            present = await self._upstream.models(self._timeout)
        except ApiError as error:
            return error
        missing = [name for name in self._models if name not in present]
        if missing:
            return ModelMissing(f"the inference server lacks {', '.join(missing)}", missing=missing)
        return None
