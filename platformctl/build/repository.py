"""A Flux repository in a folder: its clusters, and the view of it that kustomize gets."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import get_close_matches
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
        view: the same content for kustomize, with stand-ins for files that bootstrap has not written yet.
        scratch: a folder for files of this build.
        stand_ins: the files that are in the view alone.
    """

    root: Path
    view: Path
    scratch: Path
    stand_ins: frozenset[str] = frozenset()

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
    names = [Path(folder).name for folder in known]
    close = get_close_matches(cluster, names, n=1)
    hint = f' Did you mean "{close[0]}"?' if close else ""
    raise ConfigError(
        f'"{cluster}" is not a cluster of this repository, which has: {", ".join(names)}.{hint}'
    )


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
        if name in (resources or []) and _is_empty(flux / name)
    ]


def _is_empty(file: Path) -> bool:
    """Missing, or as `platformctl bootstrap` leaves it for `flux bootstrap` to fill."""
    return not file.exists() or not file.read_bytes().strip()


@contextmanager
def opened(root: Path, stand_ins: Mapping[str, str]) -> Iterator[Repository]:
    """A repository to build from, with these texts as files; the user's folder is not written to."""
    real = Path(os.path.realpath(root))
    with TemporaryDirectory(prefix="platformctl-build-") as name:
        temporary = Path(os.path.realpath(name))
        scratch = temporary / "scratch"
        scratch.mkdir()
        view = real
        if stand_ins:
            view = temporary / "view"
            _mirror(real, view, {Path(file): text for file, text in stand_ins.items()})
        yield Repository(real, view, scratch, frozenset(stand_ins))


def _mirror(real: Path, view: Path, stand_ins: Mapping[Path, str]) -> None:
    """Links to all of ``real``, with real folders only on the way to the stand-ins."""
    view.mkdir()
    ways = {file.parts[0] for file in stand_ins}
    for entry in real.iterdir():
        if entry.name not in ways:
            (view / entry.name).symlink_to(entry)
    for name in ways:
        below = {Path(*file.parts[1:]): text for file, text in stand_ins.items() if file.parts[0] == name}
        if Path() in below:
            (view / name).write_text(below[Path()], encoding="utf-8")
        else:
            _mirror(real / name, view / name, below)
