"""``platformctl build``: prints all that Flux would apply."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from platformctl import build as building
from platformctl.build.documents import dump
from platformctl.cli.console import err
from platformctl.cli.options import FluxRepositoryArgument, OneClusterOption
from platformctl.cli.tools import chart_folder, programs


class Output(StrEnum):
    """How objects are printed."""

    YAML = "yaml"
    JSON = "json"


def build(
    folder: FluxRepositoryArgument = Path(),
    cluster: OneClusterOption = None,
    output: Annotated[Output, typer.Option("-o", "--output", help="The form of the objects.")] = Output.YAML,
) -> None:
    """Print all that Flux would apply, after kustomize, substitution and Helm. Needs no cluster."""
    folders = [building.cluster_folder(folder, cluster)] if cluster else building.cluster_names(folder)
    tools = programs()
    builds = [building.build(folder, name, tools, chart_folder) for name in folders]
    if output is Output.JSON:
        typer.echo(json.dumps({"clusters": [_as_json(each) for each in builds]}, indent=2))
    else:
        for each in builds:
            for item in each.objects:
                typer.echo(f"---\n# {item.origin}\n{dump(item.data)}", nl=False)
    failed = False
    for each in builds:
        for note in each.notes:
            err.print(f"{each.folder}: {note}", markup=False, style="dim")
        for problem in each.problems:
            about = problem.object.id if problem.object else each.folder
            err.print(f"{each.folder}: {about}: {problem.sentence}", markup=False, style="red")
            failed = True
    if failed:
        raise typer.Exit(1)


def _as_json(each: building.Build) -> dict[str, Any]:
    return {
        "cluster": each.folder,
        "objects": [
            {
                "file": item.origin.file,
                "kustomization": str(item.origin.kustomization) if item.origin.kustomization else None,
                "release": str(item.origin.release) if item.origin.release else None,
                "object": item.data,
            }
            for item in each.objects
        ],
        "problems": [problem.sentence for problem in each.problems],
        "notes": each.notes,
    }
