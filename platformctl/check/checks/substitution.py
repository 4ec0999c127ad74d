"""Variables that nothing replaces, or replaces by nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from platformctl.build.objects import is_flux_kustomization
from platformctl.check.cluster import Cluster
from platformctl.check.finding import Finding
from platformctl.check.registry import LEFT, check

_EXPRESSION = re.compile(r"\$\{[_A-Za-z][_A-Za-z0-9]*(:?[-=][^}]*)?\}")
_SCRIPTS = frozenset({"command", "args", "data", "binaryData", "stringData", "annotations", "values"})
"""Fields whose text other programs read, which have ``${...}`` of their own."""


@check("substitution/undefined")
def variable_is_set(cluster: Cluster) -> Iterator[Finding]:
    """A variable without a default must be set by ``postBuild``.

    Flux puts nothing in its place and says nothing, unless its strict feature gate is on.
    """
    for undefined in cluster.undefined:
        yield cluster.at(undefined.object).finding(
            f"uses ${{{undefined.name}}}, which {undefined.kustomization.id} does not set",
            f"set it in spec.postBuild of {undefined.kustomization.id}, or give a default: "
            f"${{{undefined.name}:=...}}",
        )


@check(LEFT)
def variable_is_replaced(cluster: Cluster) -> Iterator[Finding]:
    """A ``${...}`` in a Kustomization without ``postBuild`` reaches the cluster as it is.

    Flux substitutes only where at least one variable is given.
    """
    substituting = {
        item.id for item in cluster.objects if is_flux_kustomization(item) and item.spec.get("postBuild")
    }
    for item in cluster.objects:
        if item.origin.release or item.origin.kustomization in substituting:
            continue
        if item.kind == "CustomResourceDefinition":
            continue
        for field, text in _strings(item.data, ()):
            match = _EXPRESSION.search(text)
            if match:
                yield cluster.at(item, *field).finding(
                    f"holds {match.group()}, and no postBuild of its Kustomization substitutes it",
                    "set it in spec.postBuild of the Kustomization, or write the value itself",
                )


def _strings(value: Any, field: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    if isinstance(value, str):
        yield field, value
    elif isinstance(value, dict):
        for key, inner in value.items():
            if key not in _SCRIPTS:
                yield from _strings(inner, (*field, str(key)))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _strings(inner, (*field, index))
