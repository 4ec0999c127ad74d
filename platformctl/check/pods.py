"""Pods within the objects that make them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from platformctl.build import Object
from platformctl.build.documents import Data
from platformctl.check.cluster import Cluster

_TEMPLATE = ("spec", "template")
PLACES: dict[str, tuple[str, ...]] = {
    "Pod": (),
    "Deployment": _TEMPLATE,
    "ReplicaSet": _TEMPLATE,
    "ReplicationController": _TEMPLATE,
    "StatefulSet": _TEMPLATE,
    "DaemonSet": _TEMPLATE,
    "Job": _TEMPLATE,
    "CronJob": ("spec", "jobTemplate", "spec", "template"),
}
"""Where a kind keeps its pod: the path of what has ``metadata`` and ``spec``."""

Field = tuple[str | int, ...]


@dataclass(frozen=True)
class Pods:
    """The pods that one object makes."""

    item: Object
    field: Field

    @property
    def spec(self) -> Data:
        spec = self.item.get(*self.field, "spec")
        return spec if isinstance(spec, dict) else {}

    @property
    def labels(self) -> dict[str, str]:
        return dict(self.item.get(*self.field, "metadata", "labels") or {})

    def each(self, key: str) -> Iterator[tuple[Field, Data]]:
        """The entries of a list of the pod's spec, with their fields in the object."""
        for index, entry in enumerate(self.spec.get(key) or ()):
            if isinstance(entry, dict):
                yield (*self.field, "spec", key, index), entry

    def containers(self) -> Iterator[tuple[Field, Data]]:
        for key in ("initContainers", "containers"):
            yield from self.each(key)


def pods(cluster: Cluster) -> Iterator[Pods]:
    """All that make pods."""
    for item in cluster.of(*PLACES):
        if item.group in {"", "apps", "batch"}:
            yield Pods(item, PLACES[item.kind])


def entries(value: Any) -> list[Data]:
    """The mappings of a list."""
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []
