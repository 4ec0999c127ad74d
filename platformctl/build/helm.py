"""Rendering one HelmRelease whose chart is on this machine."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from platformctl.build.causes import Cause, Unbuildable, of_helm
from platformctl.build.confinement import Confinement
from platformctl.build.documents import Data, dump, split
from platformctl.build.kustomize import post_render
from platformctl.build.objects import Object
from platformctl.build.repository import Repository
from platformctl.build.submodules import holding, submodules_in
from platformctl.build.tools import ToolError, Tools

KUBE_VERSION = "1.34.4"
"""What a chart is told about the cluster."""


class ChartMissing(ToolError):
    """The chart's folder is not in the repository."""


@dataclass(frozen=True)
class Chart:
    """A chart, and values files beside the one it brings.

    Attributes:
        path: its folder in the repository; its name, where it comes from a chart repository.
        values_files: in the repository, or in the chart, as it has its folder.
        packaged: its folder on this machine, if it is not in the repository.
    """

    path: str
    values_files: tuple[str, ...] = ()
    packaged: Path | None = None


def release_namespace(release: Object) -> str:
    return str(release.spec.get("targetNamespace") or release.namespace)


def release_name(release: Object) -> str:
    """The name that Helm uses, made as helm-controller makes it."""
    if release.spec.get("releaseName"):
        return str(release.spec["releaseName"])
    target = release.spec.get("targetNamespace")
    return f"{target}-{release.name}" if target else release.name


def template(
    repository: Repository,
    tools: Tools,
    release: Object,
    chart: Chart,
    values: Data,
    api_versions: list[str],
) -> list[tuple[str, str | None]]:
    """What helm-controller would install.

    Returns:
        The text of each object, and the chart's template that it comes from, if that is in the repository.

    Raises:
        ChartMissing: the chart does not exist.
        Refused: a link in it, or a values file that is one.
        Unbuildable: Helm said no.
    """
    folder = chart.packaged or _confined(chart, repository)
    with tempfile.NamedTemporaryFile("w", dir=repository.scratch, suffix=".yaml", delete=False) as stream:
        stream.write(dump(values))
    arguments = [_no_option(release_name(release)), str(folder), "--namespace", release_namespace(release)]
    arguments += ["--kube-version", KUBE_VERSION, "--skip-tests"]
    if (release.spec.get("install") or {}).get("crds") != "Skip":
        arguments.append("--include-crds")
    for file in chart.values_files:
        arguments += ["--values", str((chart.packaged or repository.root) / file)]
    arguments += ["--values", stream.name]
    for version in api_versions:
        arguments += ["--api-versions", version]
    try:
        text = tools.helm_template(arguments)
    except ToolError as error:
        if chart.packaged:
            raise _of_packaged(of_helm(error, str(folder), values, (), repository), folder) from error
        files = [f"{chart.path}/values.yaml", *chart.values_files]
        raise of_helm(error, chart.path, values, files, repository) from error
    for renderer in release.spec.get("postRenderers") or ():
        if isinstance(renderer, dict) and renderer.get("kustomize"):
            text = post_render(repository, tools, text, renderer["kustomize"])
    if chart.packaged:
        return [(document, None) for document in split(text)]
    return [(document, _source(document, folder, repository)) for document in split(text)]


def _confined(chart: Chart, repository: Repository) -> Path:
    """The folder of a chart of the repository, in which is what Flux takes for the chart."""
    folder = repository.root / chart.path
    confinement = Confinement(repository)
    confinement.no_link(chart.path)
    for file in [*_all_files(folder, repository), *chart.values_files]:
        confinement.no_link(file)
    if not (folder / "Chart.yaml").is_file():
        raise ChartMissing(_missing_chart(repository.root, chart.path))
    return folder


def _of_packaged(error: Unbuildable, folder: Path) -> Unbuildable:
    """Without places in the chart, which is not the user's: the release's values are to be changed."""
    causes = []
    for cause in error.causes:
        if cause.place is None:
            causes.append(cause)
            continue
        file = Path(cause.place.file).relative_to(folder)
        causes.append(Cause(f"the chart's {file}: {cause.message}", None, ("spec", "values")))
    return Unbuildable(causes)


def _no_option(name: str) -> str:
    """A release's name, which Helm must not take for an option."""
    if len(name) > 53 or not re.fullmatch(
        r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*", name
    ):
        raise ToolError(f'"{name}" cannot be the name of a release')
    return name


def _all_files(folder: Path, repository: Repository) -> Iterator[str]:
    """Everything in a chart, links too: Helm would follow them."""
    for parent, folders, files in os.walk(folder):
        for name in [*folders, *files]:
            yield repository.relative(Path(parent, name))


def _source(document: str, folder: Path, repository: Repository) -> str | None:
    """Helm writes ``# Source: <chart name>/templates/x.yaml`` before each object."""
    match = re.search(r"(?m)^# Source: [^/\n]+/(.+)$", document)
    return repository.relative(folder / match.group(1)) if match else None


def _missing_chart(root: Path, path: str) -> str:
    submodule = holding(path, submodules_in(root))
    if submodule is None:
        return f"there is no chart in {path}"
    return f"there is no chart in {path}: the submodule {submodule.path} is not checked out"
