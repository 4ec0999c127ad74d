"""The checks; importing this package registers them all."""

from platformctl.check.checks import (
    building,
    flux,
    network,
    ownership,
    schema,
    storage,
    substitution,
    workload,
)

__all__ = ["building", "flux", "network", "ownership", "schema", "storage", "substitution", "workload"]
