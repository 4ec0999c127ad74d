"""The submodules of a fetched commit."""

from __future__ import annotations

from platformctl.build.submodules import GITMODULES, Submodule, joined
from platformctl.live.git import GITLINK, GitStore


def submodules_of(store: GitStore, commit: str) -> list[Submodule]:
    """The submodules of a fetched commit, by path; not those inside of them."""
    gitlinks = {entry.path: entry.id for entry in store.tree(commit) if entry.mode == GITLINK}
    return joined(gitlinks, store.read(commit, GITMODULES) or "")
