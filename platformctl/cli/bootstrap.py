"""``platformctl bootstrap``: Flux on a cluster, following the repository, submodules included."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer
from rich.markup import escape

from platformctl import platform, render
from platformctl.cli import tools
from platformctl.cli.connect import running
from platformctl.cli.console import err, someone_to_ask
from platformctl.cli.options import (
    ClusterOption,
    ContextOption,
    KeyOption,
    KubeconfigOption,
    RepositoryArgument,
)
from platformctl.cli.progress import progress_on
from platformctl.errors import ConfigError, Unreachable
from platformctl.jobs.embedded import Embedded
from platformctl.jobs.secrets import SecretStore
from platformctl.live.bootstrap import STEPS, Decryption, PreflightFailed, Problem, Settings, opened
from platformctl.live.git import GitAccess
from platformctl.live.kubeconfig import IN_A_POD, Kubeconfig
from platformctl.local.paths import Paths
from platformctl.steps import run_steps

PASSWORD_VARIABLE = "GIT_PASSWORD"
_GO_DURATION = re.compile(r"([0-9]+(\.[0-9]+)?(ms|s|m|h))+")


def _program(path: Path | None) -> Path | None:
    if path is not None and not (path.is_file() and os.access(path, os.X_OK)):
        raise typer.BadParameter(f"{path} is not a program")
    return path


def _duration(text: str | None) -> str | None:
    if text is not None and not _GO_DURATION.fullmatch(text):
        raise typer.BadParameter(f'"{text}" is not a duration, such as 30s, 5m or 1h30m')
    return text


def bootstrap(
    folder: RepositoryArgument = Path(),
    cluster: ClusterOption = None,
    context: ContextOption = None,
    kubeconfig: KubeconfigOption = None,
    git_url: Annotated[str | None, typer.Option(help="As pods reach it; default: platform.yaml.")] = None,
    branch: Annotated[str | None, typer.Option(help="Default: platform.yaml's, or main.")] = None,
    username: Annotated[
        str, typer.Option(help=f"For https; the password or token comes from {PASSWORD_VARIABLE}.")
    ] = "git",
    private_key: Annotated[
        Path | None, typer.Option(help="For ssh; without passphrase.", exists=True, dir_okay=False)
    ] = None,
    ca_file: Annotated[
        Path | None,
        typer.Option(help="Authority of the Git server's certificate.", exists=True, dir_okay=False),
    ] = None,
    age_key_file: KeyOption = None,
    flux: Annotated[
        Path | None,
        typer.Option(help="The flux CLI; default: the one on PATH, or our own.", callback=_program),
    ] = None,
    interval: Annotated[
        str | None,
        typer.Option(
            help="How often Flux looks at the branch; default: 1m, embedded 2s.", callback=_duration
        ),
    ] = None,
    trust_host: Annotated[
        list[str] | None,
        typer.Option(help="Host that may get the credentials for its submodules; repeatable."),
    ] = None,
    replace_source: Annotated[
        bool, typer.Option("--replace-source", help="Go on although Flux there follows another repository.")
    ] = False,
    timeout: Annotated[float, typer.Option(min=1, help="Seconds for everything to be Ready.")] = 900,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Do not ask whether this is the right cluster.")
    ] = False,
) -> None:
    """Install Flux on any cluster so that submodules arrive and stay. Safe to interrupt and to run again.

    Without --context, the kubeconfig's current one is taken: on a terminal after a question, elsewhere only
    with --yes, or where the file that --kubeconfig names has no other.
    """
    described = platform.load(folder) if (folder / platform.FILE_NAME).is_file() else None
    chosen = described.cluster(cluster) if described else None

    def told(settings: Settings) -> Settings:
        return replace(
            settings,
            branch=branch or settings.branch,
            flux=flux or settings.flux,
            interval=interval or settings.interval,
            trusted_hosts=trust_host or (),
            replace_source=replace_source,
            timeout_seconds=timeout,
            rendered=lambda: _stale(folder, described),
        )

    if chosen and chosen.embedded and not (context or kubeconfig or git_url or age_key_file):
        with running(chosen.name):
            _run(told(Embedded.of(folder, chosen.name).bootstrap_settings()))
        return
    url = git_url or (chosen.git_url if chosen else None)
    name = chosen.name if chosen else cluster
    if url is None or name is None:
        raise ConfigError(f"there is no {platform.FILE_NAME} here", fix="give --cluster and --git-url")
    taken = _agreed(kubeconfig, context, url, agreed=yes or context is not None)
    git = GitAccess(url, username, _password(url), private_key, ca_file)
    settings = Settings(
        cluster=name,
        git=git,
        flux=flux or tools.flux(),
        log=_log(name),
        branch=described.file.git.branch if described else "main",
        kubeconfig=kubeconfig,
        context=taken,
        decryption=_decryption(folder, chosen, age_key_file),
    )
    _run(told(settings))


def _decryption(folder: Path, chosen: platform.Cluster | None, key: Path | None) -> Decryption | None:
    """What Flux needs to read the cluster's secrets; None: it has none here, or they lie elsewhere."""
    if chosen is None or not chosen.secrets or chosen.secret_store.store != "sops":
        if key:
            raise ConfigError("this cluster has no secrets that a key would open", place=str(key))
        return None
    return SecretStore.of(folder, chosen, tools.sops(), key).decryption()


def _agreed(kubeconfig: Path | None, context: str | None, url: str, *, agreed: bool) -> str | None:
    """The context to install to, shown, and agreed on where nobody named it.

    None in a pod, whose service account needs no kubeconfig.
    """
    try:
        found = Kubeconfig.read(kubeconfig)
    except Unreachable:
        if not IN_A_POD.is_dir():
            raise
        return None
    name = found.context(context)
    for label, value in (("Context", name), ("Server", found.servers[name]), ("Git", _without_password(url))):
        err.print(f"  {label:<9} {value}", markup=False)
    if agreed or (kubeconfig and len(found.servers) == 1):
        return name
    if not someone_to_ask():
        message = f'nobody named the context; the current one is "{name}"'
        raise ConfigError(message, place=found.place, fix=f"--context {shlex.quote(name)}, or --yes")
    typer.confirm("Install Flux there?", abort=True, err=True)
    return name


def _run(settings: Settings) -> None:
    try:
        with opened(settings) as job:
            run_steps(STEPS, job, progress_on(err))
            show_problems(job.notices)
    except PreflightFailed as failed:
        show_problems(failed.problems)
        err.print(f"{failed.message}; nothing was changed", markup=False)
        raise typer.Exit(failed.exit_code) from failed
    err.print(f"Flux follows {settings.branch} of {_without_password(settings.git.url)}", markup=False)


def show_problems(problems: Sequence[Problem]) -> None:
    """Each with its severity, code and place, then what it is and what to do."""
    for problem in problems:
        severity = "[bold red]error[/bold red]" if problem.blocking else "[yellow]warn[/yellow] "
        err.print(f"  {severity}  {problem.code:<28} {escape(problem.place or '')}")
        err.print(f"         {escape(problem.message)}")
        err.print(f"         [green]fix[/green]  {escape(problem.fix)}")


def _password(url: str) -> str:
    password = os.environ.get(PASSWORD_VARIABLE, "")
    if not password and url.startswith("http") and someone_to_ask():
        password = typer.prompt(f"Password or token for {url}", hide_input=True, default="", err=True)
    return password


def _without_password(url: str) -> str:
    parts = urlsplit(url)
    return url if parts.password is None else url.replace(f":{parts.password}@", "@", 1)


def _log(cluster: str) -> Path:
    logs = Paths.of(cluster).logs
    logs.mkdir(parents=True, exist_ok=True)
    return logs / "flux-bootstrap.log"


def _stale(folder: Path, described: platform.Platform | None) -> str | None:
    if described is None:
        return None
    changes = render.difference(folder, described).changes
    if not changes:
        return None
    what = "1 rendered file is" if len(changes) == 1 else f"{len(changes)} rendered files are"
    return f"{what} not what platform.yaml says"
