"""An inference server for tests: real sockets, scripted by what the last user message says.

It speaks both dialects, because the text around the answer is all that differs between them.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

MODELS = ("small:1b", "big:7b")
WORDS = ("Hello", " there", ",", " wörld", "\n", "🙂")


@dataclass
class FakeUpstream:
    """What it was asked, and what became of it."""

    models: tuple[str, ...] = MODELS
    requests: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    listings: int = 0
    listing_delay: float = 0.0
    sent_bytes: int = 0
    started: asyncio.Event = field(default_factory=asyncio.Event)
    cut_off: asyncio.Event = field(default_factory=asyncio.Event)
    go_on: asyncio.Event = field(default_factory=asyncio.Event)
    max_context: int = 1000
    url: str = ""

    def reset(self) -> None:
        """As new, at the same address."""
        self.__dict__.update(FakeUpstream(url=self.url).__dict__)

    async def tags(self, request: web.Request) -> web.Response:
        self.listings += 1
        await asyncio.sleep(self.listing_delay)
        return web.json_response({"models": [{"name": name} for name in self.models]})

    async def openai_models(self, request: web.Request) -> web.Response:
        if request.headers.get("Authorization") != "Bearer secret":
            return web.json_response({"error": {"message": "no key"}}, status=401)
        return web.json_response({"data": [{"id": name} for name in self.models]})

    async def chat(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        self.requests.append(body)
        self.headers.append(dict(request.headers))
        writer = (OpenAiWriter if request.path.startswith("/v1") else OllamaWriter)(request)
        if body["model"] not in self.models:
            return web.json_response({"error": f"model '{body['model']}' not found"}, status=404)
        if len(body["messages"]) > self.max_context:
            return web.json_response({"error": "the input length exceeds the context length"}, status=400)
        said = body["messages"][-1]["content"].split()
        try:
            return await getattr(self, f"do_{said[0]}", self.do_hello)(writer, *said[1:])
        except (ConnectionResetError, asyncio.CancelledError):
            self.cut_off.set()
            raise

    async def do_hello(self, writer: Writer, *_: str) -> web.StreamResponse:
        for word in WORDS:
            await writer.token(word)
        return await writer.finish()

    async def do_refuse(self, writer: Writer, status: str, *reason: str) -> web.StreamResponse:
        headers = {"Retry-After": "7"} if status == "429" else {}
        return web.json_response({"error": " ".join(reason)}, status=int(status), headers=headers)

    async def do_think(self, writer: Writer) -> web.StreamResponse:
        await writer.reasoning("hm")
        return await self.do_hello(writer)

    async def do_wait(self, writer: Writer) -> web.StreamResponse:
        """One token, then nothing until ``go_on``."""
        await writer.token("first")
        self.started.set()
        await self.go_on.wait()
        await writer.token(" last")
        return await writer.finish()

    async def do_hang(self, writer: Writer) -> web.StreamResponse:
        """No byte at all until ``go_on``."""
        self.started.set()
        await self.go_on.wait()
        return await self.do_hello(writer)

    async def do_headers(self, writer: Writer, seconds: str) -> web.StreamResponse:
        """The headers at once, as vLLM sends them, and the text later."""
        await writer.response.prepare(writer.request)
        await asyncio.sleep(float(seconds))
        return await self.do_hello(writer)

    async def do_break(self, writer: Writer) -> web.StreamResponse:
        await writer.token("half")
        assert writer.request.transport
        writer.request.transport.close()
        return writer.response

    async def do_stopshort(self, writer: Writer) -> web.StreamResponse:
        """A clean end of the body without the last line."""
        await writer.token("half")
        return writer.response

    async def do_loop(self, writer: Writer, count: str) -> web.StreamResponse:
        """What Ollama does when a model repeats itself: a clean end, and no last line."""
        for _ in range(int(count)):
            await writer.token(" word")
        return writer.response

    async def do_fail(self, writer: Writer) -> web.StreamResponse:
        """The error comes in the same write as a token."""
        await writer.token_and_error("half", "runner crashed")
        return writer.response

    async def do_garbage(self, writer: Writer) -> web.StreamResponse:
        await writer.raw(b"data: <html>\n" if isinstance(writer, OpenAiWriter) else b"<html>\n")
        return writer.response

    async def do_flood(self, writer: Writer) -> web.StreamResponse:
        """64 MiB, as fast as the reader takes it."""
        self.started.set()
        for _ in range(1024):
            await writer.token("x" * 65_536)
            self.sent_bytes += 65_536
        return await writer.finish()


class Writer:
    """The answer in one dialect."""

    content_type = ""

    def __init__(self, request: web.Request) -> None:
        self.request = request
        self.response = web.StreamResponse(headers={"Content-Type": self.content_type})

    async def raw(self, data: bytes) -> None:
        if not self.response.prepared:
            await self.response.prepare(self.request)
        await self.response.write(data)

    async def token(self, text: str) -> None:
        await self.raw(self.delta("content", text))

    async def reasoning(self, text: str) -> None:
        await self.raw(self.delta(self.reasoning_key, text))

    async def token_and_error(self, text: str, reason: str) -> None:
        await self.raw(self.delta("content", text) + self.error(reason))

    async def finish(self) -> web.StreamResponse:
        await self.raw(self.end())
        return self.response

    reasoning_key = ""

    def delta(self, key: str, text: str) -> bytes:
        raise NotImplementedError

    def error(self, reason: str) -> bytes:
        raise NotImplementedError

    def end(self) -> bytes:
        raise NotImplementedError


class OllamaWriter(Writer):
    content_type = "application/x-ndjson"
    reasoning_key = "thinking"

    def delta(self, key: str, text: str) -> bytes:
        return line({"message": {"role": "assistant", "content": ""} | {key: text}, "done": False})

    def error(self, reason: str) -> bytes:
        return line({"error": reason})

    def end(self) -> bytes:
        last = {"message": {"role": "assistant", "content": ""}, "done": True, "done_reason": "stop"}
        return line(last | {"prompt_eval_count": 11, "eval_count": 6})


class OpenAiWriter(Writer):
    content_type = "text/event-stream"
    reasoning_key = "reasoning_content"

    def delta(self, key: str, text: str) -> bytes:
        return b"data: " + line({"choices": [{"delta": {key: text}, "finish_reason": None}]}) + b"\n"

    def error(self, reason: str) -> bytes:
        return b"data: " + line({"error": {"message": reason}}) + b"\n"

    def end(self) -> bytes:
        stop = line({"choices": [{"delta": {}, "finish_reason": "stop"}]})
        usage = line({"choices": [], "usage": {"prompt_tokens": 11, "completion_tokens": 6}})
        return b"data: " + stop + b"\ndata: " + usage + b"\ndata: [DONE]\n\n"


def line(value: object) -> bytes:
    return json.dumps(value).encode() + b"\n"


async def start(fake: FakeUpstream) -> web.AppRunner:
    app = web.Application()
    app.router.add_get("/api/tags", fake.tags)
    app.router.add_post("/api/chat", fake.chat)
    app.router.add_get("/v1/models", fake.openai_models)
    app.router.add_post("/v1/chat/completions", fake.chat)
    # aiohttp tells a handler of a client that left only when asked to.
    runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    fake.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    return runner
