"""Turns an error of the lower layers, or one that nobody foresaw, into the lines that a user reads."""

from __future__ import annotations

import errno
import os
import sys
import tempfile
import traceback
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from platformctl.errors import Bug, MachineRefused, PlatformctlError

_AGAIN = "then run the same command again"
_FIXES = {
    errno.ENOSPC: f"make room there, {_AGAIN}",
    errno.EDQUOT: f"make room in your quota, {_AGAIN}",
    errno.EROFS: "this file system is read-only: go on in a folder that can be written to",
    errno.EACCES: f"get the right to it or choose another path, {_AGAIN}",
    errno.EPERM: f"get the right to it or choose another path, {_AGAIN}",
    errno.ENOENT: "look whether the path is right",
    errno.ENOTDIR: "a part of the path is a file: choose another path",
    errno.EISDIR: "this is a folder: choose another path",
    errno.EMFILE: f"raise the limit of open files (ulimit -n 4096), {_AGAIN}",
    errno.ENOMEM: f"free some memory, {_AGAIN}",
}
# The cause of a failed step nearly always stands in the last lines of its log.
LINES_OF_THE_LOG = 6


def last_lines(log: Path, count: int = LINES_OF_THE_LOG) -> list[str]:
    """The last non-empty lines of a log file; none when it cannot be read."""
    try:
        lines = log.read_text(errors="replace").splitlines()
    except OSError:
        return []
    return [line.rstrip()[:240] for line in lines if line.strip()][-count:]


def show_error(error: PlatformctlError, console: Console) -> None:
    """What is wrong, then where, the log's last lines and its path, and the next thing to do."""
    for sentence in error.sentences:
        console.print(f"[bold red]error[/bold red]  {escape(sentence)}")
    if error.place:
        console.print(f"  where  {escape(error.place)}")
    if error.log:
        for line in last_lines(error.log):
            console.print(f"  [dim]│ {escape(line)}[/dim]")
        console.print(f"  log    {escape(str(error.log))}")
    if error.fix:
        console.print(f"  [green]fix[/green]    {escape(error.fix)}")
    if error.closing:
        console.print(error.closing, markup=False)


def as_ours(error: Exception) -> PlatformctlError:
    """Any error as one of ours; of a bug, the traceback is kept in a file that the error names."""
    if isinstance(error, PlatformctlError):
        return error
    if isinstance(error, OSError):
        reason = error.strerror or str(error) or type(error).__name__
        fix = _FIXES.get(error.errno or 0, f"mend that, {_AGAIN}")
        place = error.filename2 or error.filename
        return MachineRefused(f"{os.fsdecode(place)}: {reason}" if place else reason, fix=fix)
    said = str(error).splitlines()
    what = f"{type(error).__name__}: {said[0][:200]}" if said else type(error).__name__
    kept = _kept(error)
    fix = f"report it with {kept}" if kept else "report it"
    return Bug(f"this is a bug in platformctl ({what})", fix=fix)


def _kept(error: Exception) -> Path | None:
    """The file with the traceback; None when nothing can be written anywhere."""
    # Only the command's name: what follows it may hold a password.
    lines = [f"platformctl {' '.join(sys.argv[1:2])}\n", *traceback.format_exception(error)]
    for folder in (_state, tempfile.gettempdir):
        try:
            file = Path(folder()) / "platformctl-crash.log"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text("".join(lines), encoding="utf-8", errors="backslashreplace")
        except (OSError, RuntimeError):  # RuntimeError: nobody's home
            continue
        return file
    return None


def _state() -> str:
    from platformctl.local.paths import state_folder

    return str(state_folder())
