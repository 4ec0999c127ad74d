"""The options that several commands share, so that they read and behave alike."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Output(StrEnum):
    """The form of what is written to stdout."""

    text = "text"
    json = "json"


OutputOption = Annotated[Output, typer.Option("--output", "-o", help="The form of the output.")]
ContextOption = Annotated[str | None, typer.Option("--context", help="Context of the kubeconfig.")]
KubeconfigOption = Annotated[
    Path | None,
    typer.Option("--kubeconfig", help="Default: the embedded cluster's, or as kubectl finds it."),
]
RepositoryArgument = Annotated[Path, typer.Argument(help="The platform's repository.")]
