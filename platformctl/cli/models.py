"""``platformctl models``: what is wanted, what is there, and the proof that it is whole and answers."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from platformctl import platform
from platformctl.cli import complete
from platformctl.cli.connect import connect
from platformctl.cli.console import err, out
from platformctl.cli.lazy import Command, Group
from platformctl.cli.options import (
    ClusterOption,
    ContextOption,
    KubeconfigOption,
    Output,
    OutputOption,
    RepositoryArgument,
)
from platformctl.cli.progress import progress_on
from platformctl.errors import ConfigError
from platformctl.live import models
from platformctl.live.models import ModelReport, Registry
from platformctl.live.models.report import short

models_app = typer.Typer(
    help="The models: list, verify, repair, lock.",
    cls=Group,
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode="markdown",
)


@models_app.command("list", cls=Command)
def list_models(
    cluster: ClusterOption = None,
    folder: RepositoryArgument = Path(),
    context: ContextOption = None,
    kubeconfig: KubeconfigOption = None,
    output: OutputOption = Output.text,
) -> None:
    """Show the digests that Git wants, that are present, and that the registry serves."""
    chosen = platform.load(folder).cluster(cluster)
    with connect(chosen, kubeconfig, context, folder) as kube:
        reports = models.listing(kube, chosen.models, Registry(chosen.model_registry))
    if output is Output.json:
        _write_json(chosen.name, reports)
        return
    rows = [_row(report) for report in reports]
    out.print(fitting(_COLUMNS, rows, out.width))
    _write_notes(reports)


_COLUMNS = ("model", "wanted", "present", "registry", "size", "in memory")
_DISPENSABLE = ("in memory", "size", "registry")
_GAP = 2


def _row(report: ModelReport) -> tuple[Text, ...]:
    wanted = (short(report.wanted) if report.wanted else "any") if report.in_git else "not in Git"
    present = Text(short(report.present) if report.present else "-", "" if report.ok else "bold red")
    registry = short(report.registry) if report.registry else "-"
    loaded = "yes" if report.loaded else "no"
    return Text(report.name), Text(wanted), present, Text(registry), Text(_size(report)), Text(loaded)


def fitting(columns: Sequence[str], rows: Sequence[Sequence[Text]], width: int) -> Table:
    """A table in which no name is cut off: on a narrow terminal columns go, and then lines are folded."""
    widths = {
        name: max(len(name), *(row[at].cell_len for row in rows), 0) + _GAP for at, name in enumerate(columns)
    }
    kept = list(columns)
    for name in _DISPENSABLE:
        if sum(widths[each] for each in kept) - _GAP > width:
            kept.remove(name)
    table = Table(box=None, pad_edge=False, padding=(0, _GAP, 0, 0))
    for name in kept:
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*(cell for name, cell in zip(columns, row, strict=True) if name in kept))
    return table


@models_app.command(cls=Command)
def verify(
    cluster: ClusterOption = None,
    deep: Annotated[bool, typer.Option("--deep", help="Hash every file on the volume.")] = False,
    folder: RepositoryArgument = Path(),
    context: ContextOption = None,
    kubeconfig: KubeconfigOption = None,
    output: OutputOption = Output.text,
) -> None:
    """Prove that every model is the one that Git wants, is whole, and answers. Exit 1 if one is not."""
    chosen = platform.load(folder).cluster(cluster)
    with connect(chosen, kubeconfig, context, folder) as kube, progress_on(err).task("models") as task:
        registry = Registry(chosen.model_registry)
        reports = models.verify(kube, chosen.models, registry, deep=deep, task=task)
        task.done(_verdict(reports))
    if output is Output.json:
        _write_json(chosen.name, reports)
    else:
        _write_proof(reports)
    if not all(report.ok for report in reports):
        raise typer.Exit(1)


@models_app.command(cls=Command)
def repair(
    name: Annotated[str, typer.Argument(help="A model of platform.yaml.", autocompletion=complete.models)],
    cluster: ClusterOption = None,
    folder: RepositoryArgument = Path(),
    context: ContextOption = None,
    kubeconfig: KubeconfigOption = None,
) -> None:
    """Remove a model with its files, pull it again and verify it, files included."""
    chosen = platform.load(folder).cluster(cluster)
    wanted = [model for model in chosen.models if model.name == name]
    if not wanted:
        known = ", ".join(model.name for model in chosen.models)
        raise ConfigError(f'"{name}" is not a model of cluster {chosen.name}, which has: {known}')
    with connect(chosen, kubeconfig, context, folder) as kube:
        with progress_on(err).task("repair") as task:
            models.repair(kube, name, task)
        with progress_on(err).task("models") as task:
            reports = models.verify(kube, wanted, deep=True, task=task)
            task.done(_verdict(reports))
    _write_proof(reports)
    if not all(report.ok for report in reports):
        raise typer.Exit(1)


@models_app.command(cls=Command)
def lock(
    cluster: ClusterOption = None,
    folder: RepositoryArgument = Path(),
    output: OutputOption = Output.text,
) -> None:
    """Write the digests that the registry serves now into platform.yaml."""
    with platform.nothing_written():
        chosen = platform.load(folder).cluster(cluster)
    locked = models.lock(folder / platform.FILE_NAME, chosen.models, Registry(chosen.model_registry))
    if output is Output.json:
        rows = [
            {"name": one.name, "before": one.before, "after": one.after, "changed": one.changed}
            for one in locked
        ]
        typer.echo(json.dumps({"cluster": chosen.name, "models": rows}, indent=2))
        return
    for one in locked:
        change = f"{short(one.before) if one.before else 'not locked'} → " if one.changed else "unchanged "
        out.print(f"  {one.name:<20} {change}{short(one.after)}", markup=False)
    if any(one.changed for one in locked):
        err.print(f"{platform.FILE_NAME} is written; next: platformctl render, commit and push")


def _write_json(cluster: str, reports: Sequence[ModelReport]) -> None:
    ok = all(report.ok for report in reports)
    typer.echo(
        json.dumps({"cluster": cluster, "ok": ok, "models": [one.as_json() for one in reports]}, indent=2)
    )


def _write_proof(reports: Sequence[ModelReport]) -> None:
    for report in reports:
        facts = [f"wanted {short(report.wanted)}" if report.wanted else "wanted in any build"]
        facts += [f"present  {_size(report)}"] if report.present else ["[bold red]missing[/bold red]"]
        if report.blobs is not None:
            whole = report.blobs - len(report.bad_blobs)
            facts.append(f"blobs {whole}/{report.blobs}{' hashed' if report.hashed else ''}")
        if report.answered_seconds is not None:
            facts.append(f"answers in {report.answered_seconds:.1f} s")
        verdict = "[green]ok[/green]" if report.ok else "[bold red]not ok[/bold red]"
        out.print(f"  {escape(report.name):<20} {'  '.join(facts)}   {verdict}")
        if report.reason:
            out.print(f"  {'':<20} [red]{escape(report.name)} {escape(report.reason)}[/red]")
            out.print(f"  {'':<20} [green]fix[/green]: {escape(report.fix or '')}")
        for blob in report.bad_blobs:
            out.print(f"  {'':<20} blob {blob.digest} {blob.reason}", markup=False)
    _write_notes(reports)
    wrong = sum(not report.ok for report in reports)
    if wrong:
        noun = "model is" if len(reports) == 1 else "models is" if wrong == 1 else "models are"
        out.print(f"[bold red]{wrong} of {len(reports)} {noun} not what Git says.[/bold red]")


def _write_notes(reports: Sequence[ModelReport]) -> None:
    for report in reports:
        for note in report.notes:
            err.print(f"  [yellow]note[/yellow] {escape(report.name)}: {escape(note)}")


def _verdict(reports: Sequence[ModelReport]) -> str:
    return f"{sum(report.ok for report in reports)} of {len(reports)} as Git says"


def _size(report: ModelReport) -> str:
    if report.size is None:
        return "-"
    return f"{report.size / 1e9:.1f} GB" if report.size >= 1e9 else f"{report.size / 1e6:.0f} MB"
