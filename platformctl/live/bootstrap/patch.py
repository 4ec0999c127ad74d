"""Puts what must be in Git before ``flux bootstrap`` runs there."""

from __future__ import annotations

from platformctl.build.flux_patch import GENERATED, turns_submodules_on, with_submodules_on
from platformctl.live.bootstrap.target import Bootstrap
from platformctl.steps import Task


def missing_files(bootstrap: Bootstrap) -> dict[str, str]:
    """The files, with their texts, that the branch lacks for submodules to stay on."""
    settings, store = bootstrap.settings, bootstrap.store
    head = store.fetch_branch(settings.git, settings.branch)
    folder = settings.flux_folder

    def read(name: str) -> str | None:
        return store.read(head, f"{folder}/{name}")

    text = read("kustomization.yaml")
    # kustomize refuses a file of resources that is not there; flux bootstrap fills the empty ones.
    files = {f"{folder}/{name}": "" for name in GENERATED if read(name) is None}
    if files or not turns_submodules_on(text, read):
        patched = with_submodules_on(text, read)
        if patched != text:
            files[f"{folder}/kustomization.yaml"] = patched
    return files


def is_patched(bootstrap: Bootstrap) -> str | None:
    """A note when Git already holds the patch."""
    return None if missing_files(bootstrap) else "recurseSubmodules is patched in Git"


def patch(bootstrap: Bootstrap, task: Task) -> str:
    """Commit and push the patch and the empty files that it needs; returns a note with the commit."""
    settings = bootstrap.settings
    files = missing_files(bootstrap)
    task.update(detail=f"pushing to {settings.branch}")
    commit = bootstrap.store.commit_files(
        settings.git, settings.branch, files, f"Keep submodules on for Flux in {settings.path}"
    )
    return f"recurseSubmodules patched in Git, {commit[:12]}"
