"""A server in the cluster, reached through the API server: no port-forward, no route into the pods."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True)
class Endpoint:
    """A port of a Service or a Pod.

    A Service picks a ready pod; a Pod is reached whether it is ready or not. ``port`` is a number or a
    name for a Service, a number for a Pod.
    """

    namespace: str
    name: str
    port: int | str
    resource: Literal["services", "pods"] = "services"

    def __str__(self) -> str:
        return f"{self.resource.removesuffix('s')}/{self.namespace}/{self.name}:{self.port}"

    @property
    def proxy(self) -> str:
        """The path of its proxy under the API server."""
        return f"/api/v1/namespaces/{self.namespace}/{self.resource}/http:{self.name}:{self.port}/proxy"


@dataclass(frozen=True)
class Answer:
    """What a server in the cluster answered; 502 to 504 may come from the proxy in front of it."""

    status: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def ok(self) -> bool:
        """Whether the status is 2xx."""
        return 200 <= self.status < 300

    def json(self) -> Any:
        """The body as JSON; raises ValueError when it is none."""
        return json.loads(self.content)

    def text(self) -> str:
        """What the body says, at most 300 characters; of JSON its ``message`` or ``error``."""
        try:
            said = self.json()
        except ValueError:
            said = None
        if isinstance(said, dict) and (words := said.get("message") or said.get("error")):
            return str(words)[:300]
        return self.content.decode(errors="replace").strip()[:300]
