"""Asks Flux to look now instead of at its next interval, as ``flux reconcile`` does."""

from __future__ import annotations

from datetime import UTC, datetime

from platformctl.live.kinds import Kind
from platformctl.live.kubernetes import Cluster

ANNOTATION = "reconcile.fluxcd.io/requestedAt"


def ask_to_reconcile(kube: Cluster, kind: Kind, name: str, namespace: str) -> bool:
    """Ask for one object; False when it is not there."""
    if kube.get(kind, name, namespace) is None:
        return False
    now = datetime.now(UTC).isoformat()
    kube.patch(kind, name, namespace, {"metadata": {"annotations": {ANNOTATION: now}}})
    return True
