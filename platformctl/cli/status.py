"""``platformctl status``: one screen that says what runs and what is wrong."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from platformctl import platform
from platformctl.cli.connect import connect
from platformctl.cli.console import err, out
from platformctl.cli.options import (
    ClusterOption,
    ContextOption,
    KubeconfigOption,
    Output,
    OutputOption,
    RepositoryArgument,
)
from platformctl.errors import Unreachable
from platformctl.live.flux import State
from platformctl.live.kubernetes import Cluster
from platformctl.live.status import Host, ModelRow, Observed, Row, Status, Submodules, observe, report

SECONDS_BETWEEN_LOOKS = 2.0
_COLOURS = {
    State.READY: "green",
    State.PROGRESSING: "yellow",
    State.FAILED: "bold red",
    State.SUSPENDED: "dim",
}


def status(
    folder: RepositoryArgument = Path(),
    cluster: ClusterOption = None,
    context: ContextOption = None,
    kubeconfig: KubeconfigOption = None,
    watch: Annotated[bool, typer.Option("--watch", help="Go on showing it until Ctrl-C.")] = False,
    output: OutputOption = Output.text,
) -> None:
    """Show sources, releases, pods, autoscalers, certificates, models and hosts. Exit 1 if not healthy."""
    described = platform.load(folder) if (folder / platform.FILE_NAME).is_file() else None
    chosen = described.cluster(cluster) if described else None
    addresses = {"chat": chosen.url, "git": chosen.push_url} if chosen else {}
    with connect(chosen, kubeconfig, context, folder) as kube:
        if watch and output is Output.text:
            _watch(kube, addresses)
            return
        found = report(observe(kube))
    if output is Output.json:
        typer.echo(json.dumps(found.as_json() | {"addresses": addresses}, indent=2))
    else:
        out.print(drawn(found, addresses))
    if not found.healthy:
        raise typer.Exit(1)


def drawn(found: Status, addresses: dict[str, str], *, at: str = "", brief: bool = False) -> RenderableType:
    """The screen: the verdict and what is wrong first, then what is under way.

    Args:
        at: when it was looked at.
        brief: of what is Ready, only how many there are.
    """
    verdict = Text("healthy", "green") if found.healthy else Text("not healthy", "bold red")
    if found.waiting and not found.troubles:
        verdict = Text("not healthy yet", "yellow")
    parts: list[RenderableType] = [
        Text.assemble(verdict, f"  {found.server}  Kubernetes {found.version}", (at and f"  {at}", "dim")),
    ]
    for trouble in found.troubles:
        parts.append(Text.assemble(("  ✗ ", "bold red"), (trouble.place, "bold"), f"  {trouble.message}"))
        if trouble.fix:
            parts.append(Text.assemble(("    fix  ", "green"), trouble.fix))
    parts += [
        Text.assemble(("  … ", "yellow"), (awaited.place, "bold"), f"  {awaited.message}")
        for awaited in found.waiting
    ]
    parts.append(_table(found, addresses, brief=brief))
    return Group(*parts)


def fitted(found: Status, addresses: dict[str, str], console: Console, *, at: str = "") -> RenderableType:
    """The screen in the terminal's height: what is well gives way first, and what is left out is said."""
    for brief in (False, True):
        shown = drawn(found, addresses, at=at, brief=brief)
        lines = console.render_lines(shown, pad=False)
        if len(lines) <= console.height:
            return shown
    kept = lines[: max(console.height - 1, 1)]
    texts = [Text.assemble(*((part.text, part.style or "") for part in line)) for line in kept]
    rest = Text(f"… {len(lines) - len(kept)} lines more; platformctl status shows them", "dim")
    return Group(*texts, rest)


_Line = tuple[State | None, str, str, str]
"""State, name, detail and message of a row."""


def _table(found: Status, addresses: dict[str, str], *, brief: bool) -> Table:
    table = Table(box=None, pad_edge=False, show_header=False, padding=(0, 1))
    table.add_column(no_wrap=True, style="bold")
    for _ in ("name", "state", "detail", "message"):
        table.add_column(overflow="fold")
    if found.submodules:
        _add(table, "submodules", [_submodules_line(found.submodules)])
    for title, rows in found.sections.items():
        _add(table, title, _shortened(rows) if brief else map(_line, rows))
    _add(table, "models", map(_model_line, found.models))
    _add(table, "hosts", map(_host_line, found.hosts))
    for title, address in addresses.items():
        _add(table, title, [(None, address, "", "")])
    return table


def _add(table: Table, title: str, lines: Iterable[_Line]) -> None:
    for number, (state, name, detail, message) in enumerate(lines):
        colour = _COLOURS[state] if state else "none"
        shown = Text(state.value if state else "", colour)
        table.add_row(
            f"  {title}" if number == 0 else "", escape(name), shown, escape(detail), escape(message)
        )


def _shortened(rows: Sequence[Row]) -> Iterator[_Line]:
    """All that is not Ready, and how many are."""
    well = sum(row.state is State.READY for row in rows)
    yield from (_line(row) for row in rows if row.state is not State.READY)
    if well:
        yield State.READY, f"{well} of {len(rows)}", "", ""


def _line(row: Row) -> _Line:
    where = f"{row.identity.namespace}/" if row.identity.namespace not in ("", "flux-system") else ""
    return row.state, f"{where}{row.identity.name}", row.detail, row.message


def _model_line(model: ModelRow) -> _Line:
    return model.state, model.name, f"{(model.size or 0) / 1e6:.0f} MB {model.digest[:19]}", model.message


def _host_line(host: Host) -> _Line:
    paths = ", ".join(f"{path} → {service}" for path, service in host.paths.items())
    if host.gateway:
        return None, host.name, f"{host.address or 'no address'}, gateway {host.gateway}", paths
    return None, host.name, f"class {host.ingress_class}", paths


def _submodules_line(judged: Submodules) -> _Line:
    if judged.state is None:
        return None, "not used", "", ""
    words = {True: "yes", False: "NO", None: "unknown"}
    detail = f"on in the cluster: {words[judged.in_cluster]}, kept in Git: {words[judged.in_git]}"
    return judged.state, "recurseSubmodules", detail, ""


def _watch(kube: Cluster, addresses: dict[str, str]) -> None:
    """Draw again and again; an API server that is away for a while is said and borne."""
    seen: Observed | None = None
    last = "never"
    with Live(console=out, screen=out.is_terminal, auto_refresh=False) as live:
        try:
            while True:
                try:
                    seen = observe(kube, seen)
                    last = time.strftime("%H:%M:%S")
                    status = report(seen)
                    shown = fitted(status, addresses, out, at=last) if out.is_terminal else None
                    live.update(shown or drawn(status, addresses, at=last), refresh=True)
                except Unreachable as error:
                    said = f"{error.message}; looking again (last seen: {last})"
                    live.update(Text(said, "bold red"), refresh=True)
                time.sleep(SECONDS_BETWEEN_LOOKS)
        except KeyboardInterrupt:
            err.print("stopped watching")
