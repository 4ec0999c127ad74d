"""The namespace of what Helm installs."""

from __future__ import annotations

from collections.abc import Iterable

from platformctl.build.objects import CLUSTER_SCOPED, Object


def in_namespace(item: Object, namespace: str) -> Object:
    """Helm installs what names no namespace into the release's."""
    if item.namespace or item.kind in CLUSTER_SCOPED:
        return item
    metadata = {**item.metadata, "namespace": namespace}
    return Object({**item.data, "metadata": metadata}, item.origin)


def with_known_scopes(objects: Iterable[Object]) -> list[Object]:
    """Without the namespace where a CustomResourceDefinition among the objects says that the kind has none.

    A release can be rendered before the one that brings the definition.
    """
    objects = list(objects)
    without = {
        (item.get("spec", "group"), item.get("spec", "names", "kind"))
        for item in objects
        if item.kind == "CustomResourceDefinition" and item.get("spec", "scope") == "Cluster"
    }
    return [
        _without_namespace(item) if item.origin.release and (item.group, item.kind) in without else item
        for item in objects
    ]


def _without_namespace(item: Object) -> Object:
    metadata = {key: value for key, value in item.metadata.items() if key != "namespace"}
    return Object({**item.data, "metadata": metadata}, item.origin)
