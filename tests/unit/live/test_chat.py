"""The proof that the platform answers: where it connects to, and what counts as a whole answer."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from platformctl.errors import NotHealthy, Unreachable
from platformctl.live import chat

META, TOKEN, DONE = ("meta", {"model": "m"}), ("token", {"content": "Yes"}), ("done", {})


class Platform(ThreadingHTTPServer):
    """The page and the API of a platform, on a free port of loopback."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.hosts: list[str] = []
        self.events: list[tuple[str, dict[str, Any]]] = [META, TOKEN, DONE]

    def url(self, host: str) -> str:
        return f"http://{host}:{self.server_address[1]}"


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
        self.server.hosts.append(self.headers["Host"])
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


@pytest.fixture
def resolver(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The names that the machine resolves, numbers aside."""
    names: dict[str, str] = {}
    real = socket.getaddrinfo

    def resolve(host: str | bytes, *more: Any, **settings: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host
        if name in names or name.replace(".", "").isdigit():
            return real(names.get(name, name), *more, **settings)
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    return names


@pytest.mark.usefixtures("resolver")
def test_name_that_nobody_resolves_is_said_to_a_known_address(platform: Platform) -> None:
    url = platform.url("chat.example.com")

    assert chat.page_is_served(url, address="127.0.0.1") == "Chat"
    assert chat.ask(url, address="127.0.0.1").text == "Yes"
    assert platform.hosts == [url.removeprefix("http://")] * 2
    with pytest.raises(Unreachable):
        chat.page_is_served(url)


@pytest.mark.usefixtures("resolver")
@pytest.mark.parametrize("host", ["chat.localhost", "localhost"])
def test_names_under_localhost_are_loopback(platform: Platform, host: str) -> None:
    assert chat.page_is_served(platform.url(host)) == "Chat"
    assert platform.hosts == [platform.url(host).removeprefix("http://")]


def test_whether_a_name_leads_to_an_address(resolver: dict[str, str]) -> None:
    resolver |= {"here.example.com": "127.0.0.1", "elsewhere.example.com": "192.0.2.1"}

    led = {
        host: chat.leads_to(f"http://{host}:8080", "127.0.0.1")
        for host in ("chat.localhost", "here.example.com", "elsewhere.example.com", "nowhere.example.com")
    }
    assert [host for host, here in led.items() if here] == ["chat.localhost", "here.example.com"]


@pytest.mark.parametrize("events", [[META, TOKEN], [META, DONE], []])
def test_stream_that_ends_early_is_no_answer(
    platform: Platform, events: list[tuple[str, dict[str, Any]]]
) -> None:
    platform.events = events
    with pytest.raises(NotHealthy, match="ended without an answer"):
        chat.ask(platform.url("127.0.0.1"))


def test_stream_that_breaks_off_says_why(platform: Platform) -> None:
    platform.events = [META, TOKEN, ("error", {"detail": "out of memory"})]
    with pytest.raises(NotHealthy, match="out of memory"):
        chat.ask(platform.url("127.0.0.1"))
