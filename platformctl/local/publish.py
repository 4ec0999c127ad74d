"""From a working tree to the repositories that Flux reads, without losing what others pushed there.

Each repository keeps two lines of history: ``refs/platformctl/published``, the states of the working tree as
they were published, and the branch, which also has the commits of `flux bootstrap` and of people. A new state
is merged into the branch with the last published one as the common ancestor, so only what really changed here
is changed there.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from platformctl.errors import ConfigError, NotHealthy
from platformctl.local.git_repository import BareRepository

# What belongs to a platform repository; a checkout may hold more (the CLI's own source, for example).
PARTS = ("platform.yaml", "clusters", "components", "templates")

_PUBLISHED = "refs/platformctl/published"
# The commit of the branch that a parent repository points at.
_LINKED = "refs/platformctl/linked"


@dataclass(frozen=True)
class Published:
    """What publishing one repository came to.

    Attributes:
        name: of the repository.
        commit: the branch's tip.
        changed: whether this call moved the branch.
    """

    name: str
    commit: str
    changed: bool


def publish(
    checkout: Path, repositories: Path, *, base_url: str, submodules: Sequence[str] = (), branch: str = "main"
) -> list[Published]:
    """Bring the repositories up to the working tree.

    What .gitignore files of the checkout exclude stays out; whether files are committed there plays no role.

    Args:
        checkout: folder with platform.yaml.
        repositories: folder of the bare repositories; ``platform.git`` and one for each submodule are made.
        base_url: where Flux and people reach that folder, without a slash at its end.
        submodules: names of components that are repositories of their own, at ``components/<name>``.
        branch: the branch that Flux follows.

    Returns:
        The submodules' results, then the platform's.

    Raises:
        ConfigError: the checkout has no platform.yaml, or a submodule's component is not there.
        NotHealthy: the working tree and the Git server both changed the same lines.
    """
    if not (checkout / "platform.yaml").is_file():
        raise ConfigError(f"{checkout} has no platform.yaml")
    results = []
    links: dict[str, str] = {}
    opened: dict[str, BareRepository] = {}
    for name in submodules:
        path = f"components/{name}"
        if not (checkout / path).is_dir():
            raise ConfigError(f"component {name} is a submodule, but {path} is not there")
        opened[path] = repository = BareRepository.at(repositories / f"{name}.git", branch)
        tree = _component_tree(repository, checkout, path)
        result, links[path] = _bring_up(repository, name, tree, branch, checkout, {})
        results.append(result)
    platform = BareRepository.at(repositories / "platform.git", branch)
    tree = _platform_tree(platform, checkout, links, base_url)
    result, _ = _bring_up(platform, "platform", tree, branch, checkout, opened)
    return [*results, result]


def _component_tree(repository: BareRepository, checkout: Path, path: str) -> str:
    """The tree of one component's folder."""
    if (checkout / path / ".git").exists():
        return _tree(repository, checkout / path, ["."])
    # From the checkout's root, so that its .gitignore counts.
    return _tree(repository, checkout, [path], prefix=f"{path}/")


def _platform_tree(repository: BareRepository, checkout: Path, links: dict[str, str], base_url: str) -> str:
    """The tree of the platform with its submodules as links."""
    present = [part for part in PARTS if (checkout / part).exists()]
    without = [f":(exclude,top){path}" for path in links]
    return _tree(repository, checkout, [*present, *without], links=links, base_url=base_url)


def _tree(
    repository: BareRepository,
    work_tree: Path,
    paths: Sequence[str],
    *,
    prefix: str = "",
    links: dict[str, str] | None = None,
    base_url: str = "",
) -> str:
    with tempfile.TemporaryDirectory() as scratch:
        index = Path(scratch) / "index"
        repository.git("add", "--all", "--", *paths, work_tree=work_tree, index=index)
        entries = [f"160000 {commit}\t{path}" for path, commit in (links or {}).items()]
        if entries:
            modules = repository.git(
                "hash-object", "-w", "--stdin", stdin=_gitmodules(list(links or {}), base_url)
            )
            entries.append(f"100644 {modules}\t.gitmodules")
            repository.git(
                "update-index", "--add", "--index-info", index=index, stdin="\n".join(entries) + "\n"
            )
        return repository.git("write-tree", *([f"--prefix={prefix}"] if prefix else []), index=index)


def _gitmodules(paths: Sequence[str], base_url: str) -> str:
    """Absolute URLs: source-controller refuses relative ones."""
    return "".join(
        f'[submodule "{path}"]\n\tpath = {path}\n\turl = {base_url}/{path.rpartition("/")[2]}.git\n'
        for path in paths
    )


def _bring_up(
    repository: BareRepository,
    name: str,
    tree: str,
    branch: str,
    checkout: Path,
    submodules: dict[str, BareRepository],
) -> tuple[Published, str]:
    """Publish one tree; also tells the commit that a parent repository should point at."""
    reference = f"refs/heads/{branch}"
    published = repository.commit_at(_PUBLISHED)
    linked = repository.commit_at(_LINKED)
    tip = repository.commit_at(reference)
    if published and linked and tip and repository.tree_of(published) == tree:
        return Published(name, tip, changed=False), linked
    state = repository.commit(tree, [published] if published else [], f"Publish {checkout.name}")
    if tip is None or tip == published:
        new = state
    else:
        merged = _merge(repository, name, published, tip, state, submodules)
        new = repository.commit(merged, [tip, state], f"Merge what {checkout.name} publishes")
    repository.update({_PUBLISHED: (state, published), _LINKED: (new, linked), reference: (new, tip)})
    return Published(name, new, changed=True), new


def _merge(
    repository: BareRepository,
    name: str,
    base: str | None,
    theirs: str,
    ours: str,
    submodules: dict[str, BareRepository],
) -> str:
    """The tree of the three-way merge; NotHealthy where both sides changed the same lines.

    Git merges links to submodules only where their repositories are checked out. So where our link already
    has theirs in its history, theirs is taken back to the base's first, and ours wins.
    """
    overtaken = {}
    for path, submodule in submodules.items():
        link, known = _link(repository, theirs, path), _link(repository, base, path)
        wanted = _link(repository, ours, path)
        if link and known and wanted and link != known and submodule.is_ancestor(link, wanted):
            overtaken[path] = known
    if overtaken:
        theirs = repository.commit(_with_links(repository, theirs, overtaken), [theirs], "links of the base")
    tree, conflicts = repository.merge_trees(theirs, ours)
    if conflicts:
        raise NotHealthy(
            f"{name}.git on the local Git server and the working tree both changed {', '.join(conflicts)}",
            fix=f"take the changes that were pushed to {name}.git into the working tree, then publish again",
        )
    return tree


def _link(repository: BareRepository, commit: str | None, path: str) -> str | None:
    """The commit that a link to a submodule names, None where the path is no link."""
    if commit is None:
        return None
    entry = repository.git("ls-tree", commit, "--", path).split()
    return entry[2] if entry and entry[0] == "160000" else None


def _with_links(repository: BareRepository, commit: str, links: dict[str, str]) -> str:
    """The tree of a commit with other links in it."""
    with tempfile.TemporaryDirectory() as scratch:
        index = Path(scratch) / "index"
        repository.git("read-tree", commit, index=index)
        entries = "".join(f"160000 {link}\t{path}\n" for path, link in links.items())
        repository.git("update-index", "--index-info", index=index, stdin=entries)
        return repository.git("write-tree", index=index)
