"""Every command's place on the command line."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer
import typer.main

from platformctl.cli.app import INTERRUPTED
from platformctl.cli.lazy import Entry, LazyGroup, Through
from platformctl.errors import ConfigError

DECLARE, PROVE, RUN = "Declare: one file to a repository", "Prove: offline", "Run: a cluster"


class Commands(LazyGroup):
    """The commands of platformctl, in the order of the help."""

    entries = {  # noqa: RUF012
        "init": Entry(
            "platformctl.cli.init:init",
            "Write a new platform repository: platform.yaml, charts, and what Flux reads.",
            DECLARE,
        ),
        "render": Entry(
            "platformctl.cli.render:render",
            "Write what platform.yaml says into clusters/, which Flux reads.",
            DECLARE,
        ),
        "secrets": Entry(
            "platformctl.cli.secrets:secrets_app",
            "Passwords and keys, encrypted in Git: init, list, rotate, edit.",
            DECLARE,
        ),
        "build": Entry(
            "platformctl.cli.build:build",
            "Print all that Flux would apply, after kustomize, substitution and Helm.",
            PROVE,
        ),
        "validate": Entry(
            "platformctl.cli.validate:validate",
            "Check platform.yaml, schemas, references and substitutions of any Flux repository.",
            PROVE,
        ),
        "doctor": Entry(
            "platformctl.cli.doctor:doctor",
            "What this machine lacks, before anything starts.",
            PROVE,
        ),
        "up": Entry(
            "platformctl.cli.up:up",
            "Start the platform on this machine and prove that it answers.",
            RUN,
        ),
        "down": Entry(
            "platformctl.cli.up:down",
            "Stop the platform on this machine; nothing of it keeps running or stays mounted.",
            RUN,
        ),
        "bootstrap": Entry(
            "platformctl.cli.bootstrap:bootstrap",
            "Install Flux on any cluster so that submodules arrive and stay.",
            RUN,
        ),
        "status": Entry(
            "platformctl.cli.status:status",
            "Show sources, releases, pods, autoscalers, certificates, models and hosts.",
            RUN,
        ),
        "auth": Entry(
            "platformctl.cli.auth:auth_app",
            "The login: trace names the link that is broken, realm brings Keycloak to what Git says.",
            RUN,
        ),
        "models": Entry(
            "platformctl.cli.models:models_app",
            "The models: list, verify, repair, lock.",
            RUN,
        ),
    }


app = typer.Typer(
    name="platformctl",
    help="One platform.yaml in, a Flux-reconciled private LLM chat platform out, proven before it is pushed.",
    cls=Commands,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        typer.echo(f"platformctl {version('platformctl')}")
        raise typer.Exit


def _go_to(folder: Path | None) -> None:
    if folder is None:
        return
    try:
        os.chdir(folder)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise ConfigError(f"-C {folder}: there is no such folder") from error


@app.callback()
def platformctl(
    _: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
    directory: Annotated[
        Path | None,
        typer.Option("-C", "--directory", help="Work as if started in this folder, as git -C does."),
    ] = None,
) -> None:
    _go_to(directory)


def run() -> int:
    """Run what the command line says, and return the exit code.

    Raises:
        PlatformctlError: what a command raised, or a ConfigError for wrong use.
        KeyboardInterrupt, BrokenPipeError: as they came.
    """
    command = typer.main.get_command(app)
    try:
        code: int = command.main(prog_name="platformctl", standalone_mode=False) or 0
    except Through as carried:
        raise carried.error from None
    except typer.Abort:
        typer.echo("\nstopped; nothing was changed", err=True)
        return INTERRUPTED
    except typer.TyperException as error:
        if not error.format_message():  # nothing was given, and the help is shown
            return error.exit_code
        raise _wrong_use(error) from error
    if code == INTERRUPTED:  # typer's word for Ctrl-C before the command began
        raise KeyboardInterrupt
    return code


def _wrong_use(error: typer.TyperException) -> ConfigError:
    context = getattr(error, "ctx", None)
    asked = context.command_path if context else "platformctl"
    return ConfigError(error.format_message().strip(), fix=f"{asked} --help")
