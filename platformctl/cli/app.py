"""The command line: every command's place, and the one place where errors become exit codes."""

from __future__ import annotations

import signal
import sys
from importlib.metadata import version
from typing import Annotated

import typer

from platformctl.cli.bootstrap import bootstrap
from platformctl.cli.build import build
from platformctl.cli.console import err, out
from platformctl.cli.doctor import doctor
from platformctl.cli.errors import show_error
from platformctl.cli.init import init
from platformctl.cli.models import models_app
from platformctl.cli.render import render
from platformctl.cli.status import status
from platformctl.cli.up import down, up
from platformctl.cli.validate import validate
from platformctl.errors import PlatformctlError

INTERRUPTED = 130  # what a shell shows for a program that ended by Ctrl-C

app = typer.Typer(
    name="platformctl",
    help="One platform.yaml in, a Flux-reconciled private LLM chat platform out, proven before it is pushed.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)

DECLARE, PROVE, RUN = "Declare: one file to a repository", "Prove: offline", "Run: a cluster"
app.command(rich_help_panel=DECLARE)(init)
app.command(rich_help_panel=DECLARE)(render)
app.command(rich_help_panel=PROVE)(build)
app.command(rich_help_panel=PROVE)(validate)
app.command(rich_help_panel=PROVE)(doctor)
app.command(rich_help_panel=RUN)(up)
app.command(rich_help_panel=RUN)(down)
app.command(rich_help_panel=RUN)(bootstrap)
app.command(rich_help_panel=RUN)(status)
app.add_typer(models_app, name="models", rich_help_panel=RUN)


def _version(asked: bool) -> None:
    if asked:
        out.print(f"platformctl {version('platformctl')}")
        raise typer.Exit


@app.callback()
def platformctl(
    _: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass


def main() -> None:
    """Run the command line; the entry point of the installed program."""
    for asked_to_end in (signal.SIGTERM, signal.SIGHUP):
        # As Ctrl-C: what is half done is cleaned up by the same `finally` blocks.
        signal.signal(asked_to_end, signal.default_int_handler)
    try:
        app()
    except PlatformctlError as error:
        show_error(error, err)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        err.print("\ninterrupted; the same command goes on from here")
        sys.exit(INTERRUPTED)
