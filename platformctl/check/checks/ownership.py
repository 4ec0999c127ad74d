"""Who makes what: namespaces, and objects that two make."""

from __future__ import annotations

from collections.abc import Iterator

from platformctl.build import Object, ObjectId, Place
from platformctl.build.graph import ROOT
from platformctl.build.objects import is_flux_kustomization, is_release
from platformctl.build.repository import clamped
from platformctl.check.cluster import UNSET, Cluster
from platformctl.check.finding import Finding, Severity
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


@check("ownership/folder")
def folder_holds_its_own(cluster: Cluster) -> Iterator[Finding]:
    """A folder without kustomization.yaml must not hold another Kustomization's folder.

    Flux applies all that lies in such a folder, and so the other's objects too.
    """
    for swallowing, others in _swallowed(cluster).items():
        folder = cluster.build.loose[swallowing]
        more = f" and {len(others) - 1} more" if others[1:] else ""
        message = (
            f"is missing, so {swallowing} applies all that lies in {folder}, "
            f"also what {others[0].id}{more} applies"
        )
        yield Finding(
            UNSET,
            Severity.ERROR,
            f"{folder}/kustomization.yaml",
            "",
            message,
            Place(f"{folder}/kustomization.yaml", 0),
            "write one whose resources are what belongs to this folder alone",
        )


def _swallowed(cluster: Cluster) -> dict[ObjectId, list[Object]]:
    """By Kustomization whose folder has no kustomization.yaml: those whose folders lie in it."""
    found: dict[ObjectId, list[Object]] = {}
    for owner, folder in cluster.build.loose.items():
        for item in cluster.of("Kustomization"):
            path = clamped(str(item.spec.get("path") or "."))
            if is_flux_kustomization(item) and item.id != owner and path.startswith(f"{folder}/"):
                found.setdefault(owner, []).append(item)
    return found


@check("ownership/idle")
def something_is_applied(cluster: Cluster) -> Iterator[Finding]:
    """A cluster whose folder holds components must apply at least one of them.

    An empty list of Kustomizations is no mistake to Flux: with ``prune`` it removes all that runs.
    """
    applied = any((is_flux_kustomization(i) and i.id != ROOT) or is_release(i) for i in cluster.objects)
    if applied or cluster.problems or not cluster.build.idle:
        return
    read = cluster.build.files.get(ROOT, [])
    empty = [file for file in read if file.endswith(".yaml") and cluster.locator.is_empty(file)]
    place = Place(next((file for file in empty if "/flux-system/" not in file), read[0] if read else ""), 0)
    folders = ", ".join(cluster.build.idle)
    message = f"applies nothing, though it has {folders}"
    fix = "write a Kustomization of Flux for each of them" + (f" into {place.file}" if empty else "")
    yield Finding(UNSET, Severity.ERROR, f"cluster {cluster.name}", "", message, place, fix)


@check("ownership/twice")
def one_owner(cluster: Cluster) -> Iterator[Finding]:
    """An object must be applied by one Kustomization or release: two overwrite each other without end."""
    swallowed = {
        frozenset((owner, other.id)) for owner, others in _swallowed(cluster).items() for other in others
    }
    first: dict[tuple[str, ObjectId], Object] = {}
    for item in cluster.objects:
        key = (item.group, item.id)
        other = first.setdefault(key, item)
        if other is item:
            continue
        ways = (each.origin.kustomization or ROOT for each in (item, other))
        if frozenset(ways) in swallowed:
            continue  # told by ownership/folder
        if _owner(other) == _owner(item):
            yield cluster.at(item).finding(f"is made twice by {_owner(item)}", "remove one of the two")
        else:
            yield cluster.at(item).finding(
                f"is applied by {_owner(item)} and by {_owner(other)}", "leave it to one of them"
            )


def _owner(item: Object) -> str:
    return str(item.origin.release or item.origin.kustomization or "the cluster's own folder")
