"""What has to agree between keys of platform.yaml. Each rule names both places."""

from __future__ import annotations

from collections.abc import Iterator

from platformctl.platform.catalogue import CATALOGUE
from platformctl.platform.rules.inference import inference
from platformctl.platform.rules.login import login
from platformctl.platform.rules.network import network
from platformctl.platform.rules.scope import Scope
from platformctl.platform.rules.secrets import secrets
from platformctl.platform.schema import PlatformFile
from platformctl.platform.similar import suggestion
from platformctl.platform.source import Problem, Source

SHARED_FOLDERS = frozenset({"base", "common", "components"})
"""Folders of ``clusters/`` that are no cluster: the first is rendered, all are usual with Flux."""


def cross_checks(file: PlatformFile, source: Source) -> Iterator[Problem]:
    """All disagreements between keys that are each fine on their own."""
    yield from _components(file, source)
    for name, cluster in file.clusters.items():
        scope = Scope(file, cluster, ("clusters", name), source)
        if name in SHARED_FOLDERS:
            message = f'"{name}" is a folder of clusters/ that all clusters share; choose another name.'
            yield scope.problem((), message)
        for rules in (inference, network, login, secrets):
            yield from rules(scope)


def _components(file: PlatformFile, source: Source) -> Iterator[Problem]:
    for name, settings in file.components.items():
        if name not in CATALOGUE:
            known = list(CATALOGUE)
            hint = suggestion(name, known) or f" There are: {', '.join(known)}."
            yield source.problem(("components", name), f'"{name}" is not a component.{hint}')
        elif chart := CATALOGUE[name].chart:
            for key in settings.model_fields_set:
                yield source.problem(
                    ("components", name, key),
                    f"cannot be set: {name} is its authors' chart and images, version {chart.version}.",
                )
        elif "version" in settings.model_fields_set and "image" not in CATALOGUE[name].images:
            message = f"is an image's tag, and {name} has no image."
            yield source.problem(("components", name, "version"), message)
