"""Which state folders are ours, which repository each belongs to, and how one is removed."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

from platformctl.errors import ConfigError
from platformctl.files import replace_text
from platformctl.local.paths import Paths, state_folder
from platformctl.platform import FILE_NAME

MARK = "cluster.json"
"""The file of a state folder that says: made by `platformctl up`, and for which repository."""

_OLDER_MARK = Path("config/supervisord.conf")


def is_ours(paths: Paths) -> bool:
    """Whether the state folder is an embedded cluster's."""
    return (paths.state / MARK).is_file() or (paths.state / _OLDER_MARK).is_file()


def clusters() -> list[str]:
    """The names of the embedded clusters that have a state folder on this machine."""
    folder = state_folder()
    found = sorted(child.name for child in folder.iterdir() if child.is_dir()) if folder.is_dir() else []
    return [name for name in found if is_ours(Paths(folder, folder / name))]


def root_of(paths: Paths) -> Path | None:
    """The repository that the cluster was last started from; None where that is not known."""
    try:
        return Path(json.loads((paths.state / MARK).read_text(encoding="utf-8"))["root"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def other_root(paths: Paths, root: Path) -> Path | None:
    """The repository that the cluster belongs to, if that is another one and still there.

    A checkout that was moved or deleted has no claim any more.
    """
    known = root_of(paths)
    if (
        known is None
        or not (known / FILE_NAME).is_file()
        or os.path.realpath(known) == os.path.realpath(root)
    ):
        return None
    return known


def require_root(paths: Paths, root: Path) -> None:
    """Make sure that the cluster is not another repository's; writes nothing.

    Raises:
        ConfigError: it is; names both.
    """
    if other := other_root(paths, root):
        name = paths.state.name
        raise ConfigError(
            f"cluster {name} on this machine belongs to {other}, not to {os.path.realpath(root)}",
            place=str(paths.state),
            fix=f"give the cluster in {FILE_NAME} here another name, or delete that one with all its data: "
            f"platformctl down --purge --cluster {name}",
        )


def remember(paths: Paths, root: Path) -> None:
    """Mark the state folder, made if need be, as this repository's.

    Raises:
        ConfigError: it is another one's.
    """
    require_root(paths, root)
    paths.state.mkdir(mode=0o700, parents=True, exist_ok=True)
    replace_text(paths.state / MARK, json.dumps({"root": os.path.realpath(root)}) + "\n")


def remove(paths: Paths) -> None:
    """Delete the state folder of a cluster that does not run; a mount point in it stays, emptied.

    Raises:
        ConfigError: it is not ours.
    """
    strange = {child.name for child in paths.state.iterdir()} - {"lock"}
    if strange and not is_ours(paths):
        raise ConfigError(
            f"{paths.state} bears no mark of an embedded cluster, so it is not deleted",
            fix="look at it, and delete it yourself if nobody needs it",
        )
    for child in list(paths.state.iterdir()):
        if child.name != MARK:  # last, so that what an interruption leaves is still ours
            _delete(child)
    (paths.state / MARK).unlink(missing_ok=True)
    empty(paths.state)


def empty(folder: Path) -> None:
    """Delete all in a folder, and the folder itself unless something is mounted there."""
    for child in list(folder.iterdir()):
        _delete(child)
    if not os.path.ismount(folder) and not any(folder.iterdir()):
        folder.rmdir()


def _delete(path: Path) -> None:
    if path.is_symlink() or not path.is_dir():
        path.unlink()
    elif os.path.ismount(path):
        empty(path)
    else:
        shutil.rmtree(path)
