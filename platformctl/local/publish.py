"""From a working tree to the repositories that Flux reads, without losing what others pushed there.

Each repository keeps two lines of history: ``refs/platformctl/published``, the states of the working tree as
they were published, and the branch, which also has the commits of `flux bootstrap` and of people. A new state
is merged into the branch with the last published one as the common ancestor, so only what really changed here
is changed there.
"""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from platformctl.errors import ConfigError, NotHealthy
from platformctl.local.git_repository import BareRepository
from platformctl.platform import FILE_NAME
from platformctl.platform.source import read

# What belongs to a platform repository; a checkout may hold more (the CLI's own source, for example).
PARTS = (FILE_NAME, "clusters", "components", "templates")

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
    checkout: Path,
    repositories: Path,
    *,
    base_url: str,
    name: str = "platform",
    submodules: Sequence[str] = (),
    branch: str = "main",
    extra: Mapping[str, str] | None = None,
) -> list[Published]:
    """Bring the repositories up to the working tree.

    What .gitignore files of the checkout exclude stays out; whether files are committed there plays no role.

    Args:
        checkout: folder with platform.yaml.
        repositories: folder of the bare repositories: the platform's, and one for each submodule.
        base_url: where Flux and people reach that folder, without a slash at its end.
        name: of the platform's repository, without ``.git``: the last part of ``git.url``.
        submodules: names of components that are repositories of their own, at ``components/<name>``.
        branch: the branch that Flux follows.
        extra: texts by path that the platform's repository gets beside the working tree, or in place of it.

    Returns:
        The submodules' results, then the platform's.

    Raises:
        ConfigError: the checkout has no platform.yaml, a submodule's component is not there, two repositories
            would have one name, or a folder is a Git repository of its own and no submodule.
        NotHealthy: the working tree and the Git server both changed the same lines.
    """
    if not (checkout / FILE_NAME).is_file():
        raise ConfigError(f"{checkout} has no {FILE_NAME}")
    _require_name(checkout, name, submodules)
    _require_declared(checkout, submodules)
    results = []
    links: dict[str, str] = {}
    opened: dict[str, BareRepository] = {}
    for component in submodules:
        path = f"components/{component}"
        if not (checkout / path).is_dir():
            raise ConfigError(f"component {component} is a submodule, but {path} is not there")
        opened[path] = repository = BareRepository.at(repositories / f"{component}.git", branch)
        tree = _component_tree(repository, checkout, path)
        result, links[path] = _bring_up(repository, component, tree, branch, checkout, {})
        results.append(result)
    platform = BareRepository.at(repositories / f"{name}.git", branch)
    tree = _platform_tree(platform, checkout, links, base_url, extra or {})
    result, _ = _bring_up(platform, name, tree, branch, checkout, opened)
    return [*results, result]


def publish_files(
    checkout: Path, repositories: Path, files: Mapping[str, str], *, name: str, branch: str = "main"
) -> Published | None:
    """Bring single files of the platform's repository up to date, and nothing else of the working tree.

    Args:
        checkout, repositories, name, branch: as for `publish`.
        files: texts by path.

    Returns:
        None where nothing was published yet: the next `publish` has to bring the files.

    Raises:
        NotHealthy: somebody changed the same lines on the Git server.
    """
    if not (repositories / f"{name}.git").exists():
        return None
    repository = BareRepository.at(repositories / f"{name}.git", branch)
    published = repository.commit_at(_PUBLISHED)
    if published is None:
        return None
    with tempfile.TemporaryDirectory() as scratch:
        index = Path(scratch) / "index"
        repository.git("read-tree", published, index=index)
        _put(repository, index, _entries(repository, files))
        tree = repository.git("write-tree", index=index)
    return _bring_up(repository, name, tree, branch, checkout, {})[0]


def _require_name(checkout: Path, name: str, submodules: Sequence[str]) -> None:
    place = f"{FILE_NAME}:{_line(checkout, ('git', 'url'))}"
    if name in submodules:
        line = _line(checkout, ("components", name))
        raise ConfigError(
            f'git.url ends in "{name}", and component {name} (line {line}) has a repository of that name',
            place=place,
            fix="give the platform's repository another name, or take submodule from the component",
        )
    if "%" in name:  # Git servers decode it, and "%2f" would lead to another folder
        raise ConfigError(
            f'git.url ends in "{name}", and the local Git server serves no name with "%"',
            place=place,
            fix="give the platform's repository another name",
        )


def _require_declared(checkout: Path, submodules: Sequence[str]) -> None:
    """No component's folder may be a repository of its own unless platform.yaml says so."""
    for marker in sorted(checkout.glob("components/*/.git")):
        component = marker.parent.name
        if component not in submodules:
            raise _undeclared(checkout, f"components/{component}")


def _undeclared(checkout: Path, path: str) -> ConfigError:
    kind, component, *inner = path.split("/")
    message = f"{path} is a Git repository of its own, so Flux would get an empty folder in its place"
    if kind != "components" or inner:
        return ConfigError(message, place=path, fix=f"take {path}/.git away, or the folder")
    line = _line(checkout, ("components", component))
    return ConfigError(
        f"{message}: components.{component}.submodule is not true in {FILE_NAME}",
        place=f"{FILE_NAME}:{line}, {path}/.git",
        fix=f"write `{component}: {{submodule: true}}` under components, or take {path}/.git away",
    )


def _line(checkout: Path, path: tuple[str, ...]) -> int:
    """The line of platform.yaml where something stands, or the nearest thing around it."""
    return read((checkout / FILE_NAME).read_text(encoding="utf-8"), FILE_NAME).line(path)


def _component_tree(repository: BareRepository, checkout: Path, path: str) -> str:
    """The tree of one component's folder."""
    if (checkout / path / ".git").exists():
        return _tree(repository, checkout / path, ["."], declared=_submodules_of(repository, checkout / path))
    # From the checkout's root, so that its .gitignore counts.
    return _tree(repository, checkout, [path], prefix=f"{path}/")


def _submodules_of(repository: BareRepository, component: Path) -> set[str]:
    """The folders that a component's own .gitmodules names."""
    file = component / ".gitmodules"
    if not file.is_file():
        return set()
    listed = repository.git("config", "--file", str(file), "--null", "--get-regexp", r"^submodule\..*\.path$")
    return {entry.partition("\n")[2] for entry in listed.split("\0") if entry}


def _platform_tree(
    repository: BareRepository,
    checkout: Path,
    links: dict[str, str],
    base_url: str,
    extra: Mapping[str, str],
) -> str:
    """The tree of the platform with its submodules as links, and with extra files."""
    present = [part for part in PARTS if (checkout / part).exists()]
    without = [f":(exclude,top){path}" for path in links]
    files = dict(extra) | ({".gitmodules": _gitmodules(list(links), base_url)} if links else {})
    return _tree(repository, checkout, [*present, *without], links=links, files=files)


def _tree(
    repository: BareRepository,
    work_tree: Path,
    paths: Sequence[str],
    *,
    prefix: str = "",
    declared: Collection[str] = (),
    links: Mapping[str, str] | None = None,
    files: Mapping[str, str] | None = None,
) -> str:
    with tempfile.TemporaryDirectory() as scratch:
        index = Path(scratch) / "index"
        repository.git("add", "--all", "--", *paths, work_tree=work_tree, index=index)
        for entry in repository.git("ls-files", "--stage", "-z", index=index).split("\0"):
            link = entry.partition("\t")[2]
            if entry.startswith("160000 ") and link not in declared:
                raise _undeclared(work_tree, link)
        entries = [f"160000 {commit}\t{path}" for path, commit in (links or {}).items()]
        _put(repository, index, entries + _entries(repository, files or {}))
        return repository.git("write-tree", *([f"--prefix={prefix}"] if prefix else []), index=index)


def _entries(repository: BareRepository, files: Mapping[str, str]) -> list[str]:
    """Files as entries of an index; their texts are in the repository then."""
    return [
        f"100644 {repository.git('hash-object', '-w', '--stdin', stdin=text)}\t{path}"
        for path, text in files.items()
    ]


def _put(repository: BareRepository, index: Path, entries: Sequence[str]) -> None:
    if entries:
        lines = "\n".join(entries) + "\n"
        repository.git("update-index", "--add", "--index-info", index=index, stdin=lines)


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
