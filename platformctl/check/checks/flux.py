"""References between Flux's own objects."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from platformctl.build import Object, ObjectId
from platformctl.build.objects import is_flux_kustomization, is_release
from platformctl.check.cluster import Cluster
from platformctl.check.finding import Finding
from platformctl.check.registry import check

_BOOTSTRAP = ObjectId("GitRepository", "flux-system", "flux-system")
"""What bootstrap makes, in a file that a new repository does not have yet."""


def _flux_objects(cluster: Cluster) -> list[Object]:
    return [item for item in cluster.objects if is_flux_kustomization(item) or is_release(item)]


@check("reference/source")
def source_exists(cluster: Cluster) -> Iterator[Finding]:
    """A source that a Kustomization, a release or a chart reads must be in the cluster."""
    places = (
        ("spec", "sourceRef"),
        ("spec", "chart", "spec", "sourceRef"),
        ("spec", "chartRef"),
    )
    for item in [*_flux_objects(cluster), *cluster.of("HelmChart")]:
        for place in places:
            reference = item.get(*place)
            if not isinstance(reference, dict):
                continue
            kind = str(reference.get("kind") or "GitRepository")
            namespace = str(reference.get("namespace") or item.namespace)
            wanted = ObjectId(kind, namespace, str(reference.get("name")))
            if wanted != _BOOTSTRAP and wanted not in cluster.by_id and cluster.complete(namespace):
                message = f"reads {wanted}, which nothing makes"
                yield cluster.at(item, *place, "name").finding(message, cluster.hint(wanted))


@check("reference/depends-on")
def dependency_exists(cluster: Cluster) -> Iterator[Finding]:
    """What ``dependsOn`` names must be in the cluster: the object waits for it for ever."""
    for item in _flux_objects(cluster):
        for index, wanted in enumerate(_dependencies(item)):
            if wanted not in cluster.by_id and cluster.complete(wanted.namespace):
                message = f"waits for {wanted}, which nothing makes"
                yield cluster.at(item, "spec", "dependsOn", index).finding(
                    message, cluster.hint(wanted, item.id)
                )


@check("reference/cycle")
def dependencies_have_an_order(cluster: Cluster) -> Iterator[Finding]:
    """Dependencies must not go round in a circle: none of its members would ever start."""
    graph = {item.id: _dependencies(item) for item in _flux_objects(cluster)}
    for member in sorted(graph):
        circle = _circle(graph, member)
        if circle and member == min(circle):
            names = " -> ".join(str(each) for each in [*circle, member])
            yield cluster.at(cluster.by_id[member], "spec", "dependsOn").finding(
                f"is part of a circle: {names}", "remove one of the dependencies"
            )


def _dependencies(item: Object) -> list[ObjectId]:
    return [
        ObjectId(item.kind, str(entry.get("namespace") or item.namespace), str(entry.get("name")))
        for entry in item.spec.get("dependsOn") or ()
    ]


def _circle(graph: Mapping[ObjectId, list[ObjectId]], start: ObjectId) -> list[ObjectId]:
    """The shortest way from ``start`` back to it, without the end; empty if there is none."""
    ways = [[start]]
    seen: set[ObjectId] = set()
    for way in ways:
        for following in graph.get(way[-1], []):
            if following == start:
                return way
            if following not in seen:
                seen.add(following)
                ways.append([*way, following])
    return []
