"""A client that goes away, or does not read."""

from __future__ import annotations

import asyncio

import pytest

from .conftest import Api, Start
from .fake_upstream import FakeUpstream


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize("said", ["wait", "hang"])
async def test_the_upstream_is_told(api: Api, upstream: FakeUpstream, said: str, stream: bool) -> None:
    """Within the answer and before its first byte, streamed and whole."""
    asking = asyncio.create_task(api.problem(said, stream=stream))
    await upstream.started.wait()
    assert not upstream.cut_off.is_set()
    asking.cancel()
    await upstream.cut_off.wait()
    assert (await api.request_line(outcome="client_gone"))["path"] == "/api/chat"


async def test_nothing_is_read_ahead_of_a_client_that_does_not_read(
    start: Start, upstream: FakeUpstream
) -> None:
    """The upstream has 64 MiB. What it got rid of lies in the sockets' buffers, not in the service."""
    api = await start()
    _, writer = await asyncio.open_connection("127.0.0.1", int(api.url.rpartition(":")[2]), limit=1024)
    body = b'{"messages": [{"role": "user", "content": "flood"}]}'
    head = [
        "POST /api/chat HTTP/1.1",
        "Host: x",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
    ]
    writer.write("\r\n".join([*head, "", ""]).encode() + body)
    await upstream.started.wait()
    before = -1
    while before != upstream.sent_bytes:  # until it stands still
        before = upstream.sent_bytes
        await asyncio.sleep(0.3)
    assert 0 < upstream.sent_bytes < 32 * 1024 * 1024
    writer.close()
    await upstream.cut_off.wait()


async def test_a_client_that_reads_gets_everything(api: Api, upstream: FakeUpstream) -> None:
    async with api.chat("flood") as response:
        size = 0
        async for data in response.content.iter_any():
            size += data.count(b"x")
    assert size >= 64 * 1024 * 1024
