"""The few questions that the node asks its own API server."""

from __future__ import annotations

import calendar
import ssl
import time
from pathlib import Path

import httpx

from platformctl.local.node.kubeconfig import SERVER
from platformctl.local.node.settings import NODE_NAME


class Api:
    """The API server, asked as administrator."""

    def __init__(self, pki: Path) -> None:
        self._pki = pki

    def ready(self) -> bool:
        """Whether it says that it is; false as well where it does not answer."""
        try:
            return self._get("/readyz").status_code == 200
        except (httpx.HTTPError, OSError):
            return False

    def node_is_ready(self, since: float) -> bool:
        """Whether the kubelet has reported the node Ready.

        Args:
            since: seconds since the epoch; what was reported before is what an earlier kubelet said.
        """
        try:
            answer = self._get(f"/api/v1/nodes/{NODE_NAME}")
        except (httpx.HTTPError, OSError):
            return False
        return answer.status_code == 200 and is_ready(answer.json(), since)

    def _get(self, path: str) -> httpx.Response:
        context = ssl.create_default_context(cafile=str(self._pki / "ca.crt"))
        context.load_cert_chain(self._pki / "admin.crt", self._pki / "admin.key")
        with httpx.Client(base_url=SERVER, verify=context, trust_env=False, timeout=5) as client:
            return client.get(path)


def is_ready(node: dict[str, object], since: float) -> bool:
    """Whether a Node object says Ready, and says so since then (whole seconds, as the kubelet reports)."""
    conditions = node.get("status", {}).get("conditions", [])  # type: ignore[attr-defined]
    return any(
        condition["type"] == "Ready"
        and condition["status"] == "True"
        and _epoch(condition["lastHeartbeatTime"]) >= int(since)
        for condition in conditions
    )


def _epoch(timestamp: str) -> int:
    return calendar.timegm(time.strptime(timestamp, "%Y-%m-%dT%H:%M:%SZ"))
