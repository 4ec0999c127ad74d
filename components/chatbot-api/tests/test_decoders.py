"""The network cuts an answer anywhere."""

from __future__ import annotations

import pytest

from chatbot_api.upstream import Finish, Text
from chatbot_api.upstream.lines import LineDecoder
from chatbot_api.upstream.ollama import NdjsonDecoder
from chatbot_api.upstream.openai import EventDecoder

NDJSON = (
    '{"message":{"role":"assistant","content":"wörld 🙂"},"done":false}\n'
    '{"message":{"role":"assistant","content":""},"done":true,"done_reason":"length","eval_count":2}\n'
).encode()
EVENTS = (
    ': ping\r\n\r\ndata: {"choices":[{"delta":{"role":"assistant","content":""}}]}\r\n\r\n'
    'data: {"choices":[{"delta":{"content":"wörld 🙂"},"finish_reason":null}],"usage":null}\r\n\r\n'
    'data: {"choices":[{"delta":{},"finish_reason":"length"}]}\r\n\r\n'
    'data: {"choices":[],"usage":{"completion_tokens":2}}\r\n\r\ndata: [DONE]\r\n\r\n'
).encode()


@pytest.mark.parametrize("size", [1, 2, 3, 7, 10_000])
@pytest.mark.parametrize(("kind", "data"), [(NdjsonDecoder, NDJSON), (EventDecoder, EVENTS)])
def test_any_cut_gives_the_same_parts(kind: type[LineDecoder], data: bytes, size: int) -> None:
    decoder = kind()
    parts = [part for at in range(0, len(data), size) for part in decoder.feed(data[at : at + size])]
    assert parts == [Text("wörld 🙂"), Finish("length", None, 2)]
    assert decoder.failure is None


def test_what_came_before_an_error_counts() -> None:
    decoder = NdjsonDecoder()
    assert decoder.feed(NDJSON.splitlines(keepends=True)[0] + b'{"error":"gone"}\n') == [Text("wörld 🙂")]
    assert decoder.failure is not None
    assert "gone" in decoder.failure.detail


def test_a_line_without_an_end_is_not_kept_for_ever() -> None:
    decoder = NdjsonDecoder()
    decoder.feed(b"x" * 2_000_000)
    assert decoder.failure is not None
