"""Proves that the platform answers: the page is served and a question gets a streamed answer."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx
from httpx_sse import connect_sse

from platformctl.errors import NotHealthy, Unreachable

QUESTION = "What is Kubernetes?"
LOOPBACK = "127.0.0.1"


@dataclass(frozen=True)
class ChatProof:
    """What one streamed answer showed.

    Attributes:
        model: the model that answered.
        first_token_seconds: from the request to the first piece of text.
        tokens_per_second: pieces of text a second after the first; one piece is one token with Ollama.
        text: the whole answer.
    """

    model: str
    first_token_seconds: float
    tokens_per_second: float
    text: str


def client(url: str, *, address: str | None = None, timeout_seconds: float = 30.0) -> httpx.Client:
    """A client for the platform's URL.

    Args:
        url: for example ``http://chat.localhost:8080``.
        address: the IPv4 address to connect to; the URL's name is then only said to the server.
            None: what the name resolves to. Names under ``localhost`` are loopback for browsers (RFC 6761),
            but the C library resolves only those in /etc/hosts; so for them None means loopback.
        timeout_seconds: for each silence.
    """
    parts = urlsplit(url)
    headers = {}
    if address is None and _is_localhost(parts.hostname):
        address = LOOPBACK
    if address is not None:
        headers["Host"] = parts.netloc
        url = parts._replace(netloc=f"{address}:{parts.port}" if parts.port else address).geturl()
    return httpx.Client(base_url=url, headers=headers, timeout=timeout_seconds, trust_env=False)


def leads_to(url: str, address: str) -> bool:
    """Whether the name in the URL brings a browser on this machine to the IPv4 address."""
    host = urlsplit(url).hostname or ""
    if _is_localhost(host):
        return address == LOOPBACK
    try:
        found = socket.getaddrinfo(host, None, socket.AF_INET, socket.SOCK_STREAM)
    except OSError:
        return False
    return address in {str(one[4][0]) for one in found}


def _is_localhost(host: str | None) -> bool:
    return host is not None and (host == "localhost" or host.endswith(".localhost"))


def ask(
    url: str,
    *,
    address: str | None = None,
    question: str = QUESTION,
    model: str | None = None,
    on_text: Callable[[str], None] = lambda _: None,
    timeout_seconds: float = 120.0,
) -> ChatProof:
    """Ask one question through the ingress and follow the stream.

    Args:
        url, address: as for `client`.
        on_text: called with every piece of text when it arrives.
        timeout_seconds: for the whole answer.

    Raises:
        Unreachable: nothing answers at the address.
        NotHealthy: it answers, but not with a complete stream of text.
    """
    request: dict[str, object] = {"messages": [{"role": "user", "content": question}], "stream": True}
    if model:
        request["model"] = model
    start = time.monotonic()
    arrivals: list[float] = []
    pieces: list[str] = []
    answered_by, finished = "", False
    try:
        with (
            client(url, address=address, timeout_seconds=timeout_seconds) as platform,
            connect_sse(platform, "POST", "/api/chat", json=request) as source,
        ):
            if source.response.status_code != 200:
                reason = source.response.read().decode(errors="replace")[:300]
                raise NotHealthy(
                    f"{url}/api/chat answered {source.response.status_code}: {reason}",
                    fix="platformctl status",
                )
            for event in source.iter_sse():
                body = json.loads(event.data) if event.data else {}
                if event.event == "meta":
                    answered_by = str(body.get("model", ""))
                elif event.event == "token":
                    if time.monotonic() - start > timeout_seconds:
                        raise NotHealthy(
                            f"the answer had no end after {timeout_seconds:.0f} s",
                            fix="lower the model's num_predict, or give it stop words",
                        )
                    piece = str(body.get("content", ""))
                    arrivals.append(time.monotonic())
                    pieces.append(piece)
                    on_text(piece)
                elif event.event == "error":
                    raise NotHealthy(f"the answer broke off: {event.data}", fix="platformctl models verify")
                elif event.event == "done":
                    finished = True
    except httpx.HTTPError as error:
        raise Unreachable(f"{url} does not answer: {error}", fix="platformctl status") from error
    if not pieces or not finished:
        raise NotHealthy(f"{url}/api/chat ended without an answer", fix="platformctl models verify")
    streamed_seconds = arrivals[-1] - arrivals[0]
    rate = (len(arrivals) - 1) / streamed_seconds if streamed_seconds > 0 else 0.0
    return ChatProof(answered_by, arrivals[0] - start, rate, "".join(pieces))


def page_is_served(url: str, *, address: str | None = None) -> str:
    """The title of the page at the URL (as for `client`); NotHealthy when it is not the chat page."""
    try:
        with client(url, address=address) as platform:
            response = platform.get("/")
    except httpx.HTTPError as error:
        raise Unreachable(f"{url} does not answer: {error}", fix="platformctl status") from error
    if response.status_code != 200 or '<div id="root"' not in response.text:
        raise NotHealthy(f"{url} answered {response.status_code}, and not with the chat page")
    return response.text.partition("<title>")[2].partition("</title>")[0]
