"""Names and addresses of the embedded node. They are fixed, so one machine holds one embedded cluster."""

from __future__ import annotations

from pathlib import Path
from typing import Final

NODE_NAME: Final = "platformctl-service"

# Network. The machine's end of the veth pair is the only new thing in the machine's own namespace.
NETNS: Final = "platformctl-service"
NETNS_PATH: Final = Path("/run/netns") / NETNS  # exists only inside the cell, see cell.py
HOST_LINK: Final = "platformctl0"
NODE_LINK: Final = "eth0"
HOST_ADDRESS: Final = "10.199.0.1"
NODE_ADDRESS: Final = "10.199.0.2"
LINK_PREFIX: Final = 24
POD_CIDR: Final = "10.244.0.0/24"
SERVICE_CIDR: Final = "10.96.0.0/16"
API_SERVICE_ADDRESS: Final = "10.96.0.1"
DNS_ADDRESS: Final = "10.96.0.10"
CLUSTER_DOMAIN: Final = "cluster.local"
API_PORT: Final = 6443
REGISTRY: Final = f"{HOST_ADDRESS}:5000"

SANDBOX_IMAGE: Final = "registry.k8s.io/pause:3.10"

# All processes of the cluster are in here, and nothing else is, so that they can be found and ended exactly.
CGROUP: Final = "platformctl-service"
DAEMONS_CGROUP: Final = f"{CGROUP}/daemons"
PODS_CGROUP: Final = f"{CGROUP}/kubepods"

# Folders at their standard places, seen only inside the cell. The kubelet's is not free to choose (the device
# plugin socket is compiled in), the volumes' is what the storage component's chart names on any cluster.
KUBELET_ROOT: Final = Path("/var/lib/kubelet")
CNI_CACHE: Final = Path("/var/lib/cni")
POD_LOGS: Final = Path("/var/log/pods")
CONTAINER_LOGS: Final = Path("/var/log/containers")
VOLUMES: Final = Path("/opt/local-path-provisioner")
