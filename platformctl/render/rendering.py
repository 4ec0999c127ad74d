"""Platform -> the text of every rendered file. Pure: the same platform gives the same bytes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import yaml

from platformctl.platform import SECRETS, Cluster, Component, Platform
from platformctl.platform.rotation import ROTATED, starts_anew
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
    images = platform.images(component)
    scope: Mapping[str, object] = {"platform": platform, "component": component, "images": images}
    # An upstream chart has names of its own for its images, which its template of values knows.
    values = "" if component.chart else source.text("base/images.yaml", **scope)
    values += source.optional(f"values/{component.name}/base.yaml", **scope)
    folder = f"clusters/base/{component.name}"
    yield f"{folder}/kustomization.yaml", source.text("base/kustomization.yaml", **scope)
    yield f"{folder}/release.yaml", source.text("base/release.yaml", values=values.rstrip(), **scope)


def _cluster(cluster: Cluster, source: Templates) -> Iterator[tuple[str, str]]:
    names = ["flux-system/kustomization.yaml", "kustomization.yaml", "kustomizations.yaml", "namespaces.yaml"]
    if cluster.chart_repositories:
        names.append("sources.yaml")
    if cluster.secrets:
        names.append(f"{SECRETS}/kustomization.yaml")
    for name in names:
        yield f"{cluster.path}/{name}", source.text(f"cluster/{name}", cluster=cluster, secrets_name=SECRETS)
    if cluster.secret_store.store == "external":
        for secret in cluster.secrets:
            text = source.text(f"cluster/{SECRETS}/external.yaml", cluster=cluster, secret=secret)
            yield f"{cluster.secrets_path}/{secret.file}", text
    for component in cluster.components:
        yield from _overlay(cluster, component, source)


def _overlay(cluster: Cluster, component: Component, source: Templates) -> Iterator[tuple[str, str]]:
    platform = cluster.platform
    images = cluster.images_of(component)
    scope: Mapping[str, object] = {
        "cluster": cluster,
        "platform": platform,
        "component": component,
        "images": images,
    }
    values = ""
    if not component.chart:
        base = platform.images(component)
        retagged = {key: image for key, image in images.items() if image.tag != base[key].tag}
        values += source.text("overlay/images.yaml", images=retagged)
    values += source.optional(f"values/{component.name}/cluster.yaml", **scope)
    values = values.strip()
    # A store of somebody else's does not tell when a value was made.
    ours = cluster.secrets_of(component) if cluster.secret_store.store == "sops" else ()
    rotated = [secret for secret in ours if starts_anew(component.name, secret.name)]
    patched = bool(values or rotated)
    folder = f"{cluster.path}/{component.name}"
    kustomization = source.text("overlay/kustomization.yaml", patched=patched, **scope)
    yield f"{folder}/kustomization.yaml", kustomization
    if patched:
        text = source.text(
            "overlay/values.yaml", values=values, rotated=rotated, rotated_key=ROTATED, **scope
        )
        yield f"{folder}/values.yaml", text


def _is_yaml(path: str, text: str) -> None:
    try:
        list(yaml.load_all(text, Loader=yaml.CSafeLoader))
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 2 if error.problem_mark else 1
        raise TemplateError(f"the templates give no YAML: {error.problem}", place=f"{path}:{line}") from error
