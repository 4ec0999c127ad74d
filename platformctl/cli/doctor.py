"""``platformctl doctor``."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import typer
from rich.markup import escape

from platformctl.cli.console import out
from platformctl.cli.options import ClusterOption, Output, OutputOption, RepositoryArgument

if TYPE_CHECKING:
    from platformctl.jobs.doctor import Examination


def doctor(
    folder: RepositoryArgument = Path(),
    cluster: ClusterOption = None,
    output: OutputOption = Output.text,
) -> None:
    """What this machine lacks, before anything starts.

    Looks at what the cluster of platform.yaml needs; without a platform.yaml, at what any embedded cluster
    needs. Changes nothing. Exit code 3 when something is missing that `platformctl up` cannot install itself.
    """
    from platformctl.jobs.doctor import examine_machine

    found = examine_machine(folder, cluster)
    if output is Output.json:
        cost = asdict(found.cost) if found.cost else None
        checks = [asdict(check) for check in found.checks]
        typer.echo(
            json.dumps(
                {"well": not found.to_mend, "cluster": found.cluster, "checks": checks, "cost": cost},
                indent=2,
            )
        )
    else:
        _show(found)
    if found.to_mend:
        raise typer.Exit(3)


def _show(found: Examination) -> None:
    for check in found.checks:
        mark = (
            "[green]ok  [/green]"
            if check.well
            else "[red]FAIL[/red]"
            if check.blocks
            else "[yellow]warn[/yellow]"
        )
        out.print(f"  {mark}  {check.name:<12} {escape(check.found)}")
        if not check.well and check.fix:
            out.print(f"        fix          {escape(check.fix)}")
    out.print(f"\n{escape(verdict(found))}")


def verdict(found: Examination) -> str:
    """The last line: whether it works here, and what `up` would cost."""
    if count := len(found.to_mend):
        return f"{count} thing{'s' if count > 1 else ''} to mend"
    if found.cost is None:
        return f"this machine can work with cluster {found.cluster}"
    can = f"this machine can run {f'cluster {found.cluster}' if found.cluster else 'an embedded cluster'}"
    if not found.cost.parts:
        return f"{can}; all is built, `platformctl up` takes about 2 minutes"
    about = "about" if found.cluster else "at most"
    return (
        f"{can}; `platformctl up` builds or fetches {found.cost.parts} parts first: "
        f"{about} {max(1, round(found.cost.minutes))} minutes and {found.cost.disk} of disk, once"
    )
