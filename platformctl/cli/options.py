"""The options that several commands share, so that they read and behave alike."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from platformctl.cli import complete
from platformctl.cli.folder import repository


class Output(StrEnum):
    """The form of what is written to stdout."""

    text = "text"
    json = "json"


OutputOption = Annotated[Output, typer.Option("--output", "-o", help="The form of the output.")]
ContextOption = Annotated[
    str | None,
    typer.Option("--context", help="Context of the kubeconfig.", autocompletion=complete.contexts),
]
KubeconfigOption = Annotated[
    Path | None,
    typer.Option("--kubeconfig", help="Default: the embedded cluster's, or as kubectl finds it."),
]
ClusterOption = Annotated[
    str | None,
    typer.Option(
        "--cluster",
        help="A cluster of platform.yaml; default: the only one, or the first if that is embedded.",
        autocompletion=complete.clusters,
    ),
]
KeyOption = Annotated[
    Path | None,
    typer.Option(
        "--age-key-file",
        help="The private key to the secrets; default: SOPS_AGE_KEY_FILE. An embedded cluster has its own.",
        exists=True,
        dir_okay=False,
    ),
]
RepositoryArgument = Annotated[
    Path,
    typer.Argument(
        help="The platform's repository; default: the one that this folder lies in.",
        callback=repository,
        show_default=False,
    ),
]
FluxRepositoryArgument = Annotated[
    Path,
    typer.Argument(
        help="A Flux repository; default: the one that this folder lies in.",
        callback=repository,
        show_default=False,
    ),
]
OneClusterOption = Annotated[
    str | None,
    typer.Option(
        "--cluster",
        help="Only this cluster: its name, or its folder.",
        autocompletion=complete.clusters,
    ),
]
