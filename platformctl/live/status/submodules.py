"""Whether submodules are on, will stay on, and really arrive; each removal with its fix."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from platformctl.build.flux_patch import SOURCE, turns_submodules_on
from platformctl.live.artifact import Artifact
from platformctl.live.flux import Identity, Object, State
from platformctl.live.status.trouble import Trouble

BOOTSTRAP = "platformctl bootstrap puts it back; it is safe to run again"


@dataclass(frozen=True)
class Submodules:
    """What is known of submodules.

    Attributes:
        in_cluster: the field of Flux's source.
        in_git: the patch that keeps the field; None when the artifact could not be read.
        empty: folders of the artifact that hold nothing.
        troubles: what somebody removed, or what does not arrive.
    """

    in_cluster: bool
    in_git: bool | None
    empty: tuple[str, ...] = ()
    troubles: tuple[Trouble, ...] = ()

    @property
    def state(self) -> State | None:
        """None: nothing here uses submodules."""
        if self.troubles:
            return State.FAILED
        return State.READY if self.in_cluster else None


def submodules(
    source: Object, root: Object | None, artifact: Artifact | None, releases: Sequence[Object]
) -> Submodules:
    """Judge Flux's source by its spec, by the files that it serves, and by the charts that releases want.

    A repository where nobody ever switched submodules on, and that has none, is left in peace.
    """
    in_cluster = source.get("spec", {}).get("recurseSubmodules") is True
    served = source.get("status", {}).get("observedRecurseSubmodules") is True
    in_git = in_sync = None
    empty: tuple[str, ...] = ()
    if artifact:
        folder = posixpath.normpath(f"{(root or {}).get('spec', {}).get('path', '.')}/{SOURCE}")
        in_git = _is_patched(artifact, folder)
        in_sync = _in_sync(artifact.text(f"{folder}/gotk-sync.yaml"))
        empty = tuple(sorted(artifact.empty_folders))
    wanted = in_cluster or served or bool(in_git) or bool(in_sync) or bool(empty)
    troubles = [*_missing_charts(artifact, releases, Identity.of(source))]
    if wanted and in_git is False:
        troubles.insert(0, _not_in_git(in_cluster))
    if wanted and not in_cluster:
        troubles.insert(0, _not_in_cluster(Identity.of(source), bool(in_git)))
    return Submodules(in_cluster, in_git, empty, tuple(troubles))


def _not_in_cluster(source: Identity, in_git: bool) -> Trouble:
    return Trouble(
        "submodules are OFF: recurseSubmodules was removed from Flux's source in the cluster. What runs keeps"
        " running; the next change of a chart in a submodule fails.",
        str(source),
        f"flux reconcile kustomization {SOURCE}  puts back what Git says" if in_git else BOOTSTRAP,
    )


def _not_in_git(in_cluster: bool) -> Trouble:
    now = "They still work here; " if in_cluster else ""
    return Trouble(
        "the patch that keeps submodules on was removed from Git. "
        f"{now}a fresh cluster, or the next flux bootstrap, goes without them.",
        f"{SOURCE}/kustomization.yaml",
        BOOTSTRAP,
    )


def _missing_charts(
    artifact: Artifact | None, releases: Sequence[Object], source: Identity
) -> Iterator[Trouble]:
    if artifact is None:
        return
    for release in releases:
        chart = release.get("spec", {}).get("chart", {}).get("spec", {})
        reference = chart.get("sourceRef", {})
        if (reference.get("kind"), reference.get("name")) != (source.kind, source.name):
            continue
        folder = posixpath.normpath(str(chart.get("chart", "")))
        if not artifact.under(folder):
            inside = next((at for at in artifact.empty_folders if f"{folder}/".startswith(f"{at}/")), None)
            why = f"the submodule {inside} is empty there" if inside else "it is not there"
            yield Trouble(
                f"the chart {folder} is not in what Flux serves: {why}",
                str(Identity.of(release)),
                BOOTSTRAP if inside else "correct the path of the chart in Git",
            )


def _is_patched(artifact: Artifact, folder: str) -> bool:
    return turns_submodules_on(
        artifact.text(f"{folder}/kustomization.yaml"), lambda name: artifact.text(f"{folder}/{name}")
    )


def _in_sync(text: str | None) -> bool:
    """Whether gotk-sync.yaml, as flux bootstrap wrote it, has the field."""
    try:
        documents = list(YAML(typ="safe").load_all(text)) if text else []
    except YAMLError:
        return False
    return any(
        isinstance(found, dict)
        and found.get("kind") == "GitRepository"
        and (found.get("spec") or {}).get("recurseSubmodules") is True
        for found in documents
    )
