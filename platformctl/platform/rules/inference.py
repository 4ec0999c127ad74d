"""The models, how many pods answer, and where the models are kept."""

from __future__ import annotations

from collections.abc import Iterator

from platformctl.platform.embedded import STORAGE_ACCESS_MODES, STORAGE_CLASS
from platformctl.platform.rules.scope import Scope
from platformctl.platform.similar import suggestion
from platformctl.platform.source import Problem


def inference(scope: Scope) -> Iterator[Problem]:
    """The rules of this file."""
    yield from _models(scope)
    yield from _replicas(scope)
    yield from _storage(scope)


def _models(scope: Scope) -> Iterator[Problem]:
    models = scope.cluster.inference.models
    for index, model in enumerate(models):
        place = ("inference", "models", index)
        if model not in scope.file.models:
            line = scope.source.line(("models",))
            hint = suggestion(model, list(scope.file.models))
            yield scope.problem(place, f'"{model}" is not in models (line {line}).{hint}')
        elif model in models[:index]:
            first = scope.line(("inference", "models", models.index(model)))
            yield scope.problem(place, f'"{model}" stands on line {first} already.')


def _replicas(scope: Scope) -> Iterator[Problem]:
    replicas = scope.cluster.api.replicas
    if replicas.min > replicas.max:
        place = ("api", "replicas")
        line = scope.line((*place, "max"))
        yield scope.problem(
            (*place, "min"), f"{replicas.min} is more than max, which is {replicas.max} (line {line})."
        )


def _storage(scope: Scope) -> Iterator[Problem]:
    storage = scope.cluster.inference.storage
    place = ("inference", "storage")
    if scope.cluster.target == "embedded" and storage.class_name != STORAGE_CLASS:
        line = scope.line(("target",))
        yield scope.problem(
            (*place, "className"),
            f'"{storage.class_name}" does not exist on an embedded cluster (target, line {line}), '
            f'which has "{STORAGE_CLASS}".',
        )
    elif storage.class_name == STORAGE_CLASS and storage.access_mode not in STORAGE_ACCESS_MODES:
        line = scope.line((*place, "className"))
        yield scope.problem(
            (*place, "accessMode"),
            f'"{storage.access_mode}" does not go with class "{STORAGE_CLASS}" (line {line}), '
            f"whose volumes are folders of one node: {' or '.join(STORAGE_ACCESS_MODES)}.",
        )
