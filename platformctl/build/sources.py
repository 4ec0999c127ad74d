"""Which Flux sources are this repository, and where a release's chart lies."""

from __future__ import annotations

from collections.abc import Sequence

from platformctl.build.documents import Data
from platformctl.build.helm import Chart
from platformctl.build.objects import Object
from platformctl.build.packaged_charts import PackagedCharts
from platformctl.build.repository import clamped
from platformctl.build.values import ValuesError
from platformctl.errors import ToolMissing

_ELSEWHERE = frozenset({"Bucket", "ExternalArtifact", "HelmRepository"})
"""Kinds whose content is not this repository's, or not laid out as it is."""


def source_is_here(reference: Data, namespace: str, objects: Sequence[Object]) -> bool:
    """Whether a sourceRef means the repository that is being built.

    It does if it is the source that bootstrap made, if it has the same URL, or if no object describes it
    (then something outside the repository, such as Flux Operator, made it for this repository).
    """
    kind = str(reference.get("kind") or "GitRepository")
    name = str(reference.get("name") or "")
    place = str(reference.get("namespace") or namespace)
    if kind in _ELSEWHERE:
        return False
    if (place, name) == ("flux-system", "flux-system"):
        return True
    described = _find(objects, kind, place, name)
    if described is None:
        return True
    own = _find(objects, kind, "flux-system", "flux-system")
    return own is not None and own.spec.get("url") == described.spec.get("url")


def local_chart(release: Object, objects: Sequence[Object], packaged: PackagedCharts) -> Chart | str:
    """The chart of a release, or why it is to be had neither from the repository nor from this machine.

    Raises:
        ValuesError: the release names no chart, or a HelmChart that does not exist.
    """
    reference: Data = release.spec.get("chartRef") or {}
    if reference:
        place = str(reference.get("namespace") or release.namespace)
        if reference.get("kind") != "HelmChart":
            return f"the chart comes from {reference.get('kind')} {place}/{reference.get('name')}"
        found = _find(objects, "HelmChart", place, str(reference.get("name")))
        if found is None:
            raise ValuesError(f"there is no HelmChart {place}/{reference.get('name')}")
        spec, namespace = found.spec, place
    else:
        spec, namespace = (release.spec.get("chart") or {}).get("spec") or {}, release.namespace
    source: Data = spec.get("sourceRef") or {}
    if not spec.get("chart") or not source:
        raise ValuesError("the release names no chart")
    files = tuple(clamped(str(file)) for file in spec.get("valuesFiles") or ())
    if source_is_here(source, namespace, objects):
        return Chart(clamped(str(spec["chart"])), files)
    place, name = str(source.get("namespace") or namespace), str(source.get("name") or "")
    described = _find(objects, str(source.get("kind")), place, name)
    if described is None or described.kind != "HelmRepository":
        return f"the chart comes from {source.get('kind')} {name}"
    chart = str(spec["chart"])
    try:
        return Chart(chart, files, packaged.find(described.spec, chart, str(spec.get("version") or "")))
    except ToolMissing as error:
        return error.message


def _find(objects: Sequence[Object], kind: str, namespace: str, name: str) -> Object | None:
    for item in objects:
        if item.kind == kind and item.namespace == namespace and item.name == name:
            return item
    return None
