"""Kubeconfigs for the cluster's own components and for its administrator."""

from __future__ import annotations

import base64
import json
from pathlib import Path

from platformctl.local.node.settings import API_PORT, NODE_ADDRESS, NODE_NAME

SERVER = f"https://{NODE_ADDRESS}:{API_PORT}"


def kubeconfig(pki: Path, leaf: str) -> str:
    """A kubeconfig (JSON, which is YAML) that carries the named client certificate and the authority's."""

    def inline(name: str) -> str:
        return base64.b64encode((pki / name).read_bytes()).decode()

    document = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [
            {
                "name": NODE_NAME,
                "cluster": {"server": SERVER, "certificate-authority-data": inline("ca.crt")},
            }
        ],
        "users": [
            {
                "name": leaf,
                "user": {
                    "client-certificate-data": inline(f"{leaf}.crt"),
                    "client-key-data": inline(f"{leaf}.key"),
                },
            }
        ],
        "contexts": [{"name": NODE_NAME, "context": {"cluster": NODE_NAME, "user": leaf}}],
        "current-context": NODE_NAME,
    }
    return json.dumps(document, indent=2) + "\n"
