"""Proves that the platform answers: the page is served and a question gets a streamed answer."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass

import httpx
from httpx_sse import connect_sse

from platformctl.errors import NotHealthy, Unreachable

QUESTION = "What is Kubernetes?"


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


def ask(
    platform: httpx.Client,
    *,
    question: str = QUESTION,
    model: str | None = None,
    on_text: Callable[[str], None] = lambda _: None,
    timeout_seconds: float = 120.0,
) -> ChatProof:
    """Ask one question through the ingress and follow the stream.

    Args:
        platform: a client for the API's origin; where people sign in, with a session.
        on_text: called with every piece of text when it arrives.
        timeout_seconds: for the whole answer.

    Raises:
        Unreachable: nothing answers at the address.
        NotHealthy: it answers, but not with a complete stream of text.
    """
    request: dict[str, object] = {"messages": [{"role": "user", "content": question}], "stream": True}
    if model:
        request["model"] = model
    url = _origin(platform)
    start = time.monotonic()
    arrivals: list[float] = []
    pieces: list[str] = []
    answered_by, finished = "", False
    try:
        with connect_sse(platform, "POST", "/api/chat", json=request, timeout=timeout_seconds) as source:
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


def page_is_served(platform: httpx.Client) -> str:
    """The title of the page; NotHealthy when the client's base URL does not lead to the chat page."""
    url = _origin(platform)
    try:
        response = platform.get("/")
    except httpx.HTTPError as error:
        raise Unreachable(f"{url} does not answer: {error}", fix="platformctl status") from error
    if response.status_code != 200 or '<div id="root"' not in response.text:
        raise NotHealthy(f"{url} answered {response.status_code}, and not with the chat page")
    return response.text.partition("<title>")[2].partition("</title>")[0]


def _origin(platform: httpx.Client) -> str:
    return str(platform.base_url).rstrip("/")
