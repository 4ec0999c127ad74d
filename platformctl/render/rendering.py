"""Platform -> the text of every rendered file. Pure: the same platform gives the same bytes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import yaml

from platformctl.platform import Cluster, Component, Platform
from platformctl.render import packaged
from platformctl.render.templates import TemplateError, Templates

HEADER = "# Rendered by platformctl from platform.yaml: edit that, then run `platformctl render`.\n"
"""The first line of every rendered file; a file without it is never overwritten or removed."""


def render(platform: Platform, own_templates: Path | None = None) -> dict[str, str]:
    """The text of every rendered file by its path in the repository, sorted.

    A template in ``own_templates`` (a repository's ``templates/``) stands before ours of the same name.

    Raises:
        TemplateError: a template is wrong, or what it gives is not YAML.
    """
    ours = packaged.folder("templates")
    source = Templates(own_templates, ours) if own_templates else Templates(ours)
    files: dict[str, str] = {}
    for component in platform.components:
        files.update(_base(platform, component, source))
    for cluster in platform.clusters.values():
        files.update(_cluster(cluster, source))
    for path, text in files.items():
        _is_yaml(path, text)
    return {path: HEADER + files[path] for path in sorted(files)}


def _base(platform: Platform, component: Component, source: Templates) -> Iterator[tuple[str, str]]:
    scope: Mapping[str, object] = {
        "platform": platform,
        "component": component,
        "images": platform.images(component),
    }
    values = source.text("base/images.yaml", **scope)
    values += source.optional(f"values/{component.name}/base.yaml", **scope)
    folder = f"clusters/base/{component.name}"
    yield f"{folder}/kustomization.yaml", source.text("base/kustomization.yaml", **scope)
    yield f"{folder}/release.yaml", source.text("base/release.yaml", values=values.rstrip(), **scope)


def _cluster(cluster: Cluster, source: Templates) -> Iterator[tuple[str, str]]:
    for name in (
        "flux-system/kustomization.yaml",
        "kustomization.yaml",
        "kustomizations.yaml",
        "namespaces.yaml",
    ):
        yield f"{cluster.path}/{name}", source.text(f"cluster/{name}", cluster=cluster)
    for component in cluster.components:
        scope: Mapping[str, object] = {
            "cluster": cluster,
            "platform": cluster.platform,
            "component": component,
            "images": cluster.platform.images(component),
        }
        values = source.optional(f"values/{component.name}/cluster.yaml", **scope).strip()
        folder = f"{cluster.path}/{component.name}"
        yield (
            f"{folder}/kustomization.yaml",
            source.text("overlay/kustomization.yaml", values=values, **scope),
        )
        if values:
            yield f"{folder}/values.yaml", source.text("overlay/values.yaml", values=values, **scope)


def _is_yaml(path: str, text: str) -> None:
    try:
        list(yaml.load_all(text, Loader=yaml.CSafeLoader))
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 2 if error.problem_mark else 1
        raise TemplateError(f"the templates give no YAML: {error.problem}", place=f"{path}:{line}") from error
