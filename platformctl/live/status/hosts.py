"""The names under which a platform is reached, by Ingresses or by an Istio gateway. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from platformctl.live.flux import Identity, Object


@dataclass(frozen=True)
class Host:
    """A name under which something is served, with the paths and the Services behind them.

    Attributes:
        ingress_class: of the Ingresses; empty behind a gateway.
        gateway: ``namespace/name`` of Istio's Gateway; empty behind an Ingress.
        address: where the gateway's Service is reached from outside; empty where it has no address, and
            behind an Ingress.
    """

    name: str
    ingress_class: str
    paths: Mapping[str, str]
    gateway: str = ""
    address: str = ""


def of_ingresses(found: Iterable[Object]) -> list[Host]:
    """The hosts of Ingresses, by name."""
    paths: dict[tuple[str, str], dict[str, str]] = {}
    for ingress in found:
        spec = ingress.get("spec", {})
        for rule in spec.get("rules", []):
            behind = paths.setdefault((rule.get("host", "*"), spec.get("ingressClassName", "")), {})
            for path in rule.get("http", {}).get("paths", []):
                service = path.get("backend", {}).get("service", {}).get("name", "")
                behind[path.get("path", "/")] = f"{Identity.of(ingress).namespace}/{service}"
    return [Host(name, ingress_class, behind) for (name, ingress_class), behind in sorted(paths.items())]


def of_gateways(
    gateways: Iterable[Object],
    routes: Sequence[Object],
    services: Sequence[Object],
    pods: Sequence[Object],
) -> list[Host]:
    """The hosts of Istio's Gateways, by name.

    Args:
        routes: VirtualServices.
        services, pods: among them those of the gateways.
    """
    hosts = []
    for gateway in gateways:
        place = Identity.of(gateway)
        own = f"{place.namespace}/{place.name}"
        address = _address(gateway, services, pods)
        servers = gateway.get("spec", {}).get("servers", [])
        names = {str(host).rpartition("/")[2] for server in servers for host in server.get("hosts", [])}
        hosts += [Host(name, "", dict(_paths(name, own, routes)), own, address) for name in names]
    return sorted(hosts, key=lambda host: (host.name, host.gateway))


def _paths(host: str, gateway: str, routes: Sequence[Object]) -> Iterator[tuple[str, str]]:
    """Each path of a host, as it is matched, with the Service that it leads to."""
    for route in routes:
        namespace, spec = Identity.of(route).namespace, route.get("spec", {})
        bound = {one if "/" in one else f"{namespace}/{one}" for one in spec.get("gateways", [])}
        if gateway not in bound or host not in spec.get("hosts", []):
            continue
        for rule in spec.get("http", []):
            if not rule.get("route"):
                continue  # a redirect, or an answer of the gateway's own
            service, _, rest = str(rule["route"][0].get("destination", {}).get("host", "")).partition(".")
            behind = f"{rest.partition('.')[0] or namespace}/{service}"
            for match in rule.get("match") or [{}]:
                yield _path(match.get("uri", {})), behind


def _path(uri: Mapping[str, Any]) -> str:
    return str(next(iter(uri.values()), "/"))


def _address(gateway: Object, services: Sequence[Object], pods: Sequence[Object]) -> str:
    """The addresses of the Services that lead to a gateway's pods, with commas."""
    wanted = gateway.get("spec", {}).get("selector", {}).items()
    own = [pod["metadata"] for pod in pods if wanted and wanted <= _labels(pod).items()]
    found: dict[str, None] = {}
    for service in services:
        spec, namespace = service.get("spec", {}), Identity.of(service).namespace
        selector = (spec.get("selector") or {}).items()
        if not any(
            selector and pod.get("namespace") == namespace and selector <= pod.get("labels", {}).items()
            for pod in own
        ):
            continue
        given = service.get("status", {}).get("loadBalancer", {}).get("ingress") or []
        found |= dict.fromkeys(one.get("ip") or one.get("hostname", "") for one in given)
        found |= dict.fromkeys(spec.get("externalIPs") or [])
    return ", ".join(filter(None, found))


def _labels(pod: Object) -> Mapping[str, str]:
    labels: Mapping[str, str] = pod.get("metadata", {}).get("labels") or {}
    return labels
