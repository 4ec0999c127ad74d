"""The step that puts the patch into Git, against a real Git server."""

from __future__ import annotations

from typing import cast

from platformctl.build.flux_patch import turns_submodules_on
from platformctl.live.bootstrap.patch import is_patched, patch
from platformctl.live.bootstrap.target import Bootstrap, Settings
from platformctl.live.git import GitStore
from platformctl.live.kubernetes import Cluster
from platformctl.steps import Silent
from tests.unit.live.bootstrap.conftest import HOST, Repositories

FOLDER = "clusters/service/flux-system"


def bootstrap_of(settings: Settings, store: GitStore) -> Bootstrap:
    return Bootstrap(settings, cast(Cluster, None), store)


def test_patch_is_pushed_once(repositories: Repositories, store: GitStore, settings: Settings) -> None:
    pinned = repositories.commit("chatbot-api", {"a": "a"})
    head = repositories.platform({"components/chatbot-api": (f"http://{HOST}/chatbot-api.git", pinned)})
    job = bootstrap_of(settings, store)
    assert is_patched(job) is None

    patch(job, Silent())

    assert is_patched(job)
    after = store.fetch_branch(settings.git, "main")
    assert turns_submodules_on(store.read(after, f"{FOLDER}/kustomization.yaml"))
    assert store.read(after, f"{FOLDER}/gotk-sync.yaml") == ""
    kept = {entry for entry in store.tree(after) if not entry.path.startswith(FOLDER)}
    assert kept == set(store.tree(head)), "other files and the gitlink stay as they are"


def test_generated_files_are_not_emptied(
    repositories: Repositories, store: GitStore, settings: Settings
) -> None:
    repositories.platform({})
    repositories.commit("platform", {f"{FOLDER}/gotk-sync.yaml": "kind: GitRepository\n"})
    job = bootstrap_of(settings, store)

    patch(job, Silent())

    after = store.fetch_branch(settings.git, "main")
    assert store.read(after, f"{FOLDER}/gotk-sync.yaml") == "kind: GitRepository\n"
    assert store.read(after, f"{FOLDER}/gotk-components.yaml") == ""


def test_what_others_push_meanwhile_stays(
    repositories: Repositories, store: GitStore, settings: Settings
) -> None:
    repositories.platform({})
    fetch, pushed = store.fetch_branch, []

    def fetch_then_somebody_pushes(*arguments: object) -> str:
        found = fetch(*arguments)  # type: ignore[arg-type]
        if not pushed:
            pushed.append(repositories.commit("platform", {"theirs": "theirs\n"}))
        return found

    store.fetch_branch = fetch_then_somebody_pushes  # type: ignore[method-assign]
    store.commit_files(settings.git, "main", {"ours": "ours\n"}, "ours")

    after = fetch(settings.git, "main")
    assert (store.read(after, "ours"), store.read(after, "theirs")) == ("ours\n", "theirs\n")
