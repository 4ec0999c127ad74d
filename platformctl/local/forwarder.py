"""From the machine's loopback to the cluster's gateway, without any iptables rule."""

from __future__ import annotations

import shutil

from platformctl.errors import ToolMissing
from platformctl.local.ports import accepts
from platformctl.local.service import Service

ADDRESS = "127.0.0.1"
"""Where it listens: this machine's browsers only."""


def service(node: str, *, port: int, node_port: int = 80) -> Service:
    """A forwarder from 127.0.0.1:port to the node.

    Args:
        node: the node's address.
        port: loopback port for browsers, ``embedded.httpPort`` or ``httpsPort`` of platform.yaml.
        node_port: the gateway's port on the node.
    """
    program = shutil.which("socat")
    if program is None:
        raise ToolMissing("socat is not installed", fix="apt-get install --no-install-recommends socat")
    # One process for each connection; the bound keeps a runaway client from filling the process table.
    listen = f"TCP-LISTEN:{port},bind={ADDRESS},fork,reuseaddr,backlog=128,max-children=512"
    return Service(
        name="gateway-forwarder",
        command=(program, listen, f"TCP:{node}:{node_port},connect-timeout=5"),
        namespace="host",
        priority=210,
        stop_seconds=3,
        ready=lambda: accepts(ADDRESS, port),
        listens=(f"{ADDRESS}:{port}",),
    )
