"""Turns an error of the lower layers into the lines that a user reads."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console
from rich.markup import escape

from platformctl.errors import PlatformctlError

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
    """One sentence, then where, the log's last lines and its path, and the next thing to do."""
    console.print(f"[bold red]error[/bold red]  {escape(error.message)}")
    if error.place:
        console.print(f"  where  {escape(error.place)}")
    if error.log:
        for line in last_lines(error.log):
            console.print(f"  [dim]│ {escape(line)}[/dim]")
        console.print(f"  log    {escape(str(error.log))}")
    if error.fix:
        console.print(f"  [green]fix[/green]    {escape(error.fix)}")
