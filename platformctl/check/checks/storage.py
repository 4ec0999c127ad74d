"""Claims and classes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from platformctl.build import Object, ObjectId
from platformctl.build.documents import Data
from platformctl.check.cluster import Cluster
from platformctl.check.finding import Finding, Severity
from platformctl.check.near import suggestion
from platformctl.check.pods import Field, entries, pods
from platformctl.check.registry import check


@check("reference/claim")
def claim_exists(cluster: Cluster) -> Iterator[Finding]:
    """A PersistentVolumeClaim that a pod mounts must be there: the pod stays Pending otherwise."""
    for owner in pods(cluster):
        namespace = owner.item.namespace
        for place, volume in owner.each("volumes"):
            name = (volume.get("persistentVolumeClaim") or {}).get("claimName")
            if not name or not cluster.complete(namespace):
                continue
            if cluster.find("PersistentVolumeClaim", namespace, str(name)) is None:
                hint = cluster.hint(ObjectId("PersistentVolumeClaim", namespace, str(name)))
                yield cluster.at(owner.item, *place, "persistentVolumeClaim", "claimName").finding(
                    f'mounts PersistentVolumeClaim "{name}", which nothing makes', hint
                )


@check("reference/storage-class", Severity.WARNING)
def storage_class_exists(cluster: Cluster) -> Iterator[Finding]:
    """The class of a claim should be one that the cluster has: the claim stays Pending otherwise.

    A warning where the repository makes some classes itself, since others may come with the cluster; an
    error for an embedded cluster, which brings none.
    """
    known = cluster.names("StorageClass")
    all_known = cluster.declared is not None and cluster.declared.embedded is not None and cluster.whole
    if not known and not all_known:
        return
    for item, field, spec in _claims(cluster):
        name = spec.get("storageClassName")
        if name and name not in known:
            finding = cluster.at(item, *field, "storageClassName").finding(
                f'wants storage class "{name}", which nothing makes', suggestion(str(name), known)
            )
            code = "reference/storage-class" if all_known else finding.code
            yield replace(finding, code=code)


def _claims(cluster: Cluster) -> Iterator[tuple[Object, Field, Data]]:
    for item in cluster.of("PersistentVolumeClaim"):
        yield item, ("spec",), item.spec
    for item in cluster.of("StatefulSet"):
        for index, template in enumerate(entries(item.spec.get("volumeClaimTemplates"))):
            yield item, ("spec", "volumeClaimTemplates", index, "spec"), template.get("spec") or {}
