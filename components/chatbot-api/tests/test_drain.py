"""SIGTERM."""

from __future__ import annotations

import asyncio
import signal

import aiohttp
import pytest

from .conftest import Api, Start, events_of, read_problem
from .fake_upstream import FakeUpstream


@pytest.mark.parametrize("stream", [True, False])
async def test_a_running_answer_is_finished(start: Start, upstream: FakeUpstream, stream: bool) -> None:
    api = await start()
    asking = asyncio.create_task(whole_text(api, stream))
    await upstream.started.wait()
    api.signal(signal.SIGTERM)
    await until_refused(api)
    assert api.process.returncode is None
    upstream.go_on.set()
    assert await asking == "first last"
    assert await api.process.wait() == 0


async def whole_text(api: Api, stream: bool) -> str:
    async with api.chat("wait", stream=stream) as response:
        if not stream:
            return str((await response.json())["message"]["content"])
        events = [event async for event in events_of(response)]
    assert events[-1][0] == "done"
    return "".join(data["content"] for name, data in events if name == "token")


async def until_refused(api: Api) -> None:
    while True:
        try:
            async with aiohttp.ClientSession() as fresh, fresh.get(f"{api.url}/health"):
                await asyncio.sleep(0.02)
        except aiohttp.ClientConnectionError:
            return


async def test_first_not_ready_but_still_serving(start: Start) -> None:
    api = await start(DRAIN_DELAY_SECONDS=30)
    async with api.session.get(f"{api.url}/ready") as response:
        assert response.status == 200
    api.signal(signal.SIGTERM)
    while True:
        async with api.session.get(f"{api.url}/ready") as response:
            if response.status == 200:
                continue
            problem = await read_problem(response)
            assert (problem["status"], problem["code"]) == (503, "draining")
            assert response.headers["Connection"] == "close"
            break
    assert (await api.events("hello"))[-1][0] == "done"


async def test_an_answer_that_takes_too_long_ends_with_an_event(start: Start, upstream: FakeUpstream) -> None:
    api = await start(DRAIN_DELAY_SECONDS=0, DRAIN_TIMEOUT_SECONDS=0.3)
    async with api.chat("wait") as response:
        await upstream.started.wait()
        api.signal(signal.SIGTERM)
        events = [event async for event in events_of(response)]
    assert [name for name, _ in events] == ["meta", "token", "error"]
    assert events[-1][1]["code"] == "draining"
    assert await api.process.wait() == 0


async def test_a_second_signal_ends_running_answers(start: Start, upstream: FakeUpstream) -> None:
    api = await start(DRAIN_DELAY_SECONDS=30)
    asking = asyncio.create_task(api.problem("hang"))
    await upstream.started.wait()
    api.signal(signal.SIGTERM)
    while not any("draining" in line["message"] for line in api.logged()):
        await asyncio.sleep(0.01)
    api.signal(signal.SIGTERM)
    assert (await asking)["code"] == "draining"
    assert await api.process.wait() == 0


async def test_an_idle_process_ends(start: Start) -> None:
    api = await start()
    api.signal(signal.SIGTERM)
    assert await api.process.wait() == 0
