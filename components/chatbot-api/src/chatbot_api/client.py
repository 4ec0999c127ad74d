"""Whether the client is still there."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from starlette.types import Receive


class ClientGone(Exception):
    """The client closed the connection before it had its answer."""


async def while_connected(receive: Receive, work: Coroutine[Any, Any, None]) -> None:
    """Run ``work``, which is cancelled as soon as the client goes away.

    ``receive`` must have given the whole body already.

    Raises:
        ClientGone: after ``work`` has ended its own clean-up.
    """
    working = asyncio.ensure_future(work)
    watching = asyncio.ensure_future(_disconnected(receive))
    try:
        await asyncio.wait({working, watching}, return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise ClientGone
        await working
    finally:
        for task in (working, watching):
            task.cancel()
        await asyncio.wait({working, watching})
        if not working.cancelled():
            working.exception()  # seen, so that asyncio does not log it as forgotten


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
