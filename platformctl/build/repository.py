"""A Flux repository in a folder: its clusters, and the view of it that kustomize gets."""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from platformctl.build.documents import NotYaml, load_one
from platformctl.errors import ConfigError

BOOTSTRAP_FILES = ("gotk-components.yaml", "gotk-sync.yaml")
"""What `flux bootstrap` writes into ``flux-system/``; a new repository lists them before they exist."""

KUSTOMIZATION_FILES = ("kustomization.yaml", "kustomization.yml", "Kustomization")


@dataclass(frozen=True)
class Repository:
    """A Flux repository.

    Attributes:
        root: the folder that Flux's paths start from.
        view: the same content for kustomize, where files that bootstrap has not written yet are empty.
        scratch: a folder for files of this build.
    """

    root: Path
    view: Path
    scratch: Path

    def relative(self, path: str | Path) -> str:
        """A path of the view or of the root, as a path in the repository."""
        text = os.path.normpath(path)
        for base in (str(self.view), str(self.root)):
            if text == base:
                return "."
            if text.startswith(base + os.sep):
                return Path(text).relative_to(base).as_posix()
        return text


def clamped(path: str) -> str:
    """A path of a spec as Flux reads it: relative to the repository, and ".." ends at its root."""
    return posixpath.normpath(f"/{path.lstrip('/')}").lstrip("/") or "."


def cluster_names(root: Path) -> list[str]:
    """The folders that Flux starts from, relative to ``root``, sorted: where ``flux bootstrap`` has been, or
    else every folder of ``clusters/`` but ``base``.

    Raises:
        ConfigError: there is none.
    """
    synced = {
        file.parent.parent.relative_to(root).as_posix()
        for file in root.rglob("gotk-sync.yaml")
        if ".git" not in file.parts
    }
    folder = root / "clusters"
    if folder.is_dir():
        synced |= {
            entry.relative_to(root).as_posix()
            for entry in folder.iterdir()
            if entry.is_dir()
            and entry.name not in {"base", "common", "components"}
            and any(entry.rglob("*.yaml"))
        }
    if not synced:
        raise ConfigError(
            f"no cluster in {root.absolute()}: neither clusters/* nor a flux-system/gotk-sync.yaml",
            fix="name the folder that Flux starts from: --cluster path/to/folder",
        )
    return sorted(synced)


def cluster_folder(root: Path, cluster: str) -> str:
    """The folder of a cluster that is given by its name or its folder, relative to ``root``.

    A folder need not be among `cluster_names`: a repository of Flux Operator may have it anywhere.

    Raises:
        ConfigError: there is none.
    """
    given = Path(cluster.removeprefix("./").strip("/"))
    if len(given.parts) > 1 and (root / given).is_dir():
        return given.as_posix()
    known = cluster_names(root)
    for folder in known:
        if cluster.strip("/") in {folder, Path(folder).name}:
            return folder
    names = ", ".join(Path(folder).name for folder in known)
    raise ConfigError(f'"{cluster}" is not a cluster of this repository, which has: {names}')


def missing_bootstrap_files(root: Path, folder: str) -> list[str]:
    """The files that ``flux-system/kustomization.yaml`` lists and bootstrap has not written yet."""
    flux = root / folder / "flux-system"
    try:
        listed = load_one((flux / "kustomization.yaml").read_text(encoding="utf-8"))
    except (OSError, NotYaml):
        return []
    resources = listed.get("resources") if isinstance(listed, dict) else None
    return [
        f"{folder}/flux-system/{name}"
        for name in BOOTSTRAP_FILES
        if name in (resources or []) and not (flux / name).exists()
    ]


@contextmanager
def opened(root: Path, empty_files: list[str]) -> Iterator[Repository]:
    """A repository to build from; the user's folder is not written to."""
    real = Path(os.path.realpath(root))
    with TemporaryDirectory(prefix="platformctl-build-") as name:
        temporary = Path(os.path.realpath(name))
        scratch = temporary / "scratch"
        scratch.mkdir()
        view = real
        if empty_files:
            view = temporary / "view"
            _mirror(real, view, [Path(file) for file in empty_files])
        yield Repository(real, view, scratch)


def _mirror(real: Path, view: Path, empty: list[Path]) -> None:
    """Links to all of ``real``, with real folders only on the way to the empty files."""
    view.mkdir()
    ways = {file.parts[0] for file in empty}
    for entry in real.iterdir():
        if entry.name not in ways:
            (view / entry.name).symlink_to(entry)
    for name in ways:
        below = [Path(*file.parts[1:]) for file in empty if file.parts[0] == name]
        if below == [Path()]:
            (view / name).touch()
        else:
            _mirror(real / name, view / name, below)


def submodule_paths(root: Path) -> list[str]:
    """The paths that .gitmodules names."""
    try:
        text = (root / ".gitmodules").read_text(encoding="utf-8")
    except OSError:
        return []
    return [match.group(1) for match in re.finditer(r"(?m)^\s*path\s*=\s*(.+?)\s*$", text)]
