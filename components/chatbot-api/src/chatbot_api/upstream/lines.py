"""Both dialects stream lines of JSON; this cuts the bytes of the network into them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

from pydantic_core import from_json

from ..errors import ApiError, UpstreamFailed
from .parts import Part

MAX_LINE_BYTES = 1_048_576


class LineDecoder(ABC):
    """Turns the bytes of one answer into parts; holds what a read cut in two."""

    def __init__(self) -> None:
        self._rest = b""
        self.failure: ApiError | None = None

    def feed(self, data: bytes) -> list[Part]:
        """All parts that are complete with ``data``, possibly none.

        An error that the server reports within the answer, or what is no JSON, becomes ``failure``; the parts
        before it still count.
        """
        lines = (self._rest + data).split(b"\n")
        self._rest = lines.pop()
        parts: list[Part] = []
        try:
            for line in lines:
                if line:
                    parts += self._parts(line)
            if len(self._rest) > MAX_LINE_BYTES:
                raise UpstreamFailed("the inference server sent a line without an end")
        except ApiError as error:
            self.failure = error
        return parts

    def end(self) -> list[Part]:
        """What a clean end of the body means, when no Finish came before it: nothing by default."""
        return []

    @abstractmethod
    def _parts(self, line: bytes) -> list[Part]:
        """The parts in one line that is not empty; UpstreamFailed when it reports an error."""


def parse_object(line: bytes) -> dict[str, Any]:
    try:
        value = from_json(line)
    except ValueError as error:
        raise UpstreamFailed("the inference server sent what is no JSON") from error
    if not isinstance(value, dict):
        raise UpstreamFailed("the inference server sent what is no JSON object")
    return value


def error_text(body: dict[str, Any]) -> str | None:
    """The reason in ``{"error": "..."}``, ``{"error": {"message": "..."}}`` or ``{"message": "..."}``."""
    error = body.get("error")
    if isinstance(error, dict):
        error = error.get("message")
    reason = error or (body.get("message") if isinstance(body.get("message"), str) else None)
    return str(reason)[:500] if reason else None
