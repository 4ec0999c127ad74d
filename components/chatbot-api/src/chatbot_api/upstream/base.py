"""Talks HTTP to an inference server and turns its failures into ours.

aiohttp, because its parser is in C and it hands on what a read brought without a task or a copy per chunk; an
httpx proxy was measured to lose most of the throughput at 256 streams.
"""

from __future__ import annotations

import asyncio
import re
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import aiohttp

from ..errors import (
    ApiError,
    ContextTooLong,
    ModelMissing,
    UpstreamBroke,
    UpstreamBusy,
    UpstreamFailed,
    UpstreamRejected,
    UpstreamTimeout,
    UpstreamUnreachable,
)
from ..schema import Message
from .lines import LineDecoder, error_text, parse_object
from .parts import Finish, Part

TOO_LONG = re.compile(r"context (length|window|size)|maximum context|too many tokens", re.IGNORECASE)
RETRY_AFTER_SECONDS = 5


@dataclass(frozen=True)
class Limits:
    """Seconds and tokens that an answer may take."""

    connect_seconds: float
    first_token_seconds: float
    token_seconds: float
    answer_tokens: int


class Answer:
    """A running answer. Iterate over it for batches of parts, one batch per network read."""

    def __init__(self, response: aiohttp.ClientResponse, decoder: LineDecoder, limits: Limits, first: float):
        self._response = response
        self._decoder = decoder
        self._limits = limits
        self._first_deadline: float | None = first
        self._finished = False

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> list[Part]:
        """The next parts, never none.

        Raises:
            UpstreamTimeout: nothing came for too long.
            UpstreamBroke: the connection ended before the answer did.
            UpstreamFailed: the server reports an error.
        """
        if self._finished:
            raise StopAsyncIteration
        while True:
            if self._decoder.failure:
                raise self._decoder.failure
            data = await self._read()
            parts = self._decoder.feed(data) if data else self._decoder.end()
            if not data and not parts:
                raise UpstreamBroke("the inference server ended the answer before it was complete")
            if parts:
                self._first_deadline = None
                self._finished = isinstance(parts[-1], Finish)
                return parts

    async def _read(self) -> bytes:
        now = asyncio.get_running_loop().time()
        deadline = self._first_deadline or now + self._limits.token_seconds
        try:
            async with asyncio.timeout_at(deadline):
                return await self._response.content.readany()
        except TimeoutError as error:
            raise too_slow(self._limits, first=self._first_deadline is not None) from error
        except (aiohttp.ClientError, OSError) as error:
            raise UpstreamBroke("the connection to the inference server broke") from error

    async def settle(self) -> None:
        """After the last part: read the end of the body, so that the connection can be used again."""
        if self._finished:
            try:
                async with asyncio.timeout(1):
                    await self._response.read()
            except (TimeoutError, aiohttp.ClientError, OSError):
                self._response.close()


class Upstream(ABC):
    """An inference server. Safe to share by all requests of one event loop."""

    kind: ClassVar[str]
    chat_path: ClassVar[str]
    models_path: ClassVar[str]

    def __init__(
        self,
        session: aiohttp.ClientSession,
        url: str,
        limits: Limits,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self._session = session
        self._url = url
        self._limits = limits
        self._headers = dict(headers or {})

    @abstractmethod
    def _payload(self, model: str, messages: Sequence[Message]) -> dict[str, Any]: ...

    @abstractmethod
    def _decoder(self) -> LineDecoder: ...

    @abstractmethod
    def _names(self, listing: dict[str, Any]) -> frozenset[str]: ...

    @asynccontextmanager
    async def answer(self, model: str, messages: Sequence[Message], request_id: str) -> AsyncIterator[Answer]:
        """Start an answer. Leaving the context early closes the connection, which stops the generation.

        Raises:
            ApiError: the subclass says why there is no answer.
        """
        deadline = asyncio.get_running_loop().time() + self._limits.first_token_seconds
        response = await self._post(self._payload(model, messages), request_id, deadline)
        try:
            if response.status != 200:
                raise await self._refusal(response, model)
            running = Answer(response, self._decoder(), self._limits, deadline)
            yield running
            await running.settle()
        finally:
            response.close()

    async def models(self, timeout_seconds: float) -> frozenset[str]:
        """Names that the server can answer with.

        Raises:
            UpstreamUnreachable, UpstreamFailed, UpstreamTimeout
        """
        timeout = aiohttp.ClientTimeout(total=timeout_seconds)
        try:
            async with self._session.get(
                self._url + self.models_path, headers=self._headers, timeout=timeout
            ) as response:
                if response.status != 200:
                    raise UpstreamFailed(f"the inference server answered {response.status} for its models")
                return self._names(parse_object(await response.read()))
        except TimeoutError as error:
            raise UpstreamTimeout(
                f"the inference server did not list its models within {timeout_seconds:g} s"
            ) from error
        except (aiohttp.ClientError, OSError) as error:
            raise self._unreachable(error) from error

    async def _post(
        self, payload: dict[str, Any], request_id: str, deadline: float
    ) -> aiohttp.ClientResponse:
        headers = self._headers | {"X-Request-ID": request_id}
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=self._limits.connect_seconds)
        attempt = 0
        while True:
            try:
                async with asyncio.timeout_at(deadline):
                    return await self._session.post(
                        self._url + self.chat_path, json=payload, headers=headers, timeout=timeout
                    )
            except aiohttp.ConnectionTimeoutError as error:
                raise self._unreachable(error) from error
            except TimeoutError as error:
                raise too_slow(self._limits, first=True) from error
            except (aiohttp.ServerDisconnectedError, ConnectionResetError) as error:
                # A pooled connection that the server closed meanwhile; nothing was generated on it.
                attempt += 1
                if attempt > 1:
                    raise self._unreachable(error) from error
            except (aiohttp.ClientError, OSError) as error:
                raise self._unreachable(error) from error

    def _unreachable(self, error: Exception) -> UpstreamUnreachable:
        return UpstreamUnreachable(
            f"the inference server at {self._url} does not answer ({type(error).__name__})",
            retry_after=RETRY_AFTER_SECONDS,
        )

    async def _refusal(self, response: aiohttp.ClientResponse, model: str) -> ApiError:
        """What a status other than 200 means to our client."""
        try:
            async with asyncio.timeout(self._limits.connect_seconds):
                body = await response.read()
            reason = error_text(parse_object(body)) or response.reason
        except (ApiError, TimeoutError, aiohttp.ClientError, OSError):
            reason = response.reason
        match response.status:
            case 404:
                return ModelMissing(
                    f"model {model} is not loaded on the inference server: {reason}", retry_after=30
                )
            case 429 | 503:
                after = response.headers.get("Retry-After", "")
                return UpstreamBusy(
                    f"the inference server is busy: {reason}",
                    retry_after=int(after) if after.isdecimal() else RETRY_AFTER_SECONDS,
                )
            case 400 | 413 | 422 if TOO_LONG.search(reason or ""):
                return ContextTooLong(f"the conversation does not fit the context of {model}: {reason}")
            case 400 | 413 | 422:
                return UpstreamRejected(f"the inference server rejected the request: {reason}")
            case 401 | 403:
                return UpstreamFailed("the inference server refused this service's API key")
        return UpstreamFailed(f"the inference server failed with {response.status}: {reason}")


def too_slow(limits: Limits, *, first: bool) -> UpstreamTimeout:
    if first:
        return UpstreamTimeout(
            f"the inference server sent no text within {limits.first_token_seconds:g} s",
            retry_after=RETRY_AFTER_SECONDS,
        )
    return UpstreamTimeout(f"the inference server fell silent for {limits.token_seconds:g} s")
