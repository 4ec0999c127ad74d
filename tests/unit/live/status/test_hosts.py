"""The hosts of an Istio gateway: their addresses, and what is behind their paths."""

from __future__ import annotations

import io
from typing import Any

from rich.console import Console

from platformctl.cli.status import drawn
from platformctl.live.kinds import POD, SERVICE
from platformctl.live.status import Host, report
from platformctl.live.status.hosts import of_gateways
from platformctl.live.status.observe import ISTIO_GATEWAY, VIRTUAL_SERVICE
from tests.unit.live.status.objects import container, observed

Data = dict[str, Any]


def item(kind: str, namespace: str, name: str, spec: Data, **more: Any) -> Data:
    return {"kind": kind, "metadata": {"name": name, "namespace": namespace}, "spec": spec} | more


def service(name: str = "istio-gateway", namespace: str = "istio-ingress", **more: Any) -> Data:
    status = {"loadBalancer": {"ingress": more.pop("ingress")}} if "ingress" in more else {}
    return item("Service", namespace, name, {"selector": {"app": "gateway"}} | more, status=status)


def route(
    namespace: str, name: str, host: str, http: list[Data], gateway: str = "istio-ingress/platform"
) -> Data:
    return item("VirtualService", namespace, name, {"hosts": [host], "gateways": [gateway], "http": http})


def to(service: str, **uri: str) -> Data:
    destination = {"destination": {"host": service}}
    return {"route": [destination]} | ({"match": [{"uri": uri}]} if uri else {})


HOSTS = ["app.chat.localhost", "api.chat.localhost"]
GATEWAY = item(
    "Gateway",
    "istio-ingress",
    "platform",
    {
        "selector": {"istio": "ingressgateway"},
        "servers": [{"port": {"number": 443}, "hosts": HOSTS}, {"port": {"number": 80}, "hosts": HOSTS}],
    },
)
LABELS = {"istio": "ingressgateway", "app": "gateway"}
POD_OF_IT = {
    "kind": "Pod",
    "metadata": {"name": "istio-gateway-1", "namespace": "istio-ingress", "labels": LABELS},
    "spec": {"containers": [{"name": "istio-proxy"}]},
    "status": {"phase": "Running", "containerStatuses": [container()]},
}
ROUTES = [
    route("chat", "chatbot-ui", "app.chat.localhost", [to("chatbot-ui.chat.svc.cluster.local")]),
    route("chat", "chatbot-api", "api.chat.localhost", [to("chatbot-api", prefix="/api/")]),
    route("auth", "oauth2-proxy", "api.chat.localhost", [to("oauth2-proxy.auth.svc", prefix="/oauth2/")]),
    route("auth", "moved", "api.chat.localhost", [{"redirect": {"uri": "/"}}]),
    route("auth", "inside", "api.chat.localhost", [to("keycloak", prefix="/x")], gateway="mesh"),
]


def addresses(*services: Data) -> set[str]:
    return {host.address for host in of_gateways([GATEWAY], [], services, [POD_OF_IT])}


def test_hosts_of_a_gateway() -> None:
    api, app = of_gateways([GATEWAY], ROUTES, [service(externalIPs=["10.199.0.2"])], [POD_OF_IT])
    assert app == Host(
        "app.chat.localhost", "", {"/": "chat/chatbot-ui"}, "istio-ingress/platform", "10.199.0.2"
    )
    assert (api.name, api.paths) == (
        "api.chat.localhost",
        {"/api/": "chat/chatbot-api", "/oauth2/": "auth/oauth2-proxy"},
    )


def test_addresses() -> None:
    assert addresses(service(ingress=[{"ip": "192.0.2.1"}])) == {"192.0.2.1"}
    assert addresses(service(ingress=[{"hostname": "lb.example.com"}])) == {"lb.example.com"}
    assert addresses(service()) == {""}
    other = service("other", externalIPs=["10.0.0.9"])
    other["spec"]["selector"] = {"app": "other"}
    elsewhere = service("elsewhere", "traefik", externalIPs=["10.0.0.9"])
    headless = service("headless", externalIPs=["10.0.0.9"])
    headless["spec"]["selector"] = None
    assert addresses(other, elsewhere, headless) == {""}


def test_the_screen_says_the_address_or_that_there_is_none() -> None:
    def shown(*services: Data) -> str:
        objects = {
            POD: [POD_OF_IT],
            ISTIO_GATEWAY: [GATEWAY],
            VIRTUAL_SERVICE: ROUTES,
            SERVICE: list(services),
        }
        console = Console(file=io.StringIO(), width=200)
        console.print(drawn(report(observed(objects)), {}))
        assert isinstance(console.file, io.StringIO)
        return next(line for line in console.file.getvalue().splitlines() if "app.chat.localhost" in line)

    line = shown(service(externalIPs=["10.199.0.2"]))
    assert "10.199.0.2, gateway istio-ingress/platform" in line
    assert "/ → chat/chatbot-ui" in line
    assert "no address, gateway" in shown()
