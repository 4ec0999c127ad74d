"""What has to agree between keys of platform.yaml. Each rule names both places."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

from platformctl.platform.catalogue import CATALOGUE
from platformctl.platform.embedded import STORAGE_ACCESS_MODES, STORAGE_CLASS
from platformctl.platform.schema import ClusterSettings, PlatformFile
from platformctl.platform.source import Path, Problem, Source

CUTOFF = 0.7
"""How alike two names have to be for one to be taken for the other."""


SHARED_FOLDERS = frozenset({"base", "common", "components"})
"""Folders of ``clusters/`` that are no cluster: the first is rendered, all are usual with Flux."""


def suggestion(wrong: str, known: list[str]) -> str:
    """`` Did you mean "x"?``, or nothing."""
    close = get_close_matches(wrong, known, n=1, cutoff=CUTOFF)
    return f' Did you mean "{close[0]}"?' if close else ""


def cross_checks(file: PlatformFile, source: Source) -> Iterator[Problem]:
    """All disagreements between keys that are each fine on their own."""
    yield from _components(file, source)
    for name, cluster in file.clusters.items():
        path: Path = ("clusters", name)
        if name in SHARED_FOLDERS:
            message = f'"{name}" is a folder of clusters/ that all clusters share; choose another name.'
            yield source.problem(path, message)
        yield from _models(file, cluster, path, source)
        yield from _replicas(cluster, path, source)
        yield from _storage(cluster, path, source)
        yield from _ports(cluster, path, source)


def _components(file: PlatformFile, source: Source) -> Iterator[Problem]:
    for name in file.components:
        if name not in CATALOGUE:
            known = list(CATALOGUE)
            hint = suggestion(name, known) or f" There are: {', '.join(known)}."
            yield source.problem(("components", name), f'"{name}" is not a component.{hint}')


def _models(file: PlatformFile, cluster: ClusterSettings, path: Path, source: Source) -> Iterator[Problem]:
    models = cluster.inference.models
    for index, model in enumerate(models):
        place = (*path, "inference", "models", index)
        if model not in file.models:
            line = source.line(("models",))
            hint = suggestion(model, list(file.models))
            yield source.problem(place, f'"{model}" is not in models (line {line}).{hint}')
        elif model in models[:index]:
            first = source.line((*path, "inference", "models", models.index(model)))
            yield source.problem(place, f'"{model}" stands on line {first} already.')


def _replicas(cluster: ClusterSettings, path: Path, source: Source) -> Iterator[Problem]:
    replicas = cluster.api.replicas
    if replicas.min > replicas.max:
        place = (*path, "api", "replicas")
        line = source.line((*place, "max"))
        yield source.problem(
            (*place, "min"), f"{replicas.min} is more than max, which is {replicas.max} (line {line})."
        )


def _storage(cluster: ClusterSettings, path: Path, source: Source) -> Iterator[Problem]:
    storage = cluster.inference.storage
    place = (*path, "inference", "storage")
    if cluster.target == "embedded" and storage.class_name != STORAGE_CLASS:
        line = source.line((*path, "target"))
        yield source.problem(
            (*place, "className"),
            f'"{storage.class_name}" does not exist on an embedded cluster (target, line {line}), '
            f'which has "{STORAGE_CLASS}".',
        )
    elif storage.class_name == STORAGE_CLASS and storage.access_mode not in STORAGE_ACCESS_MODES:
        line = source.line((*place, "className"))
        yield source.problem(
            (*place, "accessMode"),
            f'"{storage.access_mode}" does not go with class "{STORAGE_CLASS}" (line {line}), '
            f"whose volumes are folders of one node: {' or '.join(STORAGE_ACCESS_MODES)}.",
        )


def _ports(cluster: ClusterSettings, path: Path, source: Source) -> Iterator[Problem]:
    if cluster.embedded is None:
        return
    place = (*path, "embedded")
    if cluster.target != "embedded":
        line = source.line((*path, "target"))
        yield source.problem(
            place, f'is for embedded clusters; the target is "{cluster.target}" (line {line}).'
        )
    elif cluster.embedded.http_port == cluster.embedded.git_port:
        line = source.line((*place, "httpPort"))
        yield source.problem(
            (*place, "gitPort"), f"{cluster.embedded.git_port} is httpPort already (line {line})."
        )
