"""The proof that the platform answers: what counts as the page, and as a whole answer."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest

from platformctl.errors import NotHealthy, Unreachable
from platformctl.live import chat
from platformctl.live.route import client

Event = tuple[str, dict[str, Any]]

META: Event = ("meta", {"model": "m"})
TOKEN: Event = ("token", {"content": "Yes"})
DONE: Event = ("done", {})


class Platform(ThreadingHTTPServer):
    """The page and the API of a platform, on a free port of loopback."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.events: list[Event] = [META, TOKEN, DONE]

    def client(self) -> httpx.Client:
        return client(f"http://127.0.0.1:{self.server_address[1]}")


class Handler(BaseHTTPRequestHandler):
    server: Platform

    def log_message(self, *_: Any) -> None:
        pass

    def do_GET(self) -> None:
        self._answer("text/html", '<title>Chat</title><div id="root"></div>')

    def do_POST(self) -> None:
        lines = [f"event: {name}\ndata: {json.dumps(data)}\n\n" for name, data in self.server.events]
        self._answer("text/event-stream", "".join(lines))

    def _answer(self, kind: str, text: str) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.end_headers()
        self.wfile.write(text.encode())


@pytest.fixture
def platform() -> Iterator[Platform]:
    with Platform() as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield server
        server.shutdown()


def test_the_page_and_a_whole_answer(platform: Platform) -> None:
    assert chat.page_is_served(platform.client()) == "Chat"
    proof = chat.ask(platform.client())
    assert (proof.model, proof.text) == ("m", "Yes")


def test_nobody_answers() -> None:
    with pytest.raises(Unreachable, match="does not answer"):
        chat.page_is_served(client("http://127.0.0.1:9"))


@pytest.mark.parametrize("events", [[META, TOKEN], [META, DONE], []])
def test_stream_that_ends_early_is_no_answer(platform: Platform, events: list[Event]) -> None:
    platform.events = events
    with pytest.raises(NotHealthy, match="ended without an answer"):
        chat.ask(platform.client())


def test_stream_that_breaks_off_says_why(platform: Platform) -> None:
    platform.events = [META, TOKEN, ("error", {"detail": "out of memory"})]
    with pytest.raises(NotHealthy, match="out of memory"):
        chat.ask(platform.client())
