"""Addresses of the embedded cluster that rendered files and the machinery that starts it must share."""

from __future__ import annotations

HOST_ADDRESS = "10.199.0.1"
"""The host end of the veth pair: where pods reach the registry and the Git server."""

NODE_ADDRESS = "10.199.0.2"
"""The node end of the veth pair."""

REGISTRY_PORT = 5000
REGISTRY = f"{HOST_ADDRESS}:{REGISTRY_PORT}"
REGISTRY_URL = f"http://{REGISTRY}"

GIT_PORT = 8081
"""Where the Git server listens on HOST_ADDRESS; on loopback the user chooses the port."""

GIT_INTERVAL = "2s"
"""How often Flux looks at that Git server: it is on this machine, so a push is live within seconds."""

STORAGE_CLASS = "local-path"
"""The one storage class of the embedded cluster; its volumes are folders of the node."""

STORAGE_ACCESS_MODES = ("ReadWriteOnce", "ReadWriteOncePod")

DNS_ADDRESS = "10.96.0.53"
"""The cluster's own DNS server, which CoreDNS asks for the hosts below the cluster's domain."""

NODE_PORTS = {53: "the DNS server", 6443: "the API server", 10250: "the kubelet", 10256: "kube-proxy"}
"""TCP ports of NODE_ADDRESS that are not the gateway's to take, and whose they are."""
