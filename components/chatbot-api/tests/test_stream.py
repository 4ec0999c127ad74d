"""Answers as events."""

from __future__ import annotations

import pytest

from .conftest import Api, Start
from .fake_upstream import WORDS, FakeUpstream


@pytest.mark.parametrize("dialect", ["ollama", "openai"])
async def test_events_come_in_order_and_carry_the_text(
    start: Start, upstream: FakeUpstream, dialect: str
) -> None:
    openai = {"OPENAI_API_BASE_URL": f"{upstream.url}/v1", "OPENAI_API_KEY": "secret"}
    api = await start(**(openai if dialect == "openai" else {}))
    events = await api.events("hello", stream=True)

    assert [name for name, _ in events] == ["meta", *["token"] * len(WORDS), "done"]
    meta, *tokens, done = [data for _, data in events]
    assert meta["model"] == "small:1b"
    assert meta["context"] == {"received": 1, "sent": 1, "dropped": 0}
    assert [token["content"] for token in tokens] == list(WORDS)
    assert done == {"finish_reason": "stop", "usage": {"prompt_tokens": 11, "completion_tokens": 6}}
    assert upstream.headers[0].get("Authorization") == ("Bearer secret" if dialect == "openai" else None)


async def test_tokens_arrive_before_the_answer_is_complete(api: Api, upstream: FakeUpstream) -> None:
    async with api.chat("wait") as response:
        seen = b""
        while b'"first"' not in seen:
            seen += await response.content.readany()
        assert not upstream.go_on.is_set()
        upstream.go_on.set()
        rest = await response.content.read()
    assert b'" last"' in rest
    assert b"event: done" in rest


@pytest.mark.parametrize("dialect", ["ollama", "openai"])
async def test_reasoning_has_events_of_its_own(start: Start, upstream: FakeUpstream, dialect: str) -> None:
    api = await start(**({"OPENAI_API_BASE_URL": f"{upstream.url}/v1"} if dialect == "openai" else {}))
    events = await api.events("think")
    assert events[1] == ("reasoning", {"content": "hm"})
    assert events[2] == ("token", {"content": WORDS[0]})


async def test_response_headers(api: Api) -> None:
    async with api.chat("hello", stream=True) as response:
        assert response.content_type == "text/event-stream"
        assert response.headers["Cache-Control"] == "no-store"
        assert response.headers["X-Context-Dropped"] == "0"
        assert response.headers["X-Request-ID"]


@pytest.mark.parametrize(
    ("stream", "accept", "content_type"),
    [
        (None, "*/*", "text/event-stream"),
        (None, "application/json", "application/json"),
        (None, "text/event-stream, application/json;q=0.5", "text/event-stream"),
        (True, "application/json", "text/event-stream"),
        (False, "text/event-stream", "application/json"),
    ],
)
async def test_stream_member_wins_over_accept(
    api: Api, stream: bool | None, accept: str, content_type: str
) -> None:
    body = {"messages": [{"role": "user", "content": "hello"}], "stream": stream}
    async with api.session.post(f"{api.url}/api/chat", json=body, headers={"Accept": accept}) as response:
        assert response.status == 200
        assert response.content_type == content_type


@pytest.mark.parametrize(
    ("said", "code", "status"),
    [
        ("break", "upstream_broke", 502),
        ("stopshort", "upstream_broke", 502),
        ("fail", "upstream_failed", 502),
    ],
)
async def test_a_break_within_the_answer_is_an_event(api: Api, said: str, code: str, status: int) -> None:
    events = await api.events(said)
    assert [name for name, _ in events] == ["meta", "token", "error"]
    assert events[-1][1]["code"] == code
    assert events[-1][1]["status"] == status
    assert events[-1][1]["request_id"] == events[0][1]["id"]


async def test_an_answer_that_repeats_itself_is_ended_by_ollama(api: Api) -> None:
    assert (await api.events("loop 31"))[-1] == (
        "done",
        {"finish_reason": "repetition", "usage": {"prompt_tokens": None, "completion_tokens": None}},
    )
    assert (await api.events("loop 30"))[-1][1]["code"] == "upstream_broke"


async def test_silence_within_the_answer_is_an_event(start: Start) -> None:
    api = await start(TOKEN_TIMEOUT_SECONDS=0.1)
    events = await api.events("wait")
    assert [name for name, _ in events] == ["meta", "token", "error"]
    assert events[-1][1]["code"] == "upstream_timeout"


async def test_an_answer_has_a_longest_time(start: Start) -> None:
    api = await start(ANSWER_TIMEOUT_SECONDS=0.3)
    events = await api.events("wait")
    assert events[-1][1]["code"] == "answer_timeout"


async def test_whole_answer(api: Api) -> None:
    async with api.chat("think", stream=False, model="big:7b") as response:
        body = await response.json()
    assert body == {
        "id": response.headers["X-Request-ID"],
        "model": "big:7b",
        "message": {"role": "assistant", "content": "".join(WORDS)},
        "reasoning": "hm",
        "finish_reason": "stop",
        "usage": {"prompt_tokens": 11, "completion_tokens": 6},
        "context": {"received": 1, "sent": 1, "dropped": 0},
    }


@pytest.mark.parametrize("said", ["break", "fail"])
async def test_a_broken_whole_answer_is_a_problem(api: Api, said: str) -> None:
    assert (await api.problem(said, stream=False))["status"] == 502


async def test_what_is_asked_upstream(api: Api, upstream: FakeUpstream) -> None:
    await api.events("hello")
    asked = upstream.requests[0]
    assert asked["stream"] is True
    assert asked["truncate"] is False
    assert asked["options"] == {"num_predict": 4096}
