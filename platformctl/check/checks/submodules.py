"""Whether what Flux reads from submodules will be there."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from platformctl.build import Object, ObjectId, Place, Submodule
from platformctl.build.flux_patch import turns_submodules_on
from platformctl.build.git_urls import submodule_flaw
from platformctl.build.objects import is_flux_kustomization, is_release
from platformctl.build.repository import clamped
from platformctl.build.sources import source_is_here
from platformctl.build.submodules import GITMODULES, holding
from platformctl.check.cluster import UNSET, Cluster
from platformctl.check.finding import Finding, Severity
from platformctl.check.registry import check

_BOOTSTRAP = ObjectId("GitRepository", "flux-system", "flux-system")


@check("submodule/recurse")
def submodules_are_fetched(cluster: Cluster) -> Iterator[Finding]:
    """A source must recurse into submodules where something that Flux reads lies in one.

    Without it the source stays Ready and the folders in its artifact are empty: a release finds no chart.
    """
    for source, needs in _needs(cluster).items():
        found = cluster.build.source if source == _BOOTSTRAP else cluster.by_id.get(source)
        if found is None and source != _BOOTSTRAP:
            continue  # told by reference/source
        if found is not None and found.spec.get("recurseSubmodules") is True:
            continue
        paths = ", ".join(sorted({submodule.path for submodule, _ in needs}))
        user = min(str(item.id) for _, item in needs)
        message = f"is not true, so Flux leaves {paths} empty, which {user} reads"
        if source == _BOOTSTRAP:
            yield _at_patch(cluster, message)
        else:
            assert found is not None
            yield cluster.at(found, "spec", "recurseSubmodules").finding(message, "recurseSubmodules: true")


@check("submodule/kept", Severity.WARNING)
def submodules_stay_on(cluster: Cluster) -> Iterator[Finding]:
    """``recurseSubmodules`` should be a patch in flux-system/kustomization.yaml.

    Each `flux bootstrap` writes gotk-sync.yaml anew from its flags, and without ``--recurse-submodules``
    the field is gone.
    """
    source = cluster.build.source
    if source is None or source.spec.get("recurseSubmodules") is not True or not _needs(cluster):
        return
    folder = f"{cluster.build.folder}/flux-system"
    text = cluster.locator.text(f"{folder}/kustomization.yaml")
    if not turns_submodules_on(text, lambda name: cluster.locator.text(posixpath.join(folder, name))):
        yield _at_patch(
            cluster, "stands in gotk-sync.yaml only, which the next flux bootstrap writes without it"
        )


@check("submodule/url")
def submodule_can_be_fetched(cluster: Cluster) -> Iterator[Finding]:
    """source-controller must be able to fetch every submodule, from inside the cluster and with one key.

    It looks for a relative URL among its own files, and a URL of the other protocol gets the wrong kind of
    credentials. One submodule that cannot be fetched fails the whole source.
    """
    source = cluster.build.source
    recursing = source is not None and source.spec.get("recurseSubmodules") is True
    if not recursing and not _needs(cluster):
        return
    parent = str((source.spec.get("url") if source else "") or cluster.git_url)
    for submodule in cluster.build.submodules:
        # Without credentials: whether there are any, and who may have them, bootstrap knows.
        flaw = submodule_flaw(parent or submodule.url, submodule.url, credentials=False)
        if flaw is None:
            continue
        fix = flaw.fix if parent else "write an https URL in .gitmodules, then git submodule sync"
        place = Place(GITMODULES, submodule.line)
        yield Finding(UNSET, Severity.ERROR, f"submodule {submodule.path}", "url", flaw.message, place, fix)


def _needs(cluster: Cluster) -> dict[ObjectId, list[tuple[Submodule, Object]]]:
    """By source: the submodules that something is read from, and who reads it."""
    needs: dict[ObjectId, list[tuple[Submodule, Object]]] = {}
    for item in cluster.objects:
        for reference, namespace, path in _reads(item):
            submodule = holding(path, cluster.build.submodules)
            if submodule and source_is_here(reference, namespace, cluster.objects):
                kind = str(reference.get("kind") or "GitRepository")
                place = str(reference.get("namespace") or namespace)
                source = ObjectId(kind, place, str(reference.get("name")))
                if kind == "GitRepository":
                    needs.setdefault(source, []).append((submodule, item))
    return needs


def _reads(item: Object) -> Iterator[tuple[dict[str, object], str, str]]:
    """The source, the namespace that it is in unless it says so, and the path in it."""
    spec = item.spec
    if is_flux_kustomization(item) and spec.get("path"):
        yield spec.get("sourceRef") or {}, item.namespace, clamped(str(spec["path"]))
    if is_release(item):
        spec = (spec.get("chart") or {}).get("spec") or {}
    elif item.kind != "HelmChart":
        return
    if spec.get("chart") and spec.get("sourceRef"):
        yield spec["sourceRef"], item.namespace, clamped(str(spec["chart"]))


def _at_patch(cluster: Cluster, message: str) -> Finding:
    """About bootstrap's source, in the file that its patches stand in."""
    file = f"{cluster.build.folder}/flux-system/kustomization.yaml"
    place = cluster.locator.key(file, ("patches",))
    fix = "add a patch for GitRepository flux-system: [{op: add, path: /spec/recurseSubmodules, value: true}]"
    return Finding(UNSET, Severity.ERROR, str(_BOOTSTRAP), "spec.recurseSubmodules", message, place, fix)
