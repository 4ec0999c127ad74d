"""The embedded single-node Kubernetes: real daemons in namespaces of their own."""

from platformctl.local.node.node import Node, running_state
from platformctl.local.node.settings import HOST_ADDRESS, NODE_ADDRESS, NODE_NAME, REGISTRY, VOLUMES

__all__ = ["HOST_ADDRESS", "NODE_ADDRESS", "NODE_NAME", "REGISTRY", "VOLUMES", "Node", "running_state"]
