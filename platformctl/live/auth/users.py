"""The passwords of the test users, as the cluster has them."""

from __future__ import annotations

from platformctl.errors import NotHealthy
from platformctl.live import secret
from platformctl.live.kubernetes import Cluster
from platformctl.platform.secrets import KEYCLOAK_USERS


def password(kube: Cluster, user: str) -> str:
    """The password of a test user.

    Raises:
        NotHealthy: the cluster has none for this name.
    """
    found = secret.read(kube, KEYCLOAK_USERS.namespace, KEYCLOAK_USERS.name, user)
    if not found:
        place = f"Secret/{KEYCLOAK_USERS.namespace}/{KEYCLOAK_USERS.name}"
        raise NotHealthy(f"there is no password of a test user {user}", place=place)
    return found
