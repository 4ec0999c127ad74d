"""``platformctl auth realm``: whether Keycloak's realm is what Git says, and making it so."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape

from platformctl import platform
from platformctl.cli.connect import connect
from platformctl.cli.console import err, out, someone_to_ask
from platformctl.cli.lazy import Command, Group
from platformctl.cli.options import (
    ClusterOption,
    ContextOption,
    KubeconfigOption,
    Output,
    OutputOption,
    RepositoryArgument,
)
from platformctl.errors import ConfigError
from platformctl.live import keycloak
from platformctl.live.keycloak import APPLY, Difference, Drift, Unknown, Wanted
from platformctl.live.kubernetes import Cluster

realm_app = typer.Typer(
    help="Keycloak's realm against Git: diff, apply. Keycloak takes it from there only once.",
    cls=Group,
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode="markdown",
)


@realm_app.callback()
def realm() -> None:
    """Keycloak's realm against Git: diff, apply. Keycloak takes it from there only once."""


@realm_app.command(cls=Command)
def diff(
    folder: RepositoryArgument = Path(),
    cluster: ClusterOption = None,
    context: ContextOption = None,
    kubeconfig: KubeconfigOption = None,
    output: OutputOption = Output.text,
) -> None:
    """Show what Keycloak has otherwise than Git. Exit 1 if it does.

    What Git says is what Flux brought to the cluster. Only that is compared: the realm, its clients and
    their mappers, its users. Passwords are not, and no secret is shown.
    """
    with _realm(folder, cluster, kubeconfig, context) as (kube, wanted):
        found = keycloak.realm_drift(kube, wanted)
    if output is Output.json:
        out.print(json.dumps(_as_json(wanted, found), indent=2), markup=False)
    else:
        _show(wanted, found)
        if found.differences:
            err.print(f"  [green]fix[/green]    {APPLY}")
    raise typer.Exit(1 if found.differences else 0)


@realm_app.command(cls=Command)
def apply(
    folder: RepositoryArgument = Path(),
    cluster: ClusterOption = None,
    prune: Annotated[
        bool, typer.Option("--prune", help="Also delete clients and mappers that Git does not know.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask, even if sessions end.")] = False,
    context: ContextOption = None,
    kubeconfig: KubeconfigOption = None,
    output: OutputOption = Output.text,
) -> None:
    """Bring Keycloak to what Git says, and look whether it took it.

    What Git does not know stays: users always, clients and mappers unless --prune is given. Asks where
    sessions of users end. Safe to interrupt and to run again.
    """
    with _realm(folder, cluster, kubeconfig, context) as (kube, wanted):
        found = keycloak.realm_drift(kube, wanted)
        if output is Output.text:
            _show(wanted, found)
        gone = found.unknown if prune else ()
        if found.differences or gone:
            _agreed([*_endings(found), *(f"{one.kind} {one.name}: goes" for one in gone)], yes=yes)
            found = keycloak.mend_realm(kube, wanted, prune=prune)
    if output is Output.json:
        out.print(json.dumps(_as_json(wanted, found) | {"pruned": prune}, indent=2), markup=False)
    elif found.differences or gone:
        err.print(f"brought to Keycloak, which now has what Git says: {_counted(found, prune=prune)}")


def _agreed(endings: list[str], *, yes: bool) -> None:
    """Ask, where users lose something.

    Raises:
        ConfigError: there is nobody to ask.
    """
    if not endings or yes:
        return
    for each in endings:
        err.print(f"  {each}", markup=False)
    if not someone_to_ask():
        raise ConfigError("users may be interrupted, and there is no terminal to ask at", fix="give --yes")
    typer.confirm("Change it now?", abort=True, err=True)


@contextmanager
def _realm(
    folder: Path, name: str | None, kubeconfig: Path | None, context: str | None
) -> Iterator[tuple[Cluster, Wanted]]:
    chosen = platform.load(folder).cluster(name)
    if chosen.login is None:
        raise ConfigError(
            f"cluster {chosen.name} has no login, and so no realm",
            fix="platform.yaml: gateway: istio and login: keycloak",
        )
    with connect(chosen, kubeconfig, context, folder) as kube:
        yield kube, keycloak.wanted_realm(kube)


def _show(wanted: Wanted, found: Drift) -> None:
    by = f" ({wanted.revision})" if wanted.revision else ""
    verdict = "[bold red]differs from[/bold red]" if found.differences else "[green]is what[/green]"
    count = len(found.differences)
    said = f"Git{by} in {count} {'place' if count == 1 else 'places'}" if count else f"Git{by} says"
    out.print(f"realm {escape(found.realm)} {verdict} {escape(said)}")
    for one in found.differences:
        out.print(f"  [bold]{escape(one.subject)}[/bold]  {escape(one.field or 'is not there')}")
        for label, value in _values(one):
            out.print(f"      [dim]{label:<8}[/dim] {escape(value)}")
    for other in found.unknown:
        out.print(f"  [dim]not in Git: {escape(_name(other))}[/dim]")
    for each in found.not_compared:
        out.print(f"  [dim]not compared: {escape(each)}[/dim]")


def _values(one: Difference) -> Iterator[tuple[str, str]]:
    if one.secret:
        yield "secret", "another value"
    elif one.field:
        yield "Git", _text(one.wanted)
        yield "Keycloak", _text(one.found)


def _text(value: Any) -> str:
    return value if isinstance(value, str) and value else json.dumps(value)


def _name(one: Unknown) -> str:
    return f"{one.kind} {one.name}"


def _endings(found: Drift) -> list[str]:
    return [
        f"{one.subject} {one.field}: {one.ends_sessions}" for one in found.differences if one.ends_sessions
    ]


def _counted(found: Drift, *, prune: bool) -> str:
    count = len(found.differences)
    gone = len(found.unknown) if prune else 0
    parts = [f"{count} {'change' if count == 1 else 'changes'}", *([f"{gone} deleted"] if gone else [])]
    return ", ".join(parts)


def _as_json(wanted: Wanted, found: Drift) -> dict[str, Any]:
    return {
        "realm": found.realm,
        "revision": wanted.revision or None,
        "differences": [asdict(one) for one in found.differences],
        "unknown": [asdict(one) for one in found.unknown],
        "not_compared": list(found.not_compared),
    }
