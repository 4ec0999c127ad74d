"""``platformctl render``: platform.yaml -> the files that Flux reads."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Mapping
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
    with contextlib.nullcontext() if check else platform.nothing_written():
        described = platform.load(folder)
    found = rendering.difference(folder, described)
    if not found.changes:
        err.print(f"{found.rendered} files are current")
        return
    if check:
        for change in found.changes:
            typer.echo(change.diff(), nl=False)
        err.print(f"{_summary(found, _WANTED)}; run: platformctl render")
        raise typer.Exit(1)
    rendering.write(folder, found.changes)
    for change in found.changes:
        err.print(f"  {change.kind:<7} {change.path}", markup=False)
    err.print(_summary(found, _DONE))


_WANTED = {"add": "missing", "change": "not current", "remove": "to be removed"}
_DONE = {"add": "added", "change": "changed", "remove": "removed"}


def _summary(found: rendering.Difference, words: Mapping[str, str]) -> str:
    """As ``28 files: 2 added, 3 removed``, with the number of files that there are afterwards."""
    kinds = Counter(change.kind for change in found.changes)
    parts = [f"{kinds[kind]} {word}" for kind, word in words.items() if kinds[kind]]
    return f"{found.rendered} files: {', '.join(parts)}"
