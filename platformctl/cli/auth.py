"""``platformctl auth``: whether a login works, and which link of the chain does not."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape

from platformctl import build as building
from platformctl import platform
from platformctl.check import Cluster as Declared
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
from platformctl.cli.realm import realm_app
from platformctl.cli.tools import at_hand, chart_folder, programs, schemas
from platformctl.errors import ConfigError, ToolMissing, Unreachable
from platformctl.jobs import trace as job
from platformctl.jobs.where import where
from platformctl.live.kubernetes import Cluster
from platformctl.live.trace import Credentials, Result, TraceStep, Verdict, Walk, steps_of, walk_through

PASSWORD_VARIABLE = "PLATFORMCTL_PASSWORD"

auth_app = typer.Typer(
    help="The login: trace names the link that is broken, realm brings Keycloak to what Git says.",
    cls=Group,
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode="markdown",
)


@auth_app.callback()
def auth() -> None:
    """The login: trace names the link that is broken, realm brings Keycloak to what Git says."""


auth_app.add_typer(realm_app, name="realm")


@auth_app.command(cls=Command)
def trace(
    cluster: ClusterOption = None,
    folder: RepositoryArgument = Path(),
    user: Annotated[
        str | None,
        typer.Option("--user", help=f"Who signs in; the password is asked for, or in ${PASSWORD_VARIABLE}."),
    ] = None,
    cookie_file: Annotated[
        Path | None,
        typer.Option("--cookie-file", help="A browser's session instead: its Cookie header, or curl's jar."),
    ] = None,
    authority: Annotated[
        Path | None, typer.Option("--authority", help="Certificates (PEM) to trust beside the machine's.")
    ] = None,
    address: Annotated[
        str | None,
        typer.Option("--address", help="The gateway's IPv4 address, whatever the names resolve to."),
    ] = None,
    full: Annotated[
        bool, typer.Option("--full", help="Also wait until the session is renewed, a minute or so.")
    ] = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Show what was sent and what came back, without secrets.")
    ] = False,
    context: ContextOption = None,
    kubeconfig: KubeconfigOption = None,
    output: OutputOption = Output.text,
) -> None:
    """Walk the login as a browser does, and name the link that is broken. Exit 1 if one is.

    Signs in as a user, of an embedded cluster as its first test user, and goes from the hosts' names to the
    end of the session. Each link is a hit, a miss with its cause and the fix, or a may where nobody can tell
    from here. What only an operator can see is looked at where a kubeconfig leads to the cluster. No token,
    cookie or password is ever shown.
    """
    chosen = platform.load(folder).cluster(cluster)
    with _looked_into(chosen, kubeconfig, context, folder) as kube:
        session = job.session_of(cookie_file) if cookie_file else None
        who = None if session else _who(chosen, kube, user)
        walk = job.walk(
            chosen,
            kube,
            who=who,
            session=session,
            authority=authority,
            address=address,
            patience=full,
        )
        places = _places(chosen, folder)
        found = list(_shown(walk, places, verbose=verbose) if output is Output.text else _walked(walk))
    if output is Output.json:
        steps = [_as_json(step, result, places) for step, result in found]
        document = {"cluster": chosen.name, "steps": steps}
        out.print(json.dumps(document, indent=2), markup=False)
    raise typer.Exit(_close(found))


@contextmanager
def _looked_into(
    chosen: platform.Cluster, kubeconfig: Path | None, context: str | None, folder: Path
) -> Iterator[Cluster | None]:
    """The cluster, or None where it cannot be reached: a trace from outside is worth something too."""
    try:
        kube = connect(chosen, kubeconfig, context, folder)
    except (Unreachable, ConfigError) as error:
        if kubeconfig or context or chosen.embedded:
            raise
        err.print(f"note: only from outside: {error.message}", markup=False, style="dim")
        yield None
        return
    with kube:
        yield kube


def _who(chosen: platform.Cluster, kube: Cluster | None, user: str | None) -> Credentials | None:
    password = os.environ.get(PASSWORD_VARIABLE)
    if user and password:
        return Credentials(user, password)
    known = job.credentials(chosen, kube, user)
    if known:
        return known
    if user and someone_to_ask():
        return Credentials(user, str(typer.prompt(f"Password of {user}", hide_input=True, err=True)))
    if user:
        raise ConfigError(f"no password of {user} is given", fix=f"set {PASSWORD_VARIABLE}")
    return None


def _walked(walk: Walk) -> Iterator[tuple[TraceStep, Result]]:
    yield from walk_through(steps_of(walk), walk)


_COLOURS = {
    Verdict.HIT: "green",
    Verdict.MISS: "bold red",
    Verdict.MAY: "yellow",
    Verdict.NOT_REACHED: "dim",
}


Places = Callable[[Result], list[str]]


def _places(chosen: platform.Cluster, folder: Path) -> Places:
    """Gives the lines of the repository that a miss is mended in."""

    @cache
    def built() -> Declared:
        if not at_hand():
            raise ToolMissing("what a build needs is not fetched for this")
        name = building.cluster_folder(folder, chosen.name)
        return Declared(building.build(folder, name, programs(), chart_folder), schemas(), chosen)

    def places(result: Result) -> list[str]:
        if result.verdict is not Verdict.MISS or result.row is None:
            return []
        return [str(place) for place in where(folder, chosen.name, result.row, built)]

    return places


def _shown(walk: Walk, places: Places, *, verbose: bool) -> Iterator[tuple[TraceStep, Result]]:
    """Each link as soon as it was looked at."""
    for number, (step, result) in enumerate(_walked(walk), start=1):
        colour = _COLOURS[result.verdict]
        out.print(
            f"  {number:>2}  {step.name:<16} [{colour}]{result.verdict:<11}[/{colour}] {escape(result.note)}"
        )
        for label, text in (
            ("code", result.row.code if result.row else ""),
            ("cause", result.cause),
            ("where", ", ".join(places(result))),
            ("fix", result.fix),
        ):
            if text:
                out.print(f"      [dim]{label:<6}[/dim] {escape(text)}")
        if verbose or result.verdict is Verdict.MISS:
            for exchange in result.exchanges:
                out.print(f"      [dim]{escape(exchange.request_line)}  ->  {escape(exchange.answer)}[/dim]")
        yield step, result


def _close(found: list[tuple[TraceStep, Result]]) -> int:
    """The last line, and the exit code."""
    counted = {verdict: sum(result.verdict is verdict for _, result in found) for verdict in Verdict}
    said = ", ".join(f"{number} {verdict}" for verdict, number in counted.items() if number)
    err.print(f"{len(found)} links: {said}", markup=False)
    return 1 if counted[Verdict.MISS] else 0


def _as_json(step: TraceStep, result: Result, places: Places) -> dict[str, Any]:
    return {
        "name": step.name,
        "verdict": result.verdict.value,
        "note": result.note,
        "row": result.row.number if result.row else None,
        "code": result.row.code if result.row else None,
        "cause": result.cause or None,
        "where": places(result),
        "fix": result.fix or None,
        "exchanges": [asdict(exchange) for exchange in result.exchanges],
    }
