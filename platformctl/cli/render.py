"""``platformctl render``: platform.yaml -> the files that Flux reads."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from platformctl import platform
from platformctl import render as rendering
from platformctl.cli.console import err
from platformctl.cli.options import RepositoryArgument


def render(
    folder: RepositoryArgument = Path(),
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; exit 1 with a diff if a file is not current.")
    ] = False,
    schema: Annotated[
        bool, typer.Option("--schema", help="Print the JSON schema of platform.yaml, for editors.")
    ] = False,
) -> None:
    """Write what platform.yaml says into clusters/, which Flux reads."""
    if schema:
        typer.echo(platform.schema(), nl=False)
        return
    found = rendering.difference(folder, platform.load(folder))
    if not found.changes:
        err.print(f"{found.rendered} files are current")
        return
    count = f"{len(found.changes)} of {found.rendered} files"
    if check:
        for change in found.changes:
            typer.echo(change.diff(), nl=False)
        err.print(f"{count} are not current; run: platformctl render")
        raise typer.Exit(1)
    rendering.write(folder, found.changes)
    for change in found.changes:
        err.print(f"  {change.kind:<7} {change.path}", markup=False)
    err.print(f"{count} written")
