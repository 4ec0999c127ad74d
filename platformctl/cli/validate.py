"""``platformctl validate``: findings over what Flux would apply, before it is pushed."""

from __future__ import annotations

import time
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from platformctl import build as building
from platformctl.check import CHECKS, FORMATS, Checkout, Cluster, Report, Severity, run_checks
from platformctl.cli.console import err, out
from platformctl.cli.findings import show_findings
from platformctl.cli.options import FluxRepositoryArgument, OneClusterOption
from platformctl.cli.tools import chart_folder, programs, schemas
from platformctl.errors import ConfigError


class Output(StrEnum):
    """How findings are printed."""

    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"
    JUNIT = "junit"
    MARKDOWN = "markdown"


def validate(
    folder: FluxRepositoryArgument = Path(),
    cluster: OneClusterOption = None,
    output: Annotated[Output, typer.Option("-o", "--output", help="The form of the findings.")] = Output.TEXT,
    strict: Annotated[bool, typer.Option("--strict", help="Exit 1 for warnings too.")] = False,
    explain: Annotated[
        bool, typer.Option("--explain", help="Say what each check looks for, and why.")
    ] = False,
) -> None:
    """Check platform.yaml, schemas, references and substitutions of any Flux repository.

    Needs no cluster, and no network once kubectl, helm and the schemas are there: the first run fetches
    what this machine lacks of them (about 200 MB, kept in ~/.cache/platformctl).
    """
    if explain:
        _explain()
        return
    start = time.monotonic()
    checkout = Checkout.read(folder, building.submodules_in(folder))
    reports = [Report("", 0, tuple(run_checks(checkout)))]
    reports += [_of_cluster(checkout, folder, name) for name in _folders(checkout, folder, cluster)]
    if output is Output.TEXT:
        show_findings(reports, time.monotonic() - start, out)
        for report in reports:
            for note in report.notes:
                err.print(f"note: {note}", markup=False, style="dim")
    else:
        typer.echo(FORMATS[output.value](reports), nl=False)
    worst = {finding.severity for report in reports for finding in report.findings}
    if Severity.ERROR in worst or (strict and worst):
        raise typer.Exit(1)


def _folders(checkout: Checkout, folder: Path, cluster: str | None) -> list[str]:
    if cluster:
        return [building.cluster_folder(folder, cluster)]
    try:
        return building.cluster_names(folder)
    except ConfigError:
        if checkout.problems or checkout.changes or checkout.failure:
            return []  # nothing was rendered yet, and the findings say so
        raise


def _of_cluster(checkout: Checkout, folder: Path, name: str) -> Report:
    built = building.build(folder, name, programs(), chart_folder)
    declared = checkout.platform.clusters.get(built.cluster) if checkout.platform else None
    # Schemas of its own: a cluster adds those of the CustomResourceDefinitions that it brings.
    findings = run_checks(Cluster(built, schemas(), declared))
    return Report(name, len(built.objects), tuple(findings), tuple(built.notes))


def _explain() -> None:
    for code in sorted(CHECKS):
        check = CHECKS[code]
        out.print(f"[bold]{code}[/]  {check.severity.value}")
        out.print(check.documentation + "\n", markup=False)
