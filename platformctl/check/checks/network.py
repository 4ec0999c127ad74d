"""From the ingress to the pod."""

from __future__ import annotations

from collections.abc import Iterator

from platformctl.build import Object, ObjectId
from platformctl.build.documents import Data
from platformctl.check.cluster import Cluster
from platformctl.check.finding import Finding, Severity
from platformctl.check.near import suggestion
from platformctl.check.pods import Field, entries, pods
from platformctl.check.registry import check


@check("reference/service")
def service_exists(cluster: Cluster) -> Iterator[Finding]:
    """A Service that an Ingress, an APIService or a webhook calls must be there, with the port it names."""
    for item, field, namespace, name, port in _calls(cluster):
        if not cluster.complete(namespace):
            continue
        service = cluster.find("Service", namespace, name)
        if service is None:
            hint = cluster.hint(ObjectId("Service", namespace, name))
            yield cluster.at(item, *field).finding(
                f'calls Service "{namespace}/{name}", which nothing makes', hint
            )
        elif port is not None and port not in _ports(service):
            known = ", ".join(str(each) for each in _ports(service))
            yield cluster.at(item, *field).finding(
                f'calls port {port} of Service "{name}", which has: {known}'
            )


@check("reference/ingress-class", Severity.WARNING)
def ingress_class_exists(cluster: Cluster) -> Iterator[Finding]:
    """The class of an Ingress should be one that the cluster has: nobody serves it otherwise.

    A warning, since the class may come with the cluster.
    """
    known = cluster.names("IngressClass")
    for item in cluster.of("Ingress"):
        name = item.spec.get("ingressClassName")
        if name and known and name not in known:
            yield cluster.at(item, "spec", "ingressClassName").finding(
                f'is of class "{name}", which nothing makes', suggestion(str(name), known)
            )


@check("reference/selector", Severity.WARNING)
def service_selects_pods(cluster: Cluster) -> Iterator[Finding]:
    """A Service's selector should match pods: it has no endpoint otherwise."""
    workloads = [(owner.item.namespace, set(owner.labels.items())) for owner in pods(cluster)]
    for item in cluster.of("Service"):
        selector = item.spec.get("selector")
        if not selector or item.group or not cluster.complete(item.namespace):
            continue
        wanted = set(selector.items())
        if not any(namespace == item.namespace and wanted <= labels for namespace, labels in workloads):
            shown = ", ".join(f"{key}={value}" for key, value in sorted(wanted))
            yield cluster.at(item, "spec", "selector").finding(f"selects no pod of its namespace: {shown}")


_Call = tuple[Object, Field, str, str, int | str | None]


def _calls(cluster: Cluster) -> Iterator[_Call]:
    """Who calls, where it says so, the Service's namespace and name, and the port where one is named."""
    for item in cluster.of("Ingress"):
        yield from _ingress(item)
    for item in cluster.of("APIService"):
        service = item.spec.get("service")
        if service:
            yield _client(item, ("spec", "service"), service)
    for item in cluster.of("ValidatingWebhookConfiguration", "MutatingWebhookConfiguration"):
        for index, webhook in enumerate(entries(item.get("webhooks"))):
            service = (webhook.get("clientConfig") or {}).get("service")
            if service:
                yield _client(item, ("webhooks", index, "clientConfig", "service"), service)


def _client(item: Object, field: Field, service: Data) -> _Call:
    return item, field, str(service.get("namespace")), str(service.get("name")), service.get("port", 443)


def _ingress(item: Object) -> Iterator[_Call]:
    backends: list[tuple[Field, Data | None]] = [
        (("spec", "defaultBackend", "service"), (item.spec.get("defaultBackend") or {}).get("service"))
    ]
    for rule, entry in enumerate(entries(item.spec.get("rules"))):
        for path, inner in enumerate(entries((entry.get("http") or {}).get("paths"))):
            field: Field = ("spec", "rules", rule, "http", "paths", path, "backend", "service")
            backends.append((field, (inner.get("backend") or {}).get("service")))
    for field, service in backends:
        if service:
            port = service.get("port") or {}
            yield item, field, item.namespace, str(service.get("name")), port.get("name", port.get("number"))


def _ports(service: Object) -> list[int | str]:
    ports = entries(service.spec.get("ports"))
    return [port["port"] for port in ports if "port" in port] + [
        str(port["name"]) for port in ports if port.get("name")
    ]
