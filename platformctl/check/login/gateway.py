"""Where requests enter, and where they are sent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from platformctl.build import Object
from platformctl.build.documents import Data
from platformctl.check.cluster import Cluster, Spot
from platformctl.check.pods import Pods, entries, pods

_ENDED_HERE = frozenset({"SIMPLE", "MUTUAL", "OPTIONAL_MUTUAL"})


@dataclass(frozen=True)
class Listener:
    """An entry of a Gateway's ``servers``."""

    gateway: Gateway
    index: int
    data: Data

    def at(self, *field: str | int) -> Spot:
        return self.gateway.cluster.at(self.gateway.item, "spec", "servers", self.index, *field)

    @property
    def hosts(self) -> list[str]:
        """Without the namespaces that may stand before them."""
        return [str(host).rpartition("/")[2].lower() for host in self.data.get("hosts") or ()]

    @property
    def port(self) -> int | None:
        number = (self.data.get("port") or {}).get("number")
        return number if isinstance(number, int) else None

    @property
    def tls(self) -> bool:
        """Whether TLS ends here."""
        return (self.data.get("tls") or {}).get("mode") in _ENDED_HERE

    @property
    def credential(self) -> str:
        """The Secret with the certificate; empty where it is given otherwise."""
        return str((self.data.get("tls") or {}).get("credentialName") or "") if self.tls else ""


@dataclass(frozen=True, eq=False)
class Gateway:
    """A Gateway of Istio, with the pods that serve it as far as they are here."""

    cluster: Cluster
    item: Object
    pods: tuple[Pods, ...]

    @property
    def selector(self) -> dict[str, str]:
        return dict(self.item.spec.get("selector") or {})

    @property
    def namespaces(self) -> set[str]:
        """Where its pods are; its own namespace where they are not known."""
        return {owner.item.namespace for owner in self.pods} or {self.item.namespace}

    @property
    def listeners(self) -> list[Listener]:
        return [Listener(self, i, data) for i, data in enumerate(entries(self.item.spec.get("servers")))]

    @property
    def name(self) -> str:
        return f"{self.item.namespace}/{self.item.name}"

    def serves(self, host: str) -> bool:
        return any(covers(pattern, host) for listener in self.listeners for pattern in listener.hosts)

    def is_target(self, item: Object, root_namespace: str) -> bool:
        """Whether a policy counts for its pods."""
        if item.spec.get("targetRefs") or item.spec.get("targetRef"):
            return False  # of the Gateway API, or one Service
        wanted = (item.spec.get("selector") or {}).get("matchLabels") or {}
        # Where the pods are not here, neither is their namespace: the same labels mean the same pods then.
        unknown = not self.pods and bool(wanted)
        if not unknown and item.namespace not in {root_namespace, *self.namespaces}:
            return False
        labels = [owner.labels for owner in self.pods] or [self.selector]
        return any(wanted.items() <= each.items() for each in labels)


@dataclass(frozen=True)
class Route:
    """An HTTP route of a VirtualService."""

    cluster: Cluster
    item: Object
    index: int
    data: Data

    def at(self, *field: str | int) -> Spot:
        return self.cluster.at(self.item, "spec", "http", self.index, *field)

    @property
    def hosts(self) -> list[str]:
        return [str(host).lower() for host in self.item.spec.get("hosts") or ()]

    @property
    def gateways(self) -> list[str]:
        """By namespace and name; without any it is for sidecars only."""
        named = [str(each) for each in self.item.spec.get("gateways") or ()]
        return [name if "/" in name or name == "mesh" else f"{self.item.namespace}/{name}" for name in named]

    @property
    def cors(self) -> Data | None:
        policy = self.data.get("corsPolicy")
        return policy if isinstance(policy, dict) else None

    @property
    def destinations(self) -> list[tuple[str, str]]:
        """Namespace and name of the Services that it leads to."""
        found = []
        for entry in entries(self.data.get("route")):
            host = str((entry.get("destination") or {}).get("host") or "").split(".")
            found.append((host[1] if len(host) > 1 else self.item.namespace, host[0]))
        return found

    def weight(self, path: str) -> int:
        """How closely it matches a path: 0 for not, more for a longer match."""
        matches = entries(self.data.get("match"))
        return max((_weight(match, path) for match in matches), default=0) if matches else 1


@dataclass(frozen=True, eq=False)
class Entrance:
    """All Gateways and routes of a cluster."""

    cluster: Cluster

    @cached_property
    def gateways(self) -> list[Gateway]:
        owners = list(pods(self.cluster))
        items = [item for item in self.cluster.of("Gateway") if item.group == "networking.istio.io"]
        return [Gateway(self.cluster, item, tuple(_serving(item, owners))) for item in items]

    @cached_property
    def routes(self) -> list[Route]:
        return [
            Route(self.cluster, item, index, data)
            for item in self.cluster.of("VirtualService")
            if item.group == "networking.istio.io"
            for index, data in enumerate(entries(item.spec.get("http")))
        ]

    @cached_property
    def hosts(self) -> set[str]:
        """The names that are served, without patterns."""
        listed = [
            host for gateway in self.gateways for listener in gateway.listeners for host in listener.hosts
        ]
        routed = [host for route in self.routes if set(route.gateways) - {"mesh"} for host in route.hosts]
        return {host for host in (*listed, *routed) if "*" not in host and "." in host}

    def gateways_of(self, host: str) -> list[Gateway]:
        """Those that serve a host which is listed somewhere or has a route."""
        routed = (covers(pattern, host) for route in self.routes for pattern in route.hosts)
        if host not in self.hosts and not any(routed):
            return []
        return [gateway for gateway in self.gateways if gateway.serves(host)]

    def route(self, host: str, path: str) -> Route | None:
        """Where a request for a path goes; the closest match where several VirtualServices have one."""
        fitting = [
            route
            for route in self.routes
            if set(route.gateways) - {"mesh"} and any(covers(pattern, host) for pattern in route.hosts)
        ]
        best = max(fitting, key=lambda route: route.weight(path), default=None)
        return best if best and best.weight(path) else None


def covers(pattern: str, host: str) -> bool:
    """Whether a host of a Gateway or a VirtualService, perhaps with a star, is that of a request."""
    return pattern == "*" or pattern == host or (pattern.startswith("*.") and host.endswith(pattern[1:]))


def _serving(item: Object, owners: list[Pods]) -> Iterator[Pods]:
    wanted: Mapping[str, str] = item.spec.get("selector") or {}
    return (owner for owner in owners if wanted and wanted.items() <= owner.labels.items())


def _weight(match: Data, path: str) -> int:
    uri = match.get("uri") or {}
    exact, prefix = uri.get("exact"), uri.get("prefix")
    if exact is not None:
        return 1000 if exact == path else 0
    if prefix is not None:
        return 1 + len(prefix) if path.startswith(prefix) else 0
    return 0 if uri else 1
