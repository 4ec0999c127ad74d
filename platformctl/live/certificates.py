"""The authority that signed the certificates of a platform's hosts."""

from __future__ import annotations

import base64

from platformctl.errors import NotHealthy
from platformctl.live.kinds import SECRET
from platformctl.live.kubernetes import Cluster

NAMESPACE, NAME = "istio-ingress", "platform-tls"
SECONDS = 120.0


def authority(kube: Cluster) -> str:
    """The certificate, as PEM, that a browser has to trust; waits until cert-manager has written it.

    Raises:
        NotHealthy: it is not there in time.
    """
    found = kube.wait(
        SECRET,
        NAME,
        NAMESPACE,
        lambda secret: bool(secret and secret.get("data", {}).get("ca.crt")),
        what="issued",
        seconds=SECONDS,
    )
    if found is None:
        raise NotHealthy(f"Secret {NAMESPACE}/{NAME} is gone")
    return base64.b64decode(found["data"]["ca.crt"]).decode()
