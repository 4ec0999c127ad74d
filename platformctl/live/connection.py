"""One session with an API server, used from code that blocks.

kr8s brings the kubeconfig and the credentials; this gives it an event loop of its own and turns what can go
wrong into our errors. It is imported where a session begins: it takes a good part of a command's start, and
most commands need no cluster.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading
from collections.abc import AsyncIterator, Coroutine, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import anyio
import httpx

from platformctl.errors import ConfigError, NotHealthy, Unreachable
from platformctl.live.kubeconfig import IN_A_POD, Kubeconfig

if TYPE_CHECKING:
    import kr8s.asyncio

Result = TypeVar("Result")


class Refused(NotHealthy):
    """A server answered with an error; ``status`` is the HTTP status code."""

    def __init__(self, message: str, *, status: int, place: str | None = None) -> None:
        super().__init__(message, place=place)
        self.status = status


class Connection:
    """Runs coroutines against one API server, one at a time; threads may share it, coroutines must not.

    Attributes:
        server: the URL of the API server.
        version: its version, as ``v1.34.4``.
    """

    def __init__(self, runner: asyncio.Runner, api: kr8s.asyncio.Api, version: str) -> None:
        self.api = api
        self.server: str = api.auth.server
        self.version = version
        self._runner = runner
        self._lock = threading.Lock()

    @classmethod
    def open(cls, kubeconfig: Path | None, context: str | None) -> Connection:
        """Load the kubeconfig (None: the usual one) and ask the server for its version.

        Raises ConfigError for a kubeconfig or a context that is wrong, Unreachable when there is no
        kubeconfig at all or nobody answers.
        """
        import kr8s

        target = _target(kubeconfig, context)
        runner = asyncio.Runner()
        try:
            return cls(runner, *runner.run(_open(kubeconfig, target.context)))
        except BaseException as error:
            runner.close()
            reason = str(error) or type(error).__name__
            place, fix = target.place, target.fix
            if isinstance(error, httpx.TransportError | OSError | kr8s.APITimeoutError):
                raise Unreachable(f"{target.name} does not answer: {reason}", place=place, fix=fix) from error
            if isinstance(error, kr8s.ServerError):
                raise Unreachable(f"{target.name} refuses the kubeconfig: {reason}", place=place) from error
            if isinstance(error, ValueError | LookupError | RuntimeError | TypeError | AttributeError):
                raise ConfigError(f"the kubeconfig cannot be used: {reason}", place=place) from error
            raise

    def close(self) -> None:
        """Close the session."""
        with self._lock:
            with contextlib.suppress(Exception):
                self._runner.run(_forget_key_copies(self.api))
            session = getattr(self.api, "_session", None)
            with contextlib.suppress(Exception):
                if session is not None:
                    self._runner.run(session.aclose())
            self._runner.close()

    @contextlib.asynccontextmanager
    async def call(
        self, method: str, path: str, *, check: bool = True, **request: Any
    ) -> AsyncIterator[httpx.Response]:
        """A request to a path of the API server; ``check`` raises for an answer that is not 2xx."""
        # kr8s puts base, version and url together with slashes.
        base, _, last = path.rpartition("/")
        async with self.api.call_api(
            method, version="", base=base, url=last, raise_for_status=check, **request
        ) as response:
            yield response

    def run(self, work: Coroutine[Any, Any, Result], place: str) -> Result:
        """Run to the end. Raises Refused for an error answer, Unreachable when the server is away.

        Away is also one that is starting, ending or overloaded, and says so with 5xx or 429.
        """
        import kr8s

        with self._lock:
            try:
                return self._runner.run(work)
            except kr8s.ServerError as error:
                status = error.response.status_code if error.response is not None else 500
                if status >= 500 or status == httpx.codes.TOO_MANY_REQUESTS:
                    reason = f"it answers {status}: {_said(error)}"
                    raise Unreachable(f"{self.server} is away: {reason}", place=place) from error
                raise Refused(f"the API server refuses: {error}", status=status, place=place) from error
            except (httpx.TransportError, kr8s.APITimeoutError, kr8s.ConnectionClosedError) as error:
                reason = str(error) or type(error).__name__
                raise Unreachable(f"{self.server} does not answer: {reason}", place=place) from error

    def run_through(self, items: AsyncIterator[Result], place: str) -> Iterator[Result]:
        """The items of an asynchronous generator as they come; leaving the loop early closes it."""

        async def following() -> tuple[Result] | None:
            async for item in items:
                return (item,)
            return None

        async def end() -> None:
            await items.aclose()  # type: ignore[attr-defined]

        try:
            while (got := self.run(following(), place)) is not None:
                yield got[0]
        finally:
            self.run(end(), place)


@dataclass(frozen=True)
class _Target:
    """Whom a session is with, in the words of an error message."""

    name: str
    context: str | None
    place: str | None
    fix: str | None


def _target(kubeconfig: Path | None, context: str | None) -> _Target:
    try:
        found = Kubeconfig.read(kubeconfig)
    except Unreachable:
        if not IN_A_POD.is_dir():
            raise
        return _Target("the API server of this pod's cluster", context, None, None)
    name = found.context(context)
    said = f"the API server {found.servers[name]} (context {name})"
    fix = "start that cluster, or name another: --context NAME, --kubeconfig FILE"
    return _Target(said, name, found.place, fix)


def _said(error: kr8s.ServerError) -> str:
    """What the server said itself; kr8s reads the answers below 500 only."""
    text = error.response.text if error.response is not None else ""
    try:
        return str(json.loads(text)["message"])
    except (ValueError, KeyError, TypeError):
        return " ".join(text.split())[:300] or str(error)


async def _open(kubeconfig: Path | None, context: str | None) -> tuple[kr8s.asyncio.Api, str]:
    import kr8s.asyncio

    api = await kr8s.asyncio.api(kubeconfig=str(kubeconfig) if kubeconfig else None, context=context)
    version = await api.version()
    await _forget_key_copies(api)
    return api, version["gitVersion"]


async def _forget_key_copies(api: kr8s.asyncio.Api) -> None:
    """Remove the temporary files in which kr8s leaves keys that stand inside the kubeconfig.

    The session has read them by then; after a refused call kr8s writes new ones.
    """
    auth = api.auth
    user = auth.kubeconfig.get_user(auth.kubeconfig.get_context(auth.active_context)["user"])
    for inline, copy in (
        ("client-key-data", auth.client_key_file),
        ("client-certificate-data", auth.client_cert_file),
    ):
        if inline in user and copy:
            await anyio.Path(copy).unlink(missing_ok=True)
