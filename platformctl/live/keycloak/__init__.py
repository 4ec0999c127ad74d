"""Keycloak's Admin API, through a port-forward: no host of the platform leads to it."""

from platformctl.live.keycloak.admin import Admin, administered

__all__ = ["Admin", "administered"]
