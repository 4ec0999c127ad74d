"""Whether Flux will be able to fetch every submodule, asked with the credentials and the protocol of Flux."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from platformctl.build.git_urls import submodule_flaw
from platformctl.build.submodules import GITMODULES, Submodule
from platformctl.live.bootstrap.problems import Problem
from platformctl.live.git import GitAccess, GitFailed, GitStore
from platformctl.live.submodules import submodules_of

# go-git's DefaultSubmoduleRecursionDepth: what lies deeper never reaches the artifact.
DEEPEST = 10


@dataclass(frozen=True)
class Checked:
    """A submodule that was looked at: its path from the root of the repository, and what is wrong."""

    path: str
    commit: str
    problems: list[Problem] = field(default_factory=list)


def check_submodules(
    store: GitStore,
    parent: GitAccess,
    commit: str,
    trusted: Collection[str] = (),
    *,
    inside: str = "",
    depth: int = 1,
) -> Iterator[Checked]:
    """Every submodule of a fetched commit, and those inside of them; fetches what it can.

    Args:
        parent: the repository of the commit, with the credentials that Flux has for all of them.
        trusted: hosts that may be sent these credentials.
        inside: path of the submodule that the commit belongs to, with a slash at its end.
    """
    for submodule in submodules_of(store, commit):
        path = inside + submodule.path
        place = f"{inside}{GITMODULES}:{submodule.line}" if submodule.line else path
        problem = _problem_of(store, parent, submodule, path, place, trusted)
        yield Checked(path, submodule.commit, [problem] if problem else [])
        if problem is None and depth < DEEPEST:
            yield from check_submodules(
                store,
                parent.for_url(submodule.url),
                submodule.commit,
                trusted,
                inside=f"{path}/",
                depth=depth + 1,
            )


def _problem_of(
    store: GitStore, parent: GitAccess, submodule: Submodule, path: str, place: str, trusted: Collection[str]
) -> Problem | None:
    if not submodule.commit:
        return Problem(
            "submodule/no-gitlink",
            f"{path} stands in .gitmodules, but no commit is pinned for it",
            f"git submodule add {submodule.url} {submodule.path}, or remove the section",
            place,
        )
    credentials = bool(parent.password or parent.private_key)
    flaw = submodule_flaw(parent.url, submodule.url, credentials=credentials, trusted=trusted)
    if flaw:
        return Problem(f"submodule/{flaw.code}", f"{path}: {flaw.message}", flaw.fix, place)
    access = parent.for_url(submodule.url)
    try:
        store.branches(access)
    except GitFailed as error:
        return Problem(
            "submodule/unreadable",
            f"{path}: {submodule.url} cannot be read with the credentials that Flux has: {error.message}",
            f"give {access.username} read access to it, or correct the URL"
            if access.over_http
            else "give the SSH key read access to it, or correct the URL",
            place,
        )
    return _fetched(store, access, submodule, path, place)


def _fetched(
    store: GitStore, access: GitAccess, submodule: Submodule, path: str, place: str
) -> Problem | None:
    """Fetch the pinned commit as source-controller does: by id if the server allows, or through a branch."""
    commit = submodule.commit
    try:
        store.fetch_commit(access, commit, as_flux=True)
    except GitFailed as error:
        reason = error.message
        namespace = f"submodule/{commit}"
        try:
            store.fetch_history(access, namespace)
            if store.has_in_history(commit, namespace):
                store.fetch_commit(access, commit)
                return None
            on_server = _has_on_server(store, access, commit)
        except GitFailed as later:
            reason, on_server = later.message, False
        push = f"git -C {path} push origin {commit[:12]}:refs/heads/<branch>"
        if on_server:
            return Problem(
                "submodule/commit-on-no-branch",
                f"{path} is pinned to {commit[:12]}, which stands on no branch of {submodule.url}",
                f"put it on a branch: {push}",
                place,
            )
        return Problem(
            "submodule/commit-missing",
            f"{path} is pinned to {commit[:12]}, which {submodule.url} does not have: {reason}",
            f"push it: {push}; or pin a commit that is there",
            place,
        )
    return None


def _has_on_server(store: GitStore, access: GitAccess, commit: str) -> bool:
    try:
        store.fetch_commit(access, commit)
    except GitFailed:
        return False
    return True
