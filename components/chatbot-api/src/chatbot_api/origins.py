"""Which pages may ask: the browser's side of it (CORS) and ours (no forged requests)."""

from __future__ import annotations

from collections.abc import Collection

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from .errors import OriginRefused
from .record import record_of

PREFLIGHT_SECONDS = 600
READING = frozenset({"GET", "HEAD", "OPTIONS"})


def with_origins(app: ASGIApp, origins: Collection[str]) -> ASGIApp:
    """The application for pages of these origins, which send the session's cookie along."""
    return CORSMiddleware(
        SameOrigins(app, origins),
        allow_origins=origins,
        allow_methods=("GET", "POST"),
        allow_headers=("Content-Type",),
        allow_credentials=True,
        expose_headers=("Retry-After", "X-Context-Dropped", "X-Request-ID"),
        max_age=PREFLIGHT_SECONDS,
    )


class SameOrigins:
    """Changes nothing for a page of another origin: the browser adds the cookie to its requests as well.

    Browsers send Origin with every request that is not a plain read. A request without one is a program's,
    which has a token and no cookie.
    """

    def __init__(self, app: ASGIApp, origins: Collection[str]) -> None:
        self.app = app
        self.origins = frozenset(origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] not in READING:
            given = Headers(scope=scope).getlist("origin")
            if any(origin not in self.origins for origin in given):
                record = record_of(scope)
                refused = OriginRefused("pages of this origin may not ask here")
                record.fields["code"] = refused.code
                await refused.response(record.request_id)(scope, receive, send)
                return
        await self.app(scope, receive, send)
