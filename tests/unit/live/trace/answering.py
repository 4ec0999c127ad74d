"""A walk whose requests are answered by a function, and a cluster of objects that are given."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx

from platformctl.live.auth import Browser
from platformctl.live.kinds import Kind
from platformctl.live.trace import Walk
from platformctl.platform.login import Login

Answer = Callable[[httpx.Request], httpx.Response]


@dataclass
class Answering(Walk):
    """Its browsers reach nothing but ``answer``."""

    answer: Answer = field(default=lambda _: httpx.Response(404))

    def new_browser(self) -> Browser:
        transport = httpx.MockTransport(lambda request: self.answer(request))
        return Browser(httpx.Client(transport=transport), self.exchanges)


def answering(login: Login, answer: Answer, **settings: Any) -> Answering:
    return Answering(login, ssl.create_default_context(), answer=answer, **settings)


@dataclass
class Objects:
    """What `Inside` asks a cluster for."""

    items: Mapping[str, Sequence[dict[str, Any]]]
    logs: Mapping[tuple[str, bool], str] = field(default_factory=dict)

    def list(self, kind: Kind, namespace: str | None = None, labels: str | None = None) -> Any:
        wanted = dict(pair.split("=") for pair in labels.split(",")) if labels else {}
        return [
            item
            for item in self.items.get(kind.name, ())
            if namespace in (None, item["metadata"]["namespace"])
            and wanted.items() <= item["metadata"].get("labels", {}).items()
        ]

    def get(self, kind: Kind, name: str, namespace: str) -> Any:
        return next((one for one in self.list(kind, namespace) if one["metadata"]["name"] == name), None)

    def log(
        self, pod: str, namespace: str, lines: int, *, previous: bool = False, seconds: int | None = None
    ) -> str:
        return self.logs.get((pod, previous), "")
