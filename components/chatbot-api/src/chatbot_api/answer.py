"""One answer to a chat request, streamed or whole, from the upstream to the client."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from .client import ClientGone, while_connected
from .context import Trimmed, trim
from .drain import Drain
from .errors import AnswerTimeout, ApiError, ContextTooLong, Draining
from .events import EVENT_STREAM, encode, event, usage
from .record import Record, record_of
from .schema import ChatAnswer, Context, Message
from .slots import Slots
from .upstream import Answer, Finish, Part, Reasoning, Text, Upstream

LAST_WORDS_SECONDS = 5.0
STREAM_HEADERS = {
    "Cache-Control": "no-store",
    "X-Accel-Buffering": "no",  # nginx would hold events back
}


@dataclass(frozen=True)
class Answerer:
    """Starts answers within this process's limits."""

    upstream: Upstream
    slots: Slots
    drain: Drain
    answer_seconds: float

    @asynccontextmanager
    async def start(
        self, model: str, trimmed: Trimmed, request_id: str
    ) -> AsyncIterator[tuple[Answer, list[Part], Context]]:
        """A running answer, its first parts, and what was sent in the end.

        A conversation that the model's context cannot hold is halved until it fits; that counts as dropped.
        """
        async with self._limited():
            while True:
                async with AsyncExitStack() as stack:
                    try:
                        answer = await stack.enter_async_context(
                            self.upstream.answer(model, trimmed.messages, request_id)
                        )
                        first = await anext(answer)
                    except ContextTooLong:
                        shorter = halved(trimmed)
                        if shorter is None:
                            raise
                        trimmed = shorter
                        continue
                    yield answer, first, trimmed.context()
                    return

    @asynccontextmanager
    async def _limited(self) -> AsyncIterator[None]:
        with self.slots.take():
            try:
                async with asyncio.timeout(self.answer_seconds) as limit:
                    with self.drain.registered(limit):
                        yield
            except TimeoutError as error:
                if self.drain.cut_short:
                    raise Draining("this server is stopping; ask again", retry_after=1) from error
                raise AnswerTimeout(f"the answer took longer than {self.answer_seconds:g} s") from error


def halved(trimmed: Trimmed) -> Trimmed | None:
    """About half of the messages that are not the system's; None when nothing can go."""
    systems = sum(message.role == "system" for message in trimmed.messages)
    turns = len(trimmed.messages) - systems
    if turns <= 1:
        return None
    return Trimmed(trim(trimmed.messages, systems + turns // 2).messages, trimmed.received)


class ChatResponse(Response):
    """Does the whole work when it is sent, so that one place holds the slot, the limits and the upstream.

    Until the first text it may raise ApiError, which becomes an ordinary problem response with its status.
    """

    def __init__(self, answerer: Answerer, model: str, trimmed: Trimmed) -> None:
        super().__init__()
        self.answerer = answerer
        self.model = model
        self.trimmed = trimmed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        record = record_of(scope)
        record.fields |= {"model": self.model, "messages": self.trimmed.received, "outcome": "failed"}
        try:
            await while_connected(receive, self._answer(send, record))
        except ClientGone:
            if record.fields["outcome"] != "done":
                record.fields["outcome"] = "client_gone"
        except ApiError as error:
            record.fields["code"] = error.code
            raise

    async def _answer(self, send: Send, record: Record) -> None:
        raise NotImplementedError

    def _note_start(self, record: Record, context: Context) -> None:
        record.fields |= {"first_token_ms": record.elapsed_ms(), "dropped": context.dropped}

    def _note_end(self, record: Record, finish: Finish) -> None:
        record.fields |= {"outcome": "done", "finish_reason": finish.reason, **usage(finish).model_dump()}


class StreamedAnswer(ChatResponse):
    """Events: ``meta``, then ``token`` (and ``reasoning``), then ``done`` or ``error``."""

    async def _answer(self, send: Send, record: Record) -> None:
        started = False
        try:
            async with self.answerer.start(self.model, self.trimmed, record.request_id) as (
                answer,
                parts,
                context,
            ):
                self._note_start(record, context)
                await send(self._head(context))
                started = True
                await send(chunk(self._meta(record, context) + encode(parts)))
                async for parts in answer:
                    await send(chunk(encode(parts)))
                if isinstance(parts[-1], Finish):
                    self._note_end(record, parts[-1])
        except ApiError as error:
            if not started:
                raise
            record.fields["code"] = error.code
            # It may be the client that is slow: the connection is closed if it does not take this either.
            async with asyncio.timeout(LAST_WORDS_SECONDS):
                await send(chunk(event(b"error", error.problem(record.request_id))))
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    def _head(self, context: Context) -> dict[str, Any]:
        headers = STREAM_HEADERS | {
            "Content-Type": f"{EVENT_STREAM}; charset=utf-8",
            "X-Context-Dropped": str(context.dropped),
        }
        raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
        return {"type": "http.response.start", "status": 200, "headers": raw}

    def _meta(self, record: Record, context: Context) -> bytes:
        body = {"id": record.request_id, "model": self.model, "context": context.model_dump()}
        return event(b"meta", body)


class WholeAnswer(ChatResponse):
    """One JSON object. The upstream streams all the same, so that limits and disconnects work alike."""

    async def _answer(self, send: Send, record: Record) -> None:
        async with self.answerer.start(self.model, self.trimmed, record.request_id) as (
            answer,
            parts,
            context,
        ):
            self._note_start(record, context)
            async for more in answer:
                parts += more
        finish = parts[-1]
        assert isinstance(finish, Finish)
        body = ChatAnswer(
            id=record.request_id,
            model=self.model,
            message=Message(
                role="assistant", content="".join(part.content for part in parts if isinstance(part, Text))
            ),
            reasoning="".join(part.content for part in parts if isinstance(part, Reasoning)) or None,
            finish_reason=finish.reason,
            usage=usage(finish),
            context=context,
        )
        self._note_end(record, finish)
        headers = {"Cache-Control": "no-store", "X-Context-Dropped": str(context.dropped)}
        response = JSONResponse(body.model_dump(), headers=headers)
        await send({"type": "http.response.start", "status": 200, "headers": response.raw_headers})
        await send({"type": "http.response.body", "body": response.body})


def chunk(body: bytes) -> dict[str, Any]:
    return {"type": "http.response.body", "body": body, "more_body": True}
