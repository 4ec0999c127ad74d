"""Which repository a command is about: the folder that is given, or the one above, as Git finds its own."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable
from pathlib import Path

import typer

from platformctl.cli.console import err
from platformctl.errors import ConfigError

FILE_NAME = "platform.yaml"
CLUSTERS = "clusters"


def _declares(folder: Path) -> bool:
    return (folder / FILE_NAME).is_file()


def _has_clusters(folder: Path) -> bool:
    return (folder / CLUSTERS).is_dir()


def root_of(folder: Path) -> Path | None:
    """The repository that a folder lies in: where platform.yaml stands, or else ``clusters/``."""
    start = Path(os.path.realpath(folder))
    return _nearest(start, _declares) or _nearest(start, _has_clusters)


def _nearest(start: Path, is_root: Callable[[Path], bool]) -> Path | None:
    for folder in (start, *start.parents):
        if is_root(folder):
            return folder
        # A repository ends at its .git; in a submodule that is a file, and the platform is above.
        if (folder / ".git").is_dir():
            return None
    return None


def repository(context: typer.Context, parameter: typer.CallbackParam, value: Path) -> Path:
    """The folder of a command's ``folder`` argument.

    Raises:
        ConfigError: there is no such folder, or it is one cluster's.
    """
    if context.resilient_parsing:
        return value
    source = context.get_parameter_source(parameter.name or "")
    if source is None or source.name != "DEFAULT":
        return _given(context, value)
    here = Path(os.path.realpath(value))
    root = root_of(here)
    if root is None or root == here:
        return value
    err.print(f"note: in {root}, the repository that this folder lies in", markup=False, style="dim")
    return root


def _given(context: typer.Context, folder: Path) -> Path:
    if folder.is_dir():
        root = root_of(folder)
        way = Path(os.path.realpath(folder)).relative_to(root).parts if root else ()
        if root and len(way) > 1 and way[0] == CLUSTERS:
            message = f"{folder} is the folder of one cluster, not a repository"
            raise ConfigError(message, fix=_for_cluster(context, way[1], root))
        return folder
    if folder.name == FILE_NAME and folder.is_file():
        return folder.parent
    if folder.is_file():
        raise ConfigError(f"{folder} is a file", fix="give the folder of the repository")
    root = root_of(Path())
    if root and (root / CLUSTERS / folder).is_dir():
        message = f"there is no folder {folder}; the argument is the repository's folder"
        raise ConfigError(message, fix=_for_cluster(context, folder.name, root))
    raise ConfigError(f"there is no folder {folder}", fix=f"{context.command_path} --help")


def _for_cluster(context: typer.Context, cluster: str, root: Path) -> str:
    words = context.command_path.split()
    if root_of(Path()) != root:
        words[1:1] = ["-C", str(root)]
    takes = any(parameter.name == "cluster" for parameter in context.command.params)
    return shlex.join([*words, *(["--cluster", cluster] if takes else [])])
