"""The service as a process of its own, against a fake upstream, over real sockets."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from . import fake_upstream
from .fake_upstream import FakeUpstream

ROOT = Path(__file__).resolve().parent.parent


@dataclass
class Api:
    """A running service."""

    url: str
    process: asyncio.subprocess.Process
    session: aiohttp.ClientSession
    lines: list[str] = field(default_factory=list)
    first_line: int = 0
    """Where this test's log begins."""

    def chat(self, said: str | list[dict[str, Any]], **body: Any) -> Any:
        messages = [{"role": "user", "content": said}] if isinstance(said, str) else said
        return self.session.post(f"{self.url}/api/chat", json={"messages": messages, **body})

    async def problem(self, said: str | list[dict[str, Any]], **body: Any) -> dict[str, Any]:
        """The problem that a request ends in; checks what all problems have in common."""
        async with self.chat(said, **body) as response:
            return await read_problem(response)

    async def events(self, said: str | list[dict[str, Any]], **body: Any) -> list[tuple[str, dict[str, Any]]]:
        async with self.chat(said, **body) as response:
            assert response.status == 200, await response.text()
            return [event async for event in events_of(response)]

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def logged(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.lines[self.first_line :]]

    async def request_line(self, **wanted: Any) -> dict[str, Any]:
        """The log line of a request; waits for it, as it is written after the answer."""
        while True:
            for line in self.logged():
                if line["message"] == "request" and wanted.items() <= line.items():
                    return line
            await asyncio.sleep(0.01)


async def read_problem(response: aiohttp.ClientResponse) -> dict[str, Any]:
    body = await response.json()
    assert response.content_type == "application/problem+json"
    assert body["status"] == response.status
    assert body["request_id"] == response.headers["X-Request-ID"]
    assert body["detail"]
    if "retry_after" in body:
        assert response.headers["Retry-After"] == str(body["retry_after"])
    assert isinstance(body, dict)
    return body


async def events_of(response: aiohttp.ClientResponse) -> AsyncIterator[tuple[str, dict[str, Any]]]:
    async for raw in response.content:
        if raw.startswith(b"event: "):
            name = raw[7:].strip().decode()
        elif raw.startswith(b"data: "):
            yield name, json.loads(raw[6:])


@pytest.fixture(scope="session")
async def upstream_server() -> AsyncIterator[FakeUpstream]:
    fake = FakeUpstream()
    runner = await fake_upstream.start(fake)
    yield fake
    await runner.cleanup()


@pytest.fixture
def upstream(upstream_server: FakeUpstream) -> FakeUpstream:
    upstream_server.reset()
    return upstream_server


Start = Callable[..., Awaitable[Api]]


@pytest.fixture
async def start(upstream: FakeUpstream) -> AsyncIterator[Start]:
    """Starts services with settings of one's own."""
    async with starting(upstream) as begin:
        yield begin


@pytest.fixture(scope="session")
async def usual_api(upstream_server: FakeUpstream) -> AsyncIterator[Api]:
    async with starting(upstream_server) as begin:
        yield await begin()


@pytest.fixture
async def api(usual_api: Api, upstream: FakeUpstream) -> AsyncIterator[Api]:
    """The service with the usual settings: one process for all tests, with a client and a log for each."""
    async with aiohttp.ClientSession() as session:
        yield replace(usual_api, session=session, first_line=len(usual_api.lines))


@asynccontextmanager
async def starting(upstream: FakeUpstream) -> AsyncIterator[Start]:
    running: list[tuple[Api, asyncio.Task[None]]] = []

    async def begin(**settings: Any) -> Api:
        port = free_port()
        usual: dict[str, Any] = {
            "MODELS": ",".join(fake_upstream.MODELS),
            "HOST": "127.0.0.1",
            "PORT": port,
            "READY_CACHE_SECONDS": 0,
            "DRAIN_DELAY_SECONDS": 0.2,
        }
        if "OPENAI_API_BASE_URL" not in settings:
            usual["OLLAMA_URL"] = upstream.url
        environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT / "src"), "PYTHONUNBUFFERED": "1"}
        environment |= {name: str(value) for name, value in (usual | settings).items()}
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "chatbot_api", env=environment, stdout=asyncio.subprocess.PIPE
        )
        api = Api(f"http://127.0.0.1:{port}", process, aiohttp.ClientSession())
        reading = asyncio.create_task(collect(process, api.lines))
        running.append((api, reading))
        await until_healthy(api)
        return api

    yield begin
    for api, reading in running:
        await api.session.close()
        if api.process.returncode is None:
            api.process.kill()
        await api.process.wait()
        await reading


async def collect(process: asyncio.subprocess.Process, lines: list[str]) -> None:
    assert process.stdout
    while line := await process.stdout.readline():
        lines.append(line.decode())


async def until_healthy(api: Api) -> None:
    while api.process.returncode is None:
        try:
            async with api.session.get(f"{api.url}/health") as response:
                assert response.status == 200
                return
        except aiohttp.ClientConnectionError:
            await asyncio.sleep(0.02)
    raise AssertionError(f"ended with {api.process.returncode}: {''.join(api.lines)}")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        assert isinstance(port, int)
        return port
