"""What pods and autoscalers refer to."""

from __future__ import annotations

from collections.abc import Iterator

from platformctl.build import Object, ObjectId
from platformctl.build.documents import Data
from platformctl.check.cluster import Cluster
from platformctl.check.finding import Finding, Severity
from platformctl.check.near import suggestion
from platformctl.check.pods import Field, Pods, entries, pods
from platformctl.check.registry import check

_GIVEN = frozenset({"kube-root-ca.crt", "extension-apiserver-authentication"})
"""ConfigMaps that Kubernetes itself makes."""


@check("reference/config-map")
def config_map_exists(cluster: Cluster) -> Iterator[Finding]:
    """A ConfigMap that a pod needs must be there, with the key that it names: the pod waits for it."""
    return _missing(cluster, "ConfigMap", made=frozenset())


@check("reference/secret", Severity.WARNING)
def secret_exists(cluster: Cluster) -> Iterator[Finding]:
    """A Secret that a pod needs should be there, or something that makes it.

    Secrets are often made by hand, so this is a warning.
    """
    made = frozenset(_secrets_made(cluster))
    return _missing(cluster, "Secret", made)


@check("reference/service-account")
def service_account_exists(cluster: Cluster) -> Iterator[Finding]:
    """The ServiceAccount of a pod must be there: no pod is made without it."""
    for owner in pods(cluster):
        name = owner.spec.get("serviceAccountName")
        namespace = owner.item.namespace
        if not name or name == "default" or not cluster.complete(namespace):
            continue
        if cluster.find("ServiceAccount", namespace, str(name)) is None:
            hint = cluster.hint(ObjectId("ServiceAccount", namespace, str(name)))
            yield cluster.at(owner.item, *owner.field, "spec", "serviceAccountName").finding(
                f'runs as ServiceAccount "{name}", which nothing makes', hint
            )


@check("reference/scale-target")
def scale_target_exists(cluster: Cluster) -> Iterator[Finding]:
    """What a HorizontalPodAutoscaler scales must be there."""
    for item in cluster.of("HorizontalPodAutoscaler"):
        target = item.spec.get("scaleTargetRef") or {}
        kind, name = str(target.get("kind")), str(target.get("name"))
        if cluster.complete(item.namespace) and cluster.find(kind, item.namespace, name) is None:
            hint = cluster.hint(ObjectId(kind, item.namespace, name))
            yield cluster.at(item, "spec", "scaleTargetRef", "name").finding(
                f'scales {kind} "{name}", which nothing makes', hint
            )


def _missing(cluster: Cluster, kind: str, made: frozenset[tuple[str, str]]) -> Iterator[Finding]:
    for owner in pods(cluster):
        namespace = owner.item.namespace
        if not cluster.complete(namespace):
            continue
        for field, name, key in _references(owner, kind):
            if name in _GIVEN or (namespace, name) in made:
                continue
            found = cluster.find(kind, namespace, name)
            if found is None:
                hint = cluster.hint(ObjectId(kind, namespace, name))
                yield cluster.at(owner.item, *field).finding(
                    f'needs {kind} "{name}", which nothing makes', hint
                )
            elif key is not None and key not in _keys(found):
                yield cluster.at(owner.item, *field).finding(
                    f'needs key "{key}" of {kind} "{name}", which does not have it',
                    suggestion(key, sorted(_keys(found))),
                )


def _references(owner: Pods, kind: str) -> Iterator[tuple[Field, str, str | None]]:
    """The field, the name, and the key where one is named; what is optional is left out."""
    reference, direct, key_of = (
        ("configMapRef", "configMap", "configMapKeyRef")
        if kind == "ConfigMap"
        else ("secretRef", "secret", "secretKeyRef")
    )
    for place, container in owner.containers():
        for index, entry in enumerate(entries(container.get("env"))):
            yield from _reference(
                (*place, "env", index, "valueFrom", key_of), (entry.get("valueFrom") or {}).get(key_of)
            )
        for index, entry in enumerate(entries(container.get("envFrom"))):
            yield from _reference((*place, "envFrom", index, reference), entry.get(reference))
    for place, volume in owner.each("volumes"):
        yield from _volume((*place, direct), volume.get(direct))
        for index, entry in enumerate(entries((volume.get("projected") or {}).get("sources"))):
            yield from _volume((*place, "projected", "sources", index, direct), entry.get(direct))
    if kind == "Secret":
        for place, entry in owner.each("imagePullSecrets"):
            yield from _reference(place, entry)


def _reference(field: Field, entry: Data | None) -> Iterator[tuple[Field, str, str | None]]:
    if entry and entry.get("name") and not entry.get("optional"):
        yield field, str(entry["name"]), entry.get("key")


def _volume(field: Field, entry: Data | None) -> Iterator[tuple[Field, str, str | None]]:
    """A volume's source: Secret volumes say secretName, and items name keys."""
    if not entry or entry.get("optional"):
        return
    name = entry.get("name") or entry.get("secretName")
    if name:
        keys: list[str | None] = [str(item.get("key")) for item in entries(entry.get("items"))]
        for key in keys or [None]:
            yield field, str(name), key


def _keys(item: Object) -> set[str]:
    return {str(key) for section in ("data", "binaryData", "stringData") for key in item.get(section) or {}}


def _secrets_made(cluster: Cluster) -> Iterator[tuple[str, str]]:
    """Secrets that controllers make from other objects."""
    for item in cluster.of("Certificate", "ExternalSecret", "SealedSecret"):
        target = item.spec.get("target") or {}
        yield item.namespace, str(item.spec.get("secretName") or target.get("name") or item.name)
    for item in cluster.of("ServiceAccount"):
        for entry in entries(item.get("secrets")):
            yield item.namespace, str(entry.get("name"))
