"""``platformctl render``: platform.yaml -> the files that Flux reads."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from platformctl import platform
from platformctl import render as rendering
from platformctl.cli.console import err, out


def render(
    folder: Annotated[Path, typer.Argument(help="The platform's repository.")] = Path(),
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
    rendered = rendering.render(platform.load(folder), folder / "templates")
    found = rendering.changes(folder, rendered)
    if not found:
        err.print(f"{len(rendered)} files are current")
        return
    if check:
        for change in found:
            out.print(change.diff(), end="", markup=False)
        err.print(f"{len(found)} of {len(rendered)} files are not current; run: platformctl render")
        raise typer.Exit(1)
    rendering.write(folder, found)
    for change in found:
        err.print(f"  {change.kind:<7} {change.path}", markup=False)
    err.print(f"{len(found)} of {len(rendered)} files written")
