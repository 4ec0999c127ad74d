"""``platformctl validate``: findings over what Flux would apply, before it is pushed."""

from __future__ import annotations

import time
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from platformctl import build as building
from platformctl.check import CHECKS, FORMATS, Cluster, Finding, Report, Severity, run_checks
from platformctl.cli.console import err, out
from platformctl.cli.tools import programs, schemas

_COLOURS = {Severity.ERROR: "bold red", Severity.WARNING: "yellow"}


class Output(StrEnum):
    """How findings are printed."""

    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"
    JUNIT = "junit"
    MARKDOWN = "markdown"


def validate(
    folder: Annotated[Path, typer.Argument(help="A Flux repository.")] = Path(),
    cluster: Annotated[
        str | None, typer.Option("--cluster", help="Only this cluster: its name, or its folder.")
    ] = None,
    output: Annotated[Output, typer.Option("-o", "--output", help="The form of the findings.")] = Output.TEXT,
    explain: Annotated[
        bool, typer.Option("--explain", help="Say what each check looks for, and why.")
    ] = False,
) -> None:
    """Check schemas, references and substitutions of any Flux repository. Needs no cluster."""
    if explain:
        for code in sorted(CHECKS):
            check = CHECKS[code]
            out.print(f"[bold]{code}[/]  {check.severity.value}")
            out.print(check.documentation + "\n", markup=False)
        return
    start = time.monotonic()
    folders = [building.cluster_folder(folder, cluster)] if cluster else building.cluster_names(folder)
    tools = programs()
    reports = []
    for name in folders:
        built = building.build(folder, name, tools)
        # Schemas of its own: a cluster adds those of the CustomResourceDefinitions that it brings.
        findings = tuple(run_checks(Cluster(built, schemas())))
        reports.append(Report(name, len(built.objects), findings, tuple(built.notes)))
    if output is Output.TEXT:
        _show(reports, time.monotonic() - start)
    else:
        typer.echo(FORMATS[output.value](reports), nl=False)
    if any(report.count(Severity.ERROR) for report in reports):
        raise typer.Exit(1)


def _show(reports: list[Report], seconds: float) -> None:
    for report in reports:
        nothing = "" if report.findings else ", no findings"
        out.print(f"[bold]{escape(report.cluster)}[/]  {report.objects} objects{nothing}")
        width = max((len(finding.code) for finding in report.findings), default=0)
        for finding in report.findings:
            _show_finding(finding, width)
        for note in report.notes:
            err.print(f"  note   {note}", markup=False, style="dim")
    errors = sum(report.count(Severity.ERROR) for report in reports)
    warnings = sum(report.count(Severity.WARNING) for report in reports)
    out.print(f"{_count(errors, 'error')}, {_count(warnings, 'warning')} · {seconds:.2f} s")


def _show_finding(finding: Finding, width: int) -> None:
    severity = "warn " if finding.severity is Severity.WARNING else "error"
    out.print(f"  [{_COLOURS[finding.severity]}]{severity}[/]  {finding.code:<{width}}  ", end="")
    path = f" {finding.path}" if finding.path else ""
    indent = " " * (11 + width)
    message = finding.message.replace("\n", f"\n{indent}")
    out.print(f"{finding.place or '-'}  {finding.object}{path} {message}", markup=False)
    if finding.fix:
        out.print(f"{indent}fix: {finding.fix}", markup=False)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
