"""The Git side of ``init``: what a folder is already, and the first commit in it."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from platformctl.errors import MachineRefused

_SCP_FORM = re.compile(r"(?P<user>[\w.-]+@)?(?P<host>[\w.-]+):(?!//)(?P<path>.+)")


def has_an_author() -> None:
    """See to it, before anything is written, that Git knows in whose name to commit.

    Raises:
        MachineRefused: it does not.
    """
    for role in ("AUTHOR", "COMMITTER"):
        asked = _git(Path(), "var", f"GIT_{role}_IDENT")
        if asked.returncode:
            raise MachineRefused(
                "git does not know in whose name to commit; nothing was written",
                fix="git config --global user.email YOU@EXAMPLE.COM (and user.name), or --no-git",
            )


def around(folder: Path) -> Path | None:
    """The Git repository that a folder lies in without being its root."""
    there = next(path for path in (folder, *folder.absolute().parents) if path.is_dir())
    root = _said(there, "rev-parse", "--show-toplevel")
    return Path(root) if root and Path(root) != folder.resolve() else None


def is_missing(folder: Path) -> bool:
    """Whether the folder is a repository of its own, without a commit."""
    return (folder / ".git").exists() and bool(
        _git(folder, "rev-parse", "--verify", "--quiet", "HEAD").returncode
    )


def branch(folder: Path) -> str | None:
    """The branch of a clone."""
    return _said(folder, "symbolic-ref", "--short", "HEAD") if (folder / ".git").exists() else None


def remote(folder: Path) -> str | None:
    """Where a clone came from, as a URL; Flux takes no ``user@host:path``."""
    url = _said(folder, "remote", "get-url", "origin") if (folder / ".git").exists() else None
    if url and (scp := _SCP_FORM.fullmatch(url)):
        url = f"ssh://{scp['user'] or ''}{scp['host']}/{scp['path'].lstrip('/')}"
    return url if url and url.startswith(("http://", "https://", "ssh://")) else None


def make(folder: Path) -> None:
    """A repository, with all that the folder holds committed.

    Raises:
        MachineRefused: Git does not do it; all files stay, and the same command goes on from there.
    """
    for command in (
        ("init", "--quiet", "--initial-branch=main"),
        ("add", "--all"),
        ("commit", "--quiet", "--message=Start"),
    ):
        done = _git(folder, *command)
        if done.returncode:
            raise MachineRefused(
                f"{folder} is written, but git {command[0]} failed: {done.stderr.strip()}",
                fix="mend that, then run the same command again",
            )


def _said(folder: Path, *command: str) -> str | None:
    done = _git(folder, *command)
    return done.stdout.strip() or None if done.returncode == 0 else None


def _git(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["git", "-C", folder, *command], capture_output=True, text=True, check=False)
