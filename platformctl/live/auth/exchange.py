"""One request and its answer, without what must not be shown."""

from __future__ import annotations

from dataclasses import dataclass

import httpx

from platformctl.live.auth import redact

BODY_CHARACTERS = 400


@dataclass(frozen=True)
class Exchange:
    """What was sent and what came back.

    Attributes:
        method, url: of the request.
        sent: its headers.
        status: of the answer; None: none came.
        received: the answer's headers.
        body: the beginning of the answer's text; empty for a stream.
        failure: why none came.
    """

    method: str
    url: str
    sent: tuple[tuple[str, str], ...]
    status: int | None
    received: tuple[tuple[str, str], ...] = ()
    body: str = ""
    failure: str = ""

    @classmethod
    def of(cls, response: httpx.Response) -> Exchange:
        """What a response tells; its body only if it was read."""
        request = response.request
        try:
            body = response.text
        except httpx.ResponseNotRead:
            body = ""
        return cls(
            request.method,
            redact.url(str(request.url)),
            redact.headers(request.headers.multi_items()),
            response.status_code,
            redact.headers(response.headers.multi_items()),
            redact.text(body[:BODY_CHARACTERS]),
        )

    @classmethod
    def failed(cls, request: httpx.Request, error: httpx.HTTPError) -> Exchange:
        """A request that got no answer."""
        return cls(
            request.method,
            redact.url(str(request.url)),
            redact.headers(request.headers.multi_items()),
            None,
            failure=redact.text(str(error)),
        )

    @property
    def request_line(self) -> str:
        return f"{self.method} {self.url}"

    @property
    def answer(self) -> str:
        """The status and where it leads, in one line."""
        if self.status is None:
            return self.failure
        location = next((value for name, value in self.received if name.lower() == "location"), "")
        return f"{self.status} {location}".rstrip()
