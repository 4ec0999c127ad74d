"""Findings for people: the place and the code on one line, what is wrong and what to do below it."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from platformctl.check import Finding, Report, Severity, counted

_COLOURS = {Severity.ERROR: "bold red", Severity.WARNING: "yellow"}
_INDENT = "    "
NARROWEST = 40


def show_findings(reports: Sequence[Report], seconds: float, console: Console) -> None:
    """Each report's findings, and a last line that counts them."""
    for report in reports:
        if report.cluster:
            nothing = "" if report.findings else ", no findings"
            console.print(
                Text.assemble((report.cluster, "bold"), f"  {counted(report.objects, 'object')}{nothing}")
            )
        for finding in report.findings:
            _show(finding, console)
    counts = [
        counted(sum(report.count(severity) for report in reports), severity.value) for severity in Severity
    ]
    console.print(f"{', '.join(counts)} · {seconds:.2f} s")


def _show(finding: Finding, console: Console) -> None:
    place = str(finding.place or "-")
    head = Text.assemble(
        place, "  ", (finding.severity.value, _COLOURS[finding.severity]), (f"  {finding.code}", "dim")
    )
    if head.cell_len > console.width > 0:
        # A path that is broken in its middle cannot be clicked or copied.
        head = Text("\n").join([head[: len(place)], Text(_INDENT) + head[len(place) + 2 :]])
    console.print(head)
    in_file = finding.path and finding.place and finding.object == finding.place.file
    about = [finding.path] if in_file else [finding.object, finding.path]
    for line in " ".join(filter(None, [*about, finding.message])).splitlines():
        console.print(_wrapped(line, console.width), markup=False)
    for other in finding.others:
        console.print(_wrapped(f"against: {other}", console.width), markup=False)
    if finding.fix:
        console.print(_wrapped(f"fix: {finding.fix}", console.width), markup=False)


def _wrapped(line: str, width: int) -> str:
    return textwrap.fill(
        line,
        max(width, NARROWEST),
        initial_indent=_INDENT,
        subsequent_indent=_INDENT,
        break_long_words=False,
        break_on_hyphens=False,
    )
