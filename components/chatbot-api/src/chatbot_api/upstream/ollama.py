"""Ollama's own API: newline-delimited JSON from /api/chat."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..errors import UpstreamFailed
from ..schema import Message
from .base import Upstream
from .lines import LineDecoder, error_text, parse_object
from .parts import Finish, Part, Reasoning, Text

# Ollama's own: the token after this many equal ones is not sent (llm/server.go, Completion).
REPEAT_LIMIT = 30


class Ollama(Upstream):
    kind = "ollama"
    chat_path = "/api/chat"
    models_path = "/api/tags"

    def _payload(self, model: str, messages: Sequence[Message]) -> dict[str, Any]:
        return {
            "model": model,
            "messages": [{"role": message.role, "content": message.content} for message in messages],
            "stream": True,
            # By default Ollama cuts a conversation or a running answer to the context window without a word
            # (ollama/ollama#3839); an error lets us cut it and say so.
            "truncate": False,
            "shift": False,
            "options": {"num_predict": self._limits.answer_tokens},
        }

    def _decoder(self) -> LineDecoder:
        return NdjsonDecoder()

    def _names(self, listing: dict[str, Any]) -> frozenset[str]:
        names = {str(entry.get("name", "")) for entry in listing.get("models") or []}
        # "gemma3" and "gemma3:latest" are one model to Ollama.
        return frozenset(names | {name.removesuffix(":latest") for name in names})


class NdjsonDecoder(LineDecoder):
    """Counts repetitions: Ollama ends an answer that loops without its last line and without an error."""

    def __init__(self) -> None:
        super().__init__()
        self._last = ""
        self._repeated = 0

    def end(self) -> list[Part]:
        return [Finish("repetition")] if self._repeated >= REPEAT_LIMIT else []

    def _parts(self, line: bytes) -> list[Part]:
        body = parse_object(line)
        if reason := error_text(body):
            raise UpstreamFailed(f"the inference server failed: {reason}")
        parts: list[Part] = []
        message = body.get("message")
        if isinstance(message, dict):
            if thinking := message.get("thinking"):
                parts.append(Reasoning(thinking))
            if content := message.get("content"):
                parts.append(Text(content))
                self._repeated = self._repeated + 1 if content.strip() == self._last else 0
                self._last = content.strip()
        if body.get("done"):
            parts.append(
                Finish(
                    body.get("done_reason") or "stop", body.get("prompt_eval_count"), body.get("eval_count")
                )
            )
        return parts
