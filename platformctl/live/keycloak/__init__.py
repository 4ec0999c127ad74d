"""Keycloak's Admin API, through a port-forward: no host of the platform leads to it."""

from platformctl.live.keycloak.admin import Admin, administered
from platformctl.live.keycloak.compare import Difference, Drift, Unknown, compare
from platformctl.live.keycloak.drift import APPLY, mend_realm, realm_drift
from platformctl.live.keycloak.wanted import Wanted, wanted_realm

__all__ = [
    "APPLY",
    "Admin",
    "Difference",
    "Drift",
    "Unknown",
    "Wanted",
    "administered",
    "compare",
    "mend_realm",
    "realm_drift",
    "wanted_realm",
]
