"""``platformctl doctor``."""

from __future__ import annotations

import json
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from platformctl.cli.console import out


class Format(StrEnum):
    text = "text"
    json = "json"


def doctor(
    folder: Annotated[Path, typer.Argument(help="The platform's repository.")] = Path(),
    cluster: Annotated[str, typer.Option(help="The cluster that you want to start here.")] = "service",
    output: Annotated[Format, typer.Option("--output", "-o", help="How to print it.")] = Format.text,
) -> None:
    """What this machine lacks, before anything starts.

    Changes nothing. Exit code 3 when something is missing that `platformctl up` cannot install itself.
    """
    from platformctl.jobs.doctor import examine_machine

    checks = examine_machine(folder, cluster)
    if output is Format.json:
        out.print_json(json.dumps([asdict(check) for check in checks]))
    else:
        for check in checks:
            mark = (
                "[green]ok  [/green]"
                if check.well
                else "[red]FAIL[/red]"
                if check.blocks
                else "[yellow]warn[/yellow]"
            )
            out.print(f"  {mark}  {check.name:<12} {escape(check.found)}")
            if not check.well:
                out.print(f"        fix          {escape(check.fix)}")
    if any(check.blocks and not check.well for check in checks):
        raise typer.Exit(3)
