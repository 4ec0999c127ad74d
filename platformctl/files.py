"""Writes a file in one step: after a full disk, too, one finds the old content or the new."""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path

MODE_OF_A_NEW_FILE = 0o644


def replace_text(file: Path, text: str) -> None:
    """Make the text the file's content, as UTF-8; its mode stays, and a link still leads to it.

    Raises OSError that names the file, with the file as it was.
    """
    target = file.resolve()
    mode = stat.S_IMODE(target.stat().st_mode) if target.exists() else MODE_OF_A_NEW_FILE
    try:
        # In the same folder, because only within one file system a rename is one step.
        descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    except OSError as error:
        error.filename = str(target)
        raise
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
        temporary.chmod(mode)
        temporary.replace(target)
    except BaseException as error:
        temporary.unlink(missing_ok=True)
        if isinstance(error, OSError):
            error.filename, error.filename2 = str(target), None  # not the temporary one, which is gone
        raise


def create_text(file: Path, text: str, mode: int = MODE_OF_A_NEW_FILE) -> None:
    """Make a file with this text, as UTF-8, or raise FileExistsError and leave the one that is there."""
    with tempfile.TemporaryDirectory(dir=file.parent, prefix=f".{file.name}.") as folder:
        made = Path(folder) / file.name
        made.write_text(text, encoding="utf-8", newline="\n")
        made.chmod(mode)
        create_from(made, file)


def create_from(made: Path, file: Path) -> None:
    """Give a finished file of the same file system its name, or raise FileExistsError."""
    # A link is refused where a rename would replace what another process has just put there.
    os.link(made, file)
