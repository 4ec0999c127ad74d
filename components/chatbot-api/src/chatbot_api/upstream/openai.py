"""The OpenAI-compatible API that vLLM and others serve: server-sent events from /chat/completions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..errors import UpstreamFailed
from ..schema import Message
from .base import Upstream
from .lines import LineDecoder, error_text, parse_object
from .parts import Finish, Part, Reasoning, Text


class OpenAi(Upstream):
    kind = "openai"
    chat_path = "/chat/completions"
    models_path = "/models"

    def _payload(self, model: str, messages: Sequence[Message]) -> dict[str, Any]:
        return {
            "model": model,
            "messages": [{"role": message.role, "content": message.content} for message in messages],
            "stream": True,
            "stream_options": {"include_usage": True},
            "max_tokens": self._limits.answer_tokens,
        }

    def _decoder(self) -> LineDecoder:
        return EventDecoder()

    def _names(self, listing: dict[str, Any]) -> frozenset[str]:
        return frozenset(str(entry.get("id", "")) for entry in listing.get("data") or [])


class EventDecoder(LineDecoder):
    """The usage comes after the finish reason, and [DONE] after both."""

    def __init__(self) -> None:
        super().__init__()
        self._reason: str | None = None
        self._usage: dict[str, Any] = {}

    def _parts(self, line: bytes) -> list[Part]:
        if not line.startswith(b"data:"):
            return []  # comments and the ends of events
        data = line[5:].strip()
        if data == b"[DONE]":
            return [
                Finish(
                    self._reason or "stop",
                    self._usage.get("prompt_tokens"),
                    self._usage.get("completion_tokens"),
                )
            ]
        body = parse_object(data)
        if body.get("error") or body.get("object") == "error":
            raise UpstreamFailed(f"the inference server failed: {error_text(body)}")
        self._usage = body.get("usage") or self._usage
        parts: list[Part] = []
        for choice in body.get("choices") or []:
            delta = choice.get("delta") or {}
            if thinking := delta.get("reasoning_content") or delta.get("reasoning"):
                parts.append(Reasoning(thinking))
            if content := delta.get("content"):
                parts.append(Text(content))
            self._reason = choice.get("finish_reason") or self._reason
        return parts
