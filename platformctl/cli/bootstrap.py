"""``platformctl bootstrap``: Flux on a cluster, following the repository, submodules included."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from platformctl import platform, render
from platformctl.cli.console import err
from platformctl.cli.options import ContextOption, KubeconfigOption, RepositoryArgument
from platformctl.cli.progress import progress_on
from platformctl.errors import ConfigError, ToolMissing
from platformctl.jobs.embedded import Embedded
from platformctl.live.bootstrap import STEPS, PreflightFailed, Problem, Settings, opened
from platformctl.live.git import GitAccess
from platformctl.local.paths import Paths
from platformctl.steps import run_steps

PASSWORD_VARIABLE = "GIT_PASSWORD"


def bootstrap(
    folder: RepositoryArgument = Path(),
    cluster: Annotated[
        str | None,
        typer.Option(help="Cluster of platform.yaml and folder in clusters/; default: the only one."),
    ] = None,
    context: ContextOption = None,
    kubeconfig: KubeconfigOption = None,
    git_url: Annotated[str | None, typer.Option(help="As pods reach it; default: platform.yaml.")] = None,
    branch: Annotated[str | None, typer.Option(help="Default: platform.yaml's, or main.")] = None,
    username: Annotated[
        str, typer.Option(help=f"For https; the password or token comes from {PASSWORD_VARIABLE}.")
    ] = "git",
    private_key: Annotated[Path | None, typer.Option(help="For ssh; without passphrase.")] = None,
    ca_file: Annotated[Path | None, typer.Option(help="Authority of the Git server's certificate.")] = None,
    flux: Annotated[Path | None, typer.Option(help="The flux CLI; default: the one on PATH.")] = None,
    interval: Annotated[
        str | None, typer.Option(help="How often Flux looks at the branch; default: 1m, embedded 2s.")
    ] = None,
    trust_host: Annotated[
        list[str] | None,
        typer.Option(help="Host that may get the credentials for its submodules; repeatable."),
    ] = None,
    replace_source: Annotated[
        bool, typer.Option("--replace-source", help="Go on although Flux there follows another repository.")
    ] = False,
    timeout: Annotated[float, typer.Option(help="Seconds for everything to be Ready.")] = 900,
) -> None:
    """Install Flux on any cluster so that submodules arrive and stay. Safe to interrupt and to run again."""
    described = platform.load(folder) if (folder / platform.FILE_NAME).is_file() else None
    chosen = described.cluster(cluster) if described else None
    if chosen and chosen.embedded and not (context or kubeconfig or git_url):
        settings = Embedded.of(folder, chosen.name).bootstrap_settings()
    else:
        url = git_url or (chosen.git_url if chosen else None)
        name = chosen.name if chosen else cluster
        if url is None or name is None:
            raise ConfigError(f"there is no {platform.FILE_NAME} here", fix="give --cluster and --git-url")
        settings = Settings(
            cluster=name,
            git=GitAccess(url, username, _password(url), private_key, ca_file),
            flux=flux or _flux(),
            log=_log(name),
            branch=described.file.git.branch if described else "main",
            kubeconfig=kubeconfig,
            context=context,
        )
    settings = replace(
        settings,
        branch=branch or settings.branch,
        interval=interval or settings.interval,
        trusted_hosts=trust_host or (),
        replace_source=replace_source,
        timeout_seconds=timeout,
        rendered=lambda: _stale(folder, described),
    )
    _run(settings)


def _run(settings: Settings) -> None:
    try:
        with opened(settings) as job:
            run_steps(STEPS, job, progress_on(err))
            _show_problems(job.notices)
    except PreflightFailed as failed:
        _show_problems(failed.problems)
        err.print(f"{failed.message}; nothing was changed", markup=False)
        raise typer.Exit(failed.exit_code) from failed
    err.print(f"Flux follows {settings.branch} of {settings.git.url}", markup=False)


def _show_problems(problems: Sequence[Problem]) -> None:
    """Each with its severity, code and place, then what it is and what to do."""
    for problem in problems:
        severity = "[bold red]error[/bold red]" if problem.blocking else "[yellow]warn[/yellow] "
        err.print(f"  {severity}  {problem.code:<28} {escape(problem.place or '')}")
        err.print(f"         {escape(problem.message)}")
        err.print(f"         [green]fix[/green]  {escape(problem.fix)}")


def _password(url: str) -> str:
    password = os.environ.get(PASSWORD_VARIABLE, "")
    if not password and url.startswith("http") and sys.stdin.isatty():
        password = typer.prompt(f"Password or token for {url}", hide_input=True, default="", err=True)
    return password


def _flux() -> Path:
    found = shutil.which("flux")
    if found is None:
        raise ToolMissing("the flux CLI is not on this machine", fix="install it, or give it with --flux")
    return Path(found)


def _log(cluster: str) -> Path:
    logs = Paths.of(cluster).logs
    logs.mkdir(parents=True, exist_ok=True)
    return logs / "flux-bootstrap.log"


def _stale(folder: Path, described: platform.Platform | None) -> str | None:
    if described is None:
        return None
    changes = render.difference(folder, described).changes
    return f"{len(changes)} rendered files are not what platform.yaml says" if changes else None
