"""Thin, blocking access to the objects of one cluster, and to the servers in it through its API server.

Discovery is done for the one API group that is asked for: kr8s asks every group, so that one aggregated API
that is down (metrics-server while it starts) would fail every call.
"""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar

import httpx

from platformctl.errors import NotHealthy, PlatformctlError, Unreachable
from platformctl.live.connection import Connection, Refused
from platformctl.live.endpoint import Answer, Endpoint
from platformctl.live.kinds import Kind

if TYPE_CHECKING:
    import kr8s.asyncio

Result = TypeVar("Result")
Object = dict[str, Any]
"""A Kubernetes object as JSON gives it."""

FIELD_MANAGER = "platformctl"
PAGE = 500
SECONDS_BETWEEN_LOOKS = 0.5


class Cluster:
    """One cluster. Calls block; close it, or use it as a context manager.

    Every call raises Unreachable when the API server is away and Refused when it answers with an error.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._resources: dict[Kind, Object] = {}

    @classmethod
    def connect(cls, kubeconfig: Path | None = None, context: str | None = None) -> Cluster:
        """Open the cluster of a kubeconfig file (None: $KUBECONFIG or ~/.kube/config) and a context of it.

        Raises ConfigError for a kubeconfig that is missing or wrong, Unreachable when nobody answers.
        """
        return cls(Connection.open(kubeconfig, context))

    @property
    def server(self) -> str:
        """The URL of the API server."""
        return self._connection.server

    @property
    def version(self) -> str:
        """The version of the API server, as ``v1.34.4``."""
        return self._connection.version

    def close(self) -> None:
        """Close the connections."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def serves(self, kind: Kind) -> bool:
        """Whether the API server knows the kind (its CRD is there)."""
        return self._resource(kind) is not None

    def get(self, kind: Kind, name: str, namespace: str | None = None) -> Object | None:
        """One object, or None when it, its namespace or its kind is not there."""
        try:
            found: Object = self._json("GET", f"{self._path(kind, namespace)}/{name}")
        except Refused as error:
            if error.status == httpx.codes.NOT_FOUND:
                return None
            raise
        return found

    def list(self, kind: Kind, namespace: str | None = None, labels: str | None = None) -> Sequence[Object]:
        """All objects of a kind, in one namespace or (None) in all; none when the kind is not there.

        ``labels`` is a label selector, as ``app=x,tier in (a,b)``.
        """
        if not self.serves(kind):
            return []
        query = {"limit": str(PAGE)} | ({"labelSelector": labels} if labels else {})
        found: list[Object] = []
        while True:
            page = self._json("GET", self._path(kind, namespace), params=query)
            # Items of a list carry neither apiVersion nor kind.
            found += [{"apiVersion": kind.api_version, "kind": kind.name} | item for item in page["items"]]
            more = page["metadata"].get("continue")
            if not more:
                return found
            query["continue"] = more

    def create(self, manifest: Mapping[str, Any]) -> Object:
        """Create one object and return what the server answers; for a review, that is the verdict."""
        kind = Kind(manifest["apiVersion"], manifest["kind"])
        created: Object = self._json(
            "POST",
            self._path(kind, manifest.get("metadata", {}).get("namespace")),
            content=json.dumps(manifest).encode(),
            headers={"Content-Type": "application/json"},
        )
        return created

    def apply(self, manifest: Mapping[str, Any], *, force: bool = True) -> Object:
        """Server-side apply of one object as field manager ``platformctl``; returns what the server holds.

        ``force`` takes fields over that another manager owns.
        """
        metadata = manifest["metadata"]
        kind = Kind(manifest["apiVersion"], manifest["kind"])
        applied: Object = self._json(
            "PATCH",
            f"{self._path(kind, metadata.get('namespace'))}/{metadata['name']}",
            params={"fieldManager": FIELD_MANAGER, "force": str(force).lower()},
            content=json.dumps(manifest).encode(),
            headers={"Content-Type": "application/apply-patch+yaml"},
        )
        return applied

    def patch(self, kind: Kind, name: str, namespace: str | None, change: Mapping[str, Any]) -> Object:
        """A JSON merge patch of one object; returns what the server holds."""
        patched: Object = self._json(
            "PATCH",
            f"{self._path(kind, namespace)}/{name}",
            params={"fieldManager": FIELD_MANAGER},
            content=json.dumps(change).encode(),
            headers={"Content-Type": "application/merge-patch+json"},
        )
        return patched

    def delete(self, kind: Kind, name: str, namespace: str | None = None) -> bool:
        """Delete one object and, in the background, what it owns; False when it was not there."""
        try:
            self._json(
                "DELETE", f"{self._path(kind, namespace)}/{name}", params={"propagationPolicy": "Background"}
            )
        except Refused as error:
            if error.status == httpx.codes.NOT_FOUND:
                return False
            raise
        return True

    def wait(
        self,
        kind: Kind,
        name: str,
        namespace: str | None,
        until: Callable[[Object | None], bool],
        *,
        what: str,
        seconds: float,
    ) -> Object | None:
        """Look at an object until ``until`` holds for it (None: it is not there) and return it.

        ``what`` says what is waited for, as "ready". Raises NotHealthy when the seconds are over; an API
        server that is away counts only then.
        """
        deadline = time.monotonic() + seconds
        while True:
            away: PlatformctlError | None = None
            try:
                found = self.get(kind, name, namespace)
                if until(found):
                    return found
            except Unreachable as error:
                away = error
            if time.monotonic() > deadline:
                place = "/".join(filter(None, (kind.name, namespace, name)))
                raise away or NotHealthy(f"{place} is not {what} after {seconds:.0f} s", place=place)
            time.sleep(SECONDS_BETWEEN_LOOKS)

    def http(
        self,
        method: str,
        endpoint: Endpoint,
        path: str,
        *,
        body: Mapping[str, Any] | None = None,
        seconds: float = 30,
    ) -> Answer:
        """A request, with JSON as its body if any, to a server in the cluster; an error is an answer too."""

        async def go() -> Answer:
            url = f"{endpoint.proxy}/{path.lstrip('/')}"
            async with self._connection.call(method, url, check=False, **_request(body, seconds)) as response:
                return Answer(response.status_code, response.headers, response.content)

        return self._connection.run(go(), str(endpoint))

    def http_lines(
        self,
        method: str,
        endpoint: Endpoint,
        path: str,
        *,
        body: Mapping[str, Any] | None = None,
        seconds: float = 300,
    ) -> Iterator[str]:
        """The lines of a streamed answer as they come; ``seconds`` is the longest silence that is borne.

        Raises Refused, with what the server said, for an answer that is not 2xx.
        """

        async def lines() -> AsyncIterator[str]:
            url = f"{endpoint.proxy}/{path.lstrip('/')}"
            request = _request(body, seconds)
            async with self._connection.call(method, url, check=False, stream=True, **request) as response:
                if not response.is_success:
                    said = Answer(response.status_code, response.headers, await response.aread())
                    raise Refused(
                        f"{endpoint} answers {said.status}: {said.text()}",
                        status=said.status,
                        place=str(endpoint),
                    )
                async for line in response.aiter_lines():
                    yield line

        return self._connection.run_through(lines(), str(endpoint))

    def log(
        self, pod: str, namespace: str, lines: int, *, previous: bool = False, seconds: int | None = None
    ) -> str:
        """The last lines that a pod's only container wrote, in the last seconds if they are given.

        ``previous``: the container before it.
        Raises Refused where there is no such container.
        """

        async def go() -> str:
            query = {"tailLines": str(lines), "previous": str(previous).lower()}
            query |= {"sinceSeconds": str(seconds)} if seconds else {}
            path = f"/api/v1/namespaces/{namespace}/pods/{pod}/log"
            async with self._connection.call("GET", path, timeout=30.0, params=query) as response:
                return response.text

        return self._connection.run(go(), f"Pod/{namespace}/{pod}")

    def run(self, work: Callable[[kr8s.asyncio.Api], Coroutine[Any, Any, Result]], place: str) -> Result:
        """Run what kr8s does itself, such as a port-forward, to its end; ``place`` is for errors."""
        return self._connection.run(work(self._connection.api), place)

    def _resource(self, kind: Kind) -> Object | None:
        """How the API server serves a kind. What is unknown is asked for again: CRDs come while we run."""
        if kind not in self._resources:
            base = "/apis" if "/" in kind.api_version else "/api"
            try:
                listed = self._json("GET", f"{base}/{kind.api_version}")["resources"]
            except Refused as error:
                if error.status != httpx.codes.NOT_FOUND:
                    raise
                return None
            self._resources |= {Kind(kind.api_version, r["kind"]): r for r in listed if "/" not in r["name"]}
        return self._resources.get(kind)

    def _path(self, kind: Kind, namespace: str | None) -> str:
        resource = self._resource(kind)
        if resource is None:
            reason = f"the cluster knows no {kind.name} in {kind.api_version}"
            raise Refused(reason, status=httpx.codes.NOT_FOUND)
        base = "/apis" if "/" in kind.api_version else "/api"
        scope = f"/namespaces/{namespace}" if namespace and resource["namespaced"] else ""
        return f"{base}/{kind.api_version}{scope}/{resource['name']}"

    def _json(self, method: str, path: str, **request: Any) -> Any:
        async def go() -> Any:
            async with self._connection.call(method, path, timeout=60.0, **request) as response:
                return response.json()

        return self._connection.run(go(), path)


def _request(body: Mapping[str, Any] | None, seconds: float) -> dict[str, Any]:
    timeout = httpx.Timeout(seconds, connect=10)
    return {"timeout": timeout} | ({} if body is None else {"content": json.dumps(body).encode()})
