"""The events of a streamed answer, as bytes of text/event-stream."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic_core import to_json

from .schema import Usage
from .upstream import Finish, Part, Reasoning, Text

EVENT_STREAM = "text/event-stream"


def event(name: bytes, data: Mapping[str, Any]) -> bytes:
    # JSON holds no raw line break, so one data line is enough.
    return b"event: " + name + b"\ndata: " + to_json(data) + b"\n\n"


def encode(parts: Iterable[Part]) -> bytes:
    """The events of one batch; one write for all that one read brought."""
    return b"".join(map(_encode, parts))


def _encode(part: Part) -> bytes:
    match part:
        case Text(content):
            return event(b"token", {"content": content})
        case Reasoning(content):
            return event(b"reasoning", {"content": content})
        case Finish():
            return event(b"done", {"finish_reason": part.reason, "usage": usage(part).model_dump()})


def usage(finish: Finish) -> Usage:
    return Usage(prompt_tokens=finish.prompt_tokens, completion_tokens=finish.completion_tokens)
