"""The checks; importing this package registers them all."""

from platformctl.check.checks import (
    building,
    declared,
    flux,
    network,
    ownership,
    schema,
    storage,
    submodules,
    substitution,
    workload,
)

__all__ = [
    "building",
    "declared",
    "flux",
    "network",
    "ownership",
    "schema",
    "storage",
    "submodules",
    "substitution",
    "workload",
]
