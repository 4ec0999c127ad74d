"""The checks; importing this package registers them all."""

from platformctl.check.checks import (
    building,
    declared,
    files,
    flux,
    network,
    ownership,
    pod,
    schema,
    secrets,
    storage,
    submodules,
    substitution,
    workload,
)

__all__ = [
    "building",
    "declared",
    "files",
    "flux",
    "network",
    "ownership",
    "pod",
    "schema",
    "secrets",
    "storage",
    "submodules",
    "substitution",
    "workload",
]
