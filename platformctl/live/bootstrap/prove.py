"""Proves that what Flux works from holds the files of every submodule, and that this will stay so."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from platformctl.build.flux_patch import turns_submodules_on
from platformctl.errors import NotHealthy
from platformctl.live.artifact import Artifact, fetch_artifact
from platformctl.live.bootstrap.submodule_preflight import check_submodules
from platformctl.live.bootstrap.target import FLUX_SYSTEM, Bootstrap, Settings
from platformctl.live.flux import commit_in
from platformctl.live.git import GITLINK, SYMLINK, GitStore, TreeEntry
from platformctl.live.kinds import GIT_REPOSITORY
from platformctl.live.source_ignore import IGNORE_FILE, ignored
from platformctl.steps import Task

RUN_AGAIN = "run platformctl bootstrap again"


@dataclass(frozen=True)
class ProvenSubmodule:
    """A submodule whose files all stand in the artifact as the pinned commit has them."""

    path: str
    commit: str
    files: int


def prove(bootstrap: Bootstrap, task: Task) -> str:
    """Raise NotHealthy, naming the submodule and what is missing, unless all of it is proven."""
    settings = bootstrap.settings
    place = f"GitRepository/{FLUX_SYSTEM}/{FLUX_SYSTEM}"
    source = bootstrap.kube.get(GIT_REPOSITORY, FLUX_SYSTEM, FLUX_SYSTEM)
    if source is None:
        raise NotHealthy("Flux has no source in the cluster", place=place, fix=RUN_AGAIN)
    if source["spec"].get("recurseSubmodules") is not True:
        raise NotHealthy("recurseSubmodules is not set in the cluster", place=place, fix=RUN_AGAIN)
    task.update(detail="fetching the artifact")
    artifact = fetch_artifact(bootstrap.kube, source)
    commit = commit_in(artifact.revision)
    _prove_patch(bootstrap.store, settings, commit)
    proven = []
    for submodule in prove_submodules(
        bootstrap.store, settings, artifact, extra_ignore=source["spec"].get("ignore")
    ):
        task.update(detail=submodule.path)
        proven.append(submodule)
    files = sum(submodule.files for submodule in proven)
    return f"{len(proven)} submodules in the artifact, {files} files as pinned" if proven else "no submodules"


def _prove_patch(store: GitStore, settings: Settings, commit: str) -> None:
    if not store.has(commit):
        store.fetch_commit(settings.git, commit)
    place = f"{settings.flux_folder}/kustomization.yaml"

    def read(name: str) -> str | None:
        return store.read(commit, f"{settings.flux_folder}/{name}")

    if not turns_submodules_on(read("kustomization.yaml"), read):
        raise NotHealthy(
            "the patch for recurseSubmodules is not in Git: the next flux bootstrap would switch it off",
            place=place,
            fix=RUN_AGAIN,
        )


def prove_submodules(
    store: GitStore, settings: Settings, artifact: Artifact, *, extra_ignore: str | None = None
) -> Iterator[ProvenSubmodule]:
    """Compare the artifact, file by file, with the commits that its own revision pins.

    Raises NotHealthy at the first submodule that differs.
    """
    commit = commit_in(artifact.revision)
    trees = {"": store.tree(commit)}
    commits = {}
    for checked in check_submodules(store, settings.git, commit, settings.trusted_hosts):
        if checked.problems:
            first = checked.problems[0]
            raise NotHealthy(first.message, place=first.place, fix=first.fix)
        trees[f"{checked.path}/"] = store.tree(checked.commit)
        commits[f"{checked.path}/"] = checked.commit
    left_out = _left_out(trees, artifact, extra_ignore)
    for start, identity in commits.items():
        wanted = {
            start + entry.path: entry.id
            for entry in trees[start]
            if entry.mode not in (GITLINK, SYMLINK) and start + entry.path not in left_out
        }
        differing = differences(wanted, artifact)
        if differing:
            raise NotHealthy(
                f"submodule {start.rstrip('/')} at {identity[:12]} is not in the artifact as pinned: "
                f"{len(differing)} of {len(wanted)} files differ, first {differing[0]}",
                place=start.rstrip("/"),
                fix=f"flux reconcile source git {FLUX_SYSTEM}; then {RUN_AGAIN}",
            )
        yield ProvenSubmodule(start.rstrip("/"), identity, len(wanted))


def differences(wanted: Mapping[str, str], artifact: Artifact) -> list[str]:
    """The paths, of those wanted with their Git object ids, that the artifact lacks or has otherwise."""
    return [
        path
        for path, identity in sorted(wanted.items())
        if path not in artifact.files or blob_id(artifact.files[path], identity) != identity
    ]


def blob_id(content: bytes, like: str) -> str:
    """The Git object id of a file, by the hash that gives ids of the same length."""
    algorithm = hashlib.sha1 if len(like) == hashlib.sha1().digest_size * 2 else hashlib.sha256
    return algorithm(b"blob %d\0" % len(content) + content).hexdigest()


def _left_out(trees: Mapping[str, list[TreeEntry]], artifact: Artifact, extra: str | None) -> set[str]:
    paths = [start + entry.path for start, entries in trees.items() for entry in entries]
    rules = {path: artifact.text(path) or "" for path in paths if path.rpartition("/")[2] == IGNORE_FILE}
    return ignored(paths, rules, extra)
