"""Reads a value of a Secret in a cluster."""

from __future__ import annotations

import base64

from platformctl.live.kinds import SECRET
from platformctl.live.kubernetes import Cluster


def read(kube: Cluster, namespace: str, name: str, key: str) -> str | None:
    """The value of a key, or None where the Secret or the key is not there."""
    found = (kube.get(SECRET, name, namespace) or {}).get("data", {}).get(key)
    return None if found is None else base64.b64decode(found).decode()
