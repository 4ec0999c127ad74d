"""What every request passes through, as plain ASGI: Starlette's BaseHTTPMiddleware would hide disconnects."""

from __future__ import annotations

import logging

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .drain import Drain
from .errors import BodyTooLarge
from .record import REQUEST_ID_HEADER, Record, attach_record, record_of

logger = logging.getLogger("chatbot_api.request")
CLIENT_CLOSED = 499  # nginx's number for a client that left; no status was sent
PROBES = frozenset({"/health", "/ready", "/api/health", "/api/ready"})


class RequestLog:
    """Gives the request an id and writes its one log line."""

    def __init__(self, app: ASGIApp, drain: Drain) -> None:
        self.app = app
        self.drain = drain

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        record = attach_record(scope)
        complete = False

        async def send_with_id(message: Message) -> None:
            nonlocal complete
            if message["type"] == "http.response.start":
                record.status = message["status"]
                headers = [*message["headers"], (REQUEST_ID_HEADER, record.request_id.encode())]
                if self.drain.begun:
                    headers.append((b"connection", b"close"))  # a proxy must look for another pod
                message = {**message, "headers": headers}
            complete = message["type"] == "http.response.body" and not message.get("more_body")
            await send(message)

        try:
            await self.app(scope, receive, send_with_id)
        except Exception as error:
            logger.error(
                "unforeseen error", exc_info=error, extra={"fields": {"request_id": record.request_id}}
            )
            if not complete:
                raise  # the server closes the connection, so that the client does not wait
        finally:
            self._write(scope, record)

    def _write(self, scope: Scope, record: Record) -> None:
        status = record.status or CLIENT_CLOSED
        quiet = scope["path"] in PROBES and status < 400
        fields = {
            "request_id": record.request_id,
            "method": scope["method"],
            "path": scope["path"],
            "status": status,
            "duration_ms": record.elapsed_ms(),
            **record.fields,
        }
        logger.log(logging.DEBUG if quiet else logging.INFO, "request", extra={"fields": fields})


class BodyLimit:
    """Refuses a body over ``limit`` bytes, announced or not, with 413."""

    def __init__(self, app: ASGIApp, limit: int) -> None:
        self.app = app
        self.limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        announced = next((value for name, value in scope["headers"] if name == b"content-length"), b"")
        if announced.isdigit() and int(announced) > self.limit:
            response = self._too_large().response(record_of(scope).request_id)
            response.headers["Connection"] = "close"  # the rest of the body is not read
            await response(scope, receive, send)
            return
        seen = 0

        async def limited() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > self.limit:
                raise self._too_large()
            return message

        await self.app(scope, limited, send)

    def _too_large(self) -> BodyTooLarge:
        return BodyTooLarge(f"the body is larger than {self.limit} bytes")
