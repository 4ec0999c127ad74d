"""``platformctl init``: a new platform repository from a few answers."""

from __future__ import annotations

import dataclasses
import shutil
import subprocess
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from platformctl import render as rendering
from platformctl.cli.console import err
from platformctl.errors import PlatformctlError, ToolMissing

_DEFAULTS = rendering.Answers()


class Target(StrEnum):
    """Where a cluster runs."""

    EMBEDDED = "embedded"
    EXISTING = "existing"


def init(
    folder: Annotated[Path, typer.Argument(help="A new folder.")],
    name: Annotated[str | None, typer.Option(help="The platform's name.")] = None,
    cluster: Annotated[str | None, typer.Option(help="The first cluster's name.")] = None,
    target: Annotated[Target | None, typer.Option(help="This machine, or a cluster that exists.")] = None,
    domain: Annotated[str | None, typer.Option(help="Host name of the chat page.")] = None,
    git_url: Annotated[str | None, typer.Option(help="Where the repository will be pushed.")] = None,
    registry: Annotated[str, typer.Option(help="Where our images are published.")] = _DEFAULTS.registry,
    model: Annotated[
        list[str] | None, typer.Option(help="A model; repeatable, the first is the default.")
    ] = None,
    storage_class: Annotated[str | None, typer.Option(help="Storage class for the models.")] = None,
    size: Annotated[str, typer.Option(help="Room for the models.")] = _DEFAULTS.size,
    git: Annotated[bool, typer.Option(help="Make a Git repository with a first commit.")] = True,
) -> None:
    """Write a new platform repository: platform.yaml, charts, and what Flux reads.

    What no option says is asked for on a terminal, and has a default elsewhere.
    """
    if git and shutil.which("git") is None:
        raise ToolMissing("git is not on PATH", fix="install git, or give --no-git")
    chosen = target.value if target else _ask("Target (embedded or existing)", _DEFAULTS.target)
    default_class = _DEFAULTS.storage_class if chosen == Target.EMBEDDED else "standard"
    answers = dataclasses.replace(
        _DEFAULTS,
        name=name or _ask("Name", folder.absolute().name),
        cluster=cluster or _ask("Cluster", _DEFAULTS.cluster),
        target=chosen,
        domain=domain or _ask("Domain", _DEFAULTS.domain),
        git_url=git_url or _ask("Git URL", _DEFAULTS.git_url),
        registry=registry,
        models=model or _DEFAULTS.models,
        storage_class=storage_class or _ask("Storage class", default_class),
        size=size,
    )
    platform = rendering.start(folder, answers)
    if git:
        _first_commit(folder)
    err.print(f"{folder} holds {len(platform.components)} components for cluster {answers.cluster}")
    go = (
        "platformctl up"
        if chosen == Target.EMBEDDED
        else f"platformctl bootstrap --cluster {answers.cluster}"
    )
    err.print(f"Next: cd {folder} && {go}", markup=False)


def _ask(question: str, default: str) -> str:
    return str(typer.prompt(question, default=default, err=True)) if sys.stdin.isatty() else default


def _first_commit(folder: Path) -> None:
    for command in (
        ("init", "--quiet", "--initial-branch=main"),
        ("add", "--all"),
        ("commit", "--quiet", "--message=Start"),
    ):
        done = subprocess.run(["git", "-C", folder, *command], capture_output=True, text=True, check=False)
        if done.returncode:
            raise PlatformctlError(
                f"{folder} is written, but git {command[0]} failed: {done.stderr.strip()}",
                fix=f"mend that (often: git config --global user.email), then git -C {folder} add --all and"
                f" git -C {folder} commit",
            )
