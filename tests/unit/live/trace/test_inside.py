"""What only an operator sees: pods that end, Secrets that are elsewhere, routes that are free."""

from __future__ import annotations

from typing import Any, cast

from platformctl.live.kubernetes import Cluster
from platformctl.live.trace import Inside
from tests.unit.live.trace.answering import Objects

PROXY = {"app.kubernetes.io/name": "oauth2-proxy"}


def inside(logs: dict[tuple[str, bool], str] | None = None, **items: list[dict[str, Any]]) -> Inside:
    return Inside(cast(Cluster, Objects(items, logs or {})))


def named(name: str, namespace: str, labels: dict[str, str] | None = None, **more: Any) -> dict[str, Any]:
    return {"metadata": {"name": name, "namespace": namespace, "labels": labels or {}}, **more}


def test_only_the_pods_in_trouble_are_heard() -> None:
    waiting = {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off"}}
    ill = named("new", "auth", PROXY, status={"containerStatuses": [{"name": "p", "state": waiting}]})
    well = named(
        "old", "auth", PROXY, status={"containerStatuses": [{"name": "p", "state": {"running": {}}}]}
    )
    logs = {("new", True): "issuer did not match", ("old", False): "email isn't verified"}
    trouble, said = inside(logs, Pod=[ill, well]).proxy_trouble()
    assert trouble == "p: CrashLoopBackOff back-off"
    assert said.strip() == "issuer did not match"
    assert inside(logs, Pod=[well]).proxy_trouble() == ("", "")


def test_a_container_that_has_just_ended_is_in_trouble() -> None:
    ended = {"terminated": {"exitCode": 1}}
    pod = named("new", "auth", PROXY, status={"containerStatuses": [{"name": "p", "state": ended}]})
    trouble, said = inside({("new", False): "x509"}, Pod=[pod]).proxy_trouble()
    assert trouble and "x509" in said


def test_no_pod_at_all() -> None:
    assert "no pod" in inside().proxy_trouble()[0]


def test_a_secret_of_another_namespace() -> None:
    labels = {"istio": "ingressgateway"}
    gateway = named(
        "platform",
        "istio-ingress",
        spec={"selector": labels, "servers": [{"tls": {"credentialName": "tls"}}, {}]},
    )
    pod = named("gateway", "istio-ingress", labels)
    elsewhere, here = named("tls", "cert-manager"), named("tls", "istio-ingress")
    (said,) = inside(Gateway=[gateway], Pod=[pod], Secret=[elsewhere]).missing_certificates()
    assert "istio-ingress/platform" in said and "tls" in said
    assert inside(Gateway=[gateway], Pod=[pod], Secret=[here]).missing_certificates() == []


def test_the_routes_that_need_no_login() -> None:
    args = ["--skip-auth-route=GET=^/health$", "--skip-auth-route=^/public/.*", "--upstream=x"]
    proxy = named("oauth2-proxy", "auth", spec={"template": {"spec": {"containers": [{"args": args}]}}})
    assert inside(Deployment=[proxy]).free_paths() == ["/health", "/public/"]
    assert inside().free_paths() == []
