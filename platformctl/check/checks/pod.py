"""Within a pod, and between a pod and what selects it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from platformctl.build.documents import Data
from platformctl.check.cluster import Cluster
from platformctl.check.finding import Finding
from platformctl.check.near import suggestion
from platformctl.check.pods import Field, entries, pods
from platformctl.check.registry import check

_PROBES = ("livenessProbe", "readinessProbe", "startupProbe")
_HANDLERS = ("httpGet", "tcpSocket")
_SELECTING = frozenset({"Deployment", "ReplicaSet", "StatefulSet", "DaemonSet", "Job"})

_HOST = r"[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?"
_DOMAIN = rf"(?:{_HOST}(?:\.{_HOST})*|\[[a-fA-F0-9:]+\])(?::[0-9]+)?"
_PART = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_IMAGE = re.compile(
    rf"(?:{_DOMAIN}/)?{_PART}(?:/{_PART})*(?::\w[\w.-]{{0,127}})?"
    r"(?:@[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,})?",
    re.ASCII,
)
"""The grammar of image references, as container runtimes read it."""


@check("workload/image")
def image_is_a_reference(cluster: Cluster) -> Iterator[Finding]:
    """The image of a container must be a reference that a runtime reads.

    The pod stays in InvalidImageName otherwise.
    """
    for owner in pods(cluster):
        for place, container in owner.containers():
            image = container.get("image")
            if isinstance(image, str) and image and not _IMAGE.fullmatch(image):
                yield cluster.at(owner.item, *place, "image").finding(
                    f'"{image}" is not a valid image reference', _why_no_image(image)
                )


@check("workload/selector")
def selector_matches_its_template(cluster: Cluster) -> Iterator[Finding]:
    """The selector of a workload must match the labels of its own pods: the API server refuses it."""
    for owner in pods(cluster):
        selector = owner.item.spec.get("selector")
        if owner.item.kind not in _SELECTING or not isinstance(selector, dict):
            continue
        for field, shown in _unmatched(selector, owner.labels):
            yield cluster.at(owner.item, "spec", "selector", *field).finding(
                f"wants {shown}, which the labels of spec.template do not fit"
            )


@check("reference/probe-port")
def probe_port_is_named(cluster: Cluster) -> Iterator[Finding]:
    """A port that a probe or a hook names must be one of its container's: the probe fails for ever."""
    for owner in pods(cluster):
        for place, container in owner.containers():
            known = _names(container)
            for field, handler in _handlers(container):
                port = handler.get("port")
                if isinstance(port, str) and not port.isdigit() and port not in known:
                    yield cluster.at(owner.item, *place, *field, "port").finding(
                        f'names port "{port}", which the container does not have', suggestion(port, known)
                    )


@check("reference/target-port")
def target_port_is_named(cluster: Cluster) -> Iterator[Finding]:
    """A port that a Service names must be one of the pods' that it selects: nothing answers otherwise."""
    workloads = [(owner, set(owner.labels.items())) for owner in pods(cluster)]
    for item in cluster.of("Service"):
        selector = item.spec.get("selector")
        if not selector or item.group:
            continue
        wanted = set(selector.items())
        selected = [
            owner
            for owner, labels in workloads
            if owner.item.namespace == item.namespace and wanted <= labels
        ]
        known = sorted(
            {name for owner in selected for _, each in owner.containers() for name in _names(each)}
        )
        for index, port in enumerate(entries(item.spec.get("ports"))):
            target = port.get("targetPort")
            if selected and isinstance(target, str) and not target.isdigit() and target not in known:
                yield cluster.at(item, "spec", "ports", index, "targetPort").finding(
                    f'names port "{target}", which no container of the selected pods has',
                    suggestion(target, known),
                )


def _why_no_image(image: str) -> str:
    if re.search(r"\s", image):
        return "it holds a space"
    if "://" in image:
        return "without a scheme"
    return "repositories are in lower case" if image.lower() != image else ""


def _names(container: Data) -> list[str]:
    return [str(port["name"]) for port in entries(container.get("ports")) if port.get("name")]


def _handlers(container: Data) -> Iterator[tuple[Field, Data]]:
    places: list[tuple[Field, Any]] = [((probe,), container.get(probe)) for probe in _PROBES]
    lifecycle = container.get("lifecycle") or {}
    places += [(("lifecycle", hook), lifecycle.get(hook)) for hook in ("postStart", "preStop")]
    for field, probe in places:
        for kind in _HANDLERS:
            if isinstance(probe, dict) and isinstance(probe.get(kind), dict):
                yield (*field, kind), probe[kind]


def _unmatched(selector: Data, labels: Mapping[str, str]) -> Iterator[tuple[Field, str]]:
    for key, value in (selector.get("matchLabels") or {}).items():
        if labels.get(key) != value:
            yield ("matchLabels", key), f"{key}={value}"
    for index, wanted in enumerate(entries(selector.get("matchExpressions"))):
        key, operator, values = str(wanted.get("key")), wanted.get("operator"), wanted.get("values") or ()
        fits = {
            "In": labels.get(key) in values,
            "NotIn": labels.get(key) not in values,
            "Exists": key in labels,
            "DoesNotExist": key not in labels,
        }.get(str(operator), True)
        if not fits:
            shown = f"{key} {operator} {', '.join(map(str, values))}".rstrip()
            yield ("matchExpressions", index), shown
