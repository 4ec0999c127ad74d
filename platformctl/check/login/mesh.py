"""Istio's mesh configuration: who may be asked whether a request goes through."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from platformctl.build import Object
from platformctl.build.documents import Data, NotYaml, load_one
from platformctl.check.cluster import Cluster, Spot
from platformctl.check.pods import Field, entries


@dataclass(frozen=True)
class Provider:
    """An extension provider that checks by HTTP or gRPC.

    Attributes:
        http: its ``envoyExtAuthzHttp``; None where it checks by gRPC.
    """

    name: str
    service: str
    port: int | None
    http: Data | None
    cluster: Cluster
    item: Object
    field: Field
    exact: bool
    """Whether the fields of the provider are fields of the object, and not text in it."""

    def at(self, *field: str) -> Spot:
        """A field of ``envoyExtAuthzHttp``, or the nearest thing around it that is a field of an object."""
        inner: Field = ("envoyExtAuthzHttp", *field) if field else ()
        return self.cluster.at(self.item, *self.field, *(inner if self.exact else ()))

    def lists_no(self, header: str, name: str) -> str:
        """How a sentence about a header that a list lacks begins, after the object."""
        return f'has no {header} in {name} of provider "{self.name}"'

    def headers(self, name: str) -> list[str] | None:
        """A list of header names in lower case; None where it is not set."""
        value = (self.http or {}).get(name)
        return [str(each).lower() for each in value] if isinstance(value, list) and value else None

    @property
    def added(self) -> dict[str, str]:
        """Headers that Envoy adds to the check, by name in lower case."""
        value = (self.http or {}).get("includeAdditionalHeadersInCheck")
        return {str(key).lower(): str(text) for key, text in value.items()} if isinstance(value, dict) else {}

    @property
    def host(self) -> str:
        """The service without the namespace that may stand before it."""
        return self.service.rpartition("/")[2]


@dataclass(frozen=True)
class Mesh:
    """The mesh configuration of one istiod."""

    spot: Spot
    root_namespace: str
    providers: tuple[Provider, ...]
    whole: bool
    """Whether no part of it comes from where Git has nothing."""


def meshes(cluster: Cluster) -> Iterator[Mesh]:
    """From istiod's ConfigMap; from a release's values or an IstioOperator where there is none."""
    found = False
    for item in cluster.of("ConfigMap"):
        text = item.get("data", "mesh")
        if isinstance(text, str) and item.name.split("-")[0] == "istio":
            found = True
            yield _mesh(cluster, item, ("data", "mesh"), _parsed(text), exact=False)
    if found:
        return
    for item in cluster.build.left_out:
        values = item.get("spec", "values", "meshConfig") if item.kind == "HelmRelease" else None
        if values:
            yield _mesh(cluster, item, ("spec", "values", "meshConfig"), values, exact=True)
    for item in cluster.of("IstioOperator"):
        if item.spec.get("meshConfig"):
            yield _mesh(cluster, item, ("spec", "meshConfig"), item.spec["meshConfig"], exact=True)


def _mesh(cluster: Cluster, item: Object, field: Field, data: Any, exact: bool) -> Mesh:
    data = data if isinstance(data, dict) else {}
    providers = []
    for index, entry in enumerate(entries(data.get("extensionProviders"))):
        http, grpc = entry.get("envoyExtAuthzHttp"), entry.get("envoyExtAuthzGrpc")
        kind = http or grpc
        if not isinstance(kind, dict):
            continue
        name, port = str(entry.get("name")), kind.get("port")
        where = (item, (*field, "extensionProviders", index) if exact else field, exact)
        written = None if exact else _in_values(cluster, item, name)
        owner, inner, is_exact = (*written, True) if written else where
        number = port if isinstance(port, int) else None
        service = str(kind.get("service") or "")
        providers.append(
            Provider(name, service, number, kind if http else None, cluster, owner, inner, is_exact)
        )
    root = str(data.get("rootNamespace") or item.namespace or "istio-system")
    return Mesh(cluster.at(item, *field), root, tuple(providers), not item.spec.get("valuesFrom"))


def _in_values(cluster: Cluster, item: Object, name: str) -> tuple[Object, Field] | None:
    """The provider in the values of the release that renders the ConfigMap: there a person wrote it."""
    release = cluster.by_id.get(item.origin.release) if item.origin.release else None
    field: Field = ("spec", "values", "meshConfig", "extensionProviders")
    for index, entry in enumerate(entries(release.get(*field)) if release else ()):
        if release and entry.get("name") == name:
            return release, (*field, index)
    return None


def _parsed(text: str) -> Any:
    try:
        return load_one(text)
    except NotYaml:
        return None
