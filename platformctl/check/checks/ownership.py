"""Who makes what: namespaces, and objects that two make."""

from __future__ import annotations

from collections.abc import Iterator

from platformctl.build import Object, ObjectId
from platformctl.build.objects import is_release
from platformctl.check.cluster import Cluster
from platformctl.check.finding import Finding
from platformctl.check.near import suggestion
from platformctl.check.registry import check

_GIVEN = frozenset({"default", "kube-system", "kube-public", "kube-node-lease", "flux-system"})
"""Namespaces that Kubernetes and Flux's bootstrap make."""


@check("reference/namespace")
def namespace_exists(cluster: Cluster) -> Iterator[Finding]:
    """The namespace of an object must be made by something: the API server refuses the object otherwise."""
    if not cluster.whole:
        return
    known = set(cluster.names("Namespace")) | _GIVEN
    for item in cluster.objects:
        if is_release(item) and (item.spec.get("install") or {}).get("createNamespace"):
            known.add(str(item.spec.get("targetNamespace") or item.namespace))
    reported: set[str] = set()
    for item in cluster.objects:
        if item.namespace and item.namespace not in known and item.namespace not in reported:
            reported.add(item.namespace)
            hint = suggestion(item.namespace, sorted(known - _GIVEN))
            yield cluster.at(item, "metadata", "namespace").finding(
                f'is in namespace "{item.namespace}", which nothing makes', hint
            )


@check("ownership/twice")
def one_owner(cluster: Cluster) -> Iterator[Finding]:
    """An object must be applied by one Kustomization or release: two overwrite each other without end."""
    first: dict[tuple[str, ObjectId], Object] = {}
    for item in cluster.objects:
        key = (item.group, item.id)
        other = first.setdefault(key, item)
        if other is item:
            continue
        if _owner(other) == _owner(item):
            yield cluster.at(item).finding(f"is made twice by {_owner(item)}", "remove one of the two")
        else:
            yield cluster.at(item).finding(
                f"is applied by {_owner(item)} and by {_owner(other)}", "leave it to one of them"
            )


def _owner(item: Object) -> str:
    return str(item.origin.release or item.origin.kustomization or "the cluster's own folder")
