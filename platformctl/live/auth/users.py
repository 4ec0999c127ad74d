"""The passwords of the test users, as the cluster has them."""

from __future__ import annotations

import base64

from platformctl.errors import NotHealthy
from platformctl.live.kinds import SECRET
from platformctl.live.kubernetes import Cluster
from platformctl.platform.secrets import KEYCLOAK_USERS


def password(kube: Cluster, user: str) -> str:
    """The password of a test user.

    Raises:
        NotHealthy: the cluster has none for this name.
    """
    secret = kube.get(SECRET, KEYCLOAK_USERS.name, KEYCLOAK_USERS.namespace)
    found = (secret or {}).get("data", {}).get(user)
    if not found:
        place = f"Secret/{KEYCLOAK_USERS.namespace}/{KEYCLOAK_USERS.name}"
        raise NotHealthy(f"there is no password of a test user {user}", place=place)
    return base64.b64decode(found).decode()
