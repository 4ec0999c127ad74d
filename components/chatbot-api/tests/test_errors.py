"""Every wrong request and every failure of the upstream ends in a problem that names its reason."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import pytest

from .conftest import Api, Start, free_port, read_problem
from .fake_upstream import FakeUpstream

HELLO = {"role": "user", "content": "hello"}


WRONG_BODIES: list[tuple[Any, str]] = [
    ({}, "messages"),
    ({"messages": []}, "messages"),
    ({"messages": "hello"}, "messages"),
    ({"messages": [HELLO] * 1001}, "messages"),
    ({"messages": [{"role": "system", "content": "be brief"}]}, "messages"),
    ({"messages": [HELLO, {"role": "robot", "content": "x"}]}, "messages[1].role"),
    ({"messages": [{"role": "user"}]}, "messages[0].content"),
    ({"messages": [{"role": "user", "content": 7}]}, "messages[0].content"),
    ({"messages": [{"role": "user", "content": " \n"}]}, "messages[0].content"),
    ({"messages": [HELLO | {"name": "ada"}]}, "messages[0].name"),
    ({"messages": [HELLO], "temperature": 2}, "temperature"),
    ({"messages": [HELLO], "stream": "yes"}, "stream"),
    ({"messages": [HELLO], "model": 3}, "model"),
    ([], "body"),
]


async def test_a_wrong_field_is_named(api: Api, upstream: FakeUpstream) -> None:
    for body, field in WRONG_BODIES:
        async with api.session.post(f"{api.url}/api/chat", json=body) as response:
            problem = await read_problem(response)
        assert (problem["status"], problem["code"]) == (422, "invalid_request")
        assert [error["field"] for error in problem["errors"]] == [field], body
        assert field in problem["detail"]
    assert not upstream.requests


async def test_what_was_said_is_not_quoted(api: Api) -> None:
    async with api.session.post(
        f"{api.url}/api/chat", json={"messages": [HELLO | {"secret-field": "secret-word"}]}
    ) as response:
        assert "secret-word" not in await response.text()


async def test_too_many_system_messages(start: Start) -> None:
    api = await start(MAX_CONTEXT_MESSAGES=2)
    problem = await api.problem([{"role": "system", "content": "x"}] * 2 + [HELLO])
    assert problem["errors"][0]["field"] == "messages"


@pytest.mark.parametrize("model", ["huge:70b", ""])
async def test_an_unknown_model_lists_the_known_ones(api: Api, upstream: FakeUpstream, model: str) -> None:
    problem = await api.problem("hello", model=model)
    assert (problem["status"], problem["code"]) == (422, "unknown_model")
    assert problem["errors"][0]["field"] == "model"
    assert problem["models"] == ["small:1b", "big:7b"]
    assert not upstream.requests


FOREIGN_BODIES = [
    ("application/json", b'{"messages": [', 400, "invalid_json"),
    ("application/json", b"\xff\xfe", 400, "invalid_json"),
    ("application/json", b"", 422, "invalid_request"),
    ("text/plain", b"hello", 415, "unsupported_media_type"),
    ("application/json", b" " * 2000, 413, "body_too_large"),
]


async def test_a_body_that_is_not_ours(start: Start) -> None:
    api = await start(MAX_BODY_BYTES=1000)
    for content_type, data, status, code in FOREIGN_BODIES:
        headers = {"Content-Type": content_type}
        async with api.session.post(f"{api.url}/api/chat", data=data, headers=headers) as response:
            problem = await read_problem(response)
        assert (problem["status"], problem["code"]) == (status, code)


async def test_a_large_body_without_a_length(start: Start) -> None:
    api = await start(MAX_BODY_BYTES=1000)

    async def chunks() -> Any:
        for _ in range(4):
            yield b" " * 400

    headers = {"Content-Type": "application/json"}
    async with api.session.post(f"{api.url}/api/chat", data=chunks(), headers=headers) as response:
        assert (await read_problem(response))["code"] == "body_too_large"


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nowhere", 404, "not_found"),
        ("GET", "/api/models/", 404, "not_found"),
        ("GET", "/api/chat", 405, "method_not_allowed"),
    ],
)
async def test_paths_and_methods(api: Api, method: str, path: str, status: int, code: str) -> None:
    async with api.session.request(method, api.url + path) as response:
        problem = await read_problem(response)
        assert (problem["status"], problem["code"]) == (status, code)
        assert response.headers.get("Allow") == ("POST" if status == 405 else None)


REFUSALS = [
    ("refuse 503 server busy, please try again", 503, "upstream_busy", 5),
    ("refuse 429 slow down", 503, "upstream_busy", 7),
    ("refuse 404 model not found", 503, "model_missing", 30),
    ("refuse 400 does not support chat", 422, "upstream_rejected", None),
    ("refuse 400 prompt exceeds the context window", 422, "context_too_long", None),
    ("refuse 401 who are you", 502, "upstream_failed", None),
    ("refuse 500 runner crashed", 502, "upstream_failed", None),
    ("garbage", 502, "upstream_failed", None),
]


@pytest.mark.parametrize("stream", [True, False])
async def test_a_refusal_of_the_upstream(api: Api, stream: bool) -> None:
    for said, status, code, retry_after in REFUSALS:
        problem = await api.problem(said, stream=stream)
        assert (problem["status"], problem["code"], problem.get("retry_after")) == (
            status,
            code,
            retry_after,
        ), said
        assert (await api.request_line(request_id=problem["request_id"]))["code"] == code


async def test_a_model_that_is_not_there_yet(api: Api, upstream: FakeUpstream) -> None:
    upstream.models = ("big:7b",)
    assert (await api.problem("hello"))["code"] == "model_missing"


@pytest.mark.parametrize("stream", [True, False])
async def test_an_upstream_that_is_down(start: Start, stream: bool) -> None:
    api = await start(OLLAMA_URL=f"http://127.0.0.1:{free_port()}")
    problem = await api.problem("hello", stream=stream)
    assert (problem["status"], problem["code"], problem["retry_after"]) == (502, "upstream_unreachable", 5)


@pytest.mark.parametrize("stream", [True, False])
async def test_an_upstream_that_is_slow(start: Start, upstream: FakeUpstream, stream: bool) -> None:
    api = await start(FIRST_TOKEN_TIMEOUT_SECONDS=0.2)
    problem = await api.problem("hang", stream=stream)
    assert (problem["status"], problem["code"]) == (504, "upstream_timeout")
    await upstream.cut_off.wait()


async def test_headers_are_no_text_yet(start: Start) -> None:
    api = await start(FIRST_TOKEN_TIMEOUT_SECONDS=0.5, TOKEN_TIMEOUT_SECONDS=30)
    assert (await api.problem("headers 20"))["code"] == "upstream_timeout"
    patient = await start(FIRST_TOKEN_TIMEOUT_SECONDS=30, TOKEN_TIMEOUT_SECONDS=0.5)
    assert (await patient.events("headers 0.8"))[1][0] == "token"


async def test_one_answer_too_many(start: Start, upstream: FakeUpstream) -> None:
    api = await start(MAX_CONCURRENT_ANSWERS=1)
    async with api.chat("wait"):
        problem = await api.problem("hello")
        assert (problem["status"], problem["code"], problem["retry_after"]) == (503, "busy", 1)
    await api.request_line(outcome="client_gone")
    assert (await api.events("hello"))[-1][0] == "done"  # the slot is free again


async def test_a_stale_connection_is_no_error(start: Start) -> None:
    """The upstream closes a pooled connection just when it is used again, as a restarted one does."""
    connections = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        for turn in range(2):
            head = await reader.readuntil(b"\r\n\r\n")
            if turn == 1 and head.startswith(b"POST"):
                break  # read, and not answered
            await reader.readexactly(int(re.findall(rb"(?i)content-length: (\d+)", head)[0]))
            line = b'{"message":{"content":"hi"},"done":true}\n'
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(line) + line)
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        api = await start(OLLAMA_URL=f"http://127.0.0.1:{port}")
        for _ in range(2):
            assert (await api.events("hello"))[-1][0] == "done"
        assert connections == 2
