"""Ollama and its sidecar behind the proxy of an API server, with every fault that the proof must find."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.unit.live.api_server import Reply

DIGEST, OTHER = "sha256:" + "a" * 64, "sha256:" + "b" * 64
BLOB = "sha256:" + "c" * 64
NAME = "gemma3:270m"


@dataclass
class Engine:
    """Ollama and its sidecar behind the proxy."""

    held: dict[str, str] = field(default_factory=lambda: {NAME: DIGEST})
    wanted: list[str] = field(default_factory=lambda: [NAME])
    bad: str | None = None
    on_volume: bool = True
    refuse: str | None = None
    breaks_off: bool = False
    repaired: dict[str, Any] = field(default_factory=lambda: {"ok": True})
    asked: list[str] = field(default_factory=list)

    def __call__(self, method: str, path: str, body: Any) -> Reply:
        self.asked.append(f"{method} {path}")
        split = urlsplit(path)
        query = {key: value[0] for key, value in parse_qs(split.query).items()}
        if split.path == "/api/tags":
            return self._json(
                {
                    "models": [
                        {"name": name, "digest": digest.removeprefix("sha256:"), "size": 253_000_000}
                        for name, digest in self.held.items()
                    ]
                }
            )
        if split.path == "/api/ps":
            return self._json({"models": [{"name": NAME, "size": 5, "size_vram": 0, "context_length": 4096}]})
        if split.path == "/api/generate":
            if self.refuse:
                return 500, json.dumps({"error": self.refuse}).encode()
            return self._json({"response": "Yes", "done": True})
        if split.path == "/status":
            return self._json({"models": [{"name": name, "wanted": DIGEST} for name in self.wanted]})
        if split.path == "/verify":
            return 200, self._lines(self._verify(query["model"], query["deep"] == "true"))
        if split.path == "/repair" and method == "POST":
            if query["model"] not in self.wanted:
                return 404, b'{"error": "not a wanted model"}'
            pulling = {"status": "pulling c", "completed": 1, "total": 2}
            return 200, self._lines(iter([{"status": "removing"}, pulling, self.repaired]))
        return 404, b"{}"

    def _verify(self, name: str, deep: bool) -> Iterator[dict[str, Any]]:
        if not self.on_volume:
            yield {"model": name, "done": True, "ok": False, "reason": "it has no manifest on the volume"}
            return
        yield {"model": name, "manifest": DIGEST, "blobs": 2, "bytes": 9}
        if deep:
            yield {"model": name, "blob": BLOB, "completed": 1, "total": 2}
        bad = self.bad if deep or self.bad == "is missing" else None
        yield {"model": name, "blob": OTHER, "ok": True}
        yield {"model": name, "blob": BLOB, "ok": bad is None} | ({"reason": bad} if bad else {})
        if not self.breaks_off:
            yield {"model": name, "done": True, "ok": bad is None}

    @staticmethod
    def _json(value: Any) -> Reply:
        return 200, json.dumps(value).encode()

    @staticmethod
    def _lines(events: Iterator[dict[str, Any]]) -> Iterator[bytes]:
        return (json.dumps(event).encode() + b"\n" for event in events)
