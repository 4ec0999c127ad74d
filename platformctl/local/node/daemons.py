"""The node's own daemons: their command lines and how to tell that they work."""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from platformctl.local.node.files import containerd_socket
from platformctl.local.node.settings import (
    API_PORT,
    NODE_ADDRESS,
    NODE_NAME,
    POD_CIDR,
    SERVICE_CIDR,
)
from platformctl.local.paths import Paths
from platformctl.local.service import Service

FIRST, SECOND, THIRD = 100, 200, 300  # priorities: what the next ones talk to starts before them


class Binaries(Protocol):
    """Where programs come from; the toolchain is one."""

    def binary(self, name: str) -> Path:
        """Absolute path of a program.

        Raises:
            ToolMissing: it is not built or installed.
        """


def daemons(
    paths: Paths, binaries: Binaries, *, containerd: Path, api_ready: Callable[[], bool]
) -> list[Service]:
    """etcd, containerd, and the five daemons of Kubernetes.

    Args:
        binaries: where the programs of etcd and Kubernetes are.
        containerd: the machine's own, which finds its shim and runc beside it.
        api_ready: tells whether the API server is.
    """

    def service(name: str, priority: int, flags: list[str], **settings: Any) -> Service:
        program = containerd if name == "containerd" else binaries.binary(name)
        settings = {"stop_seconds": 10, **settings}
        return Service(name, (str(program), *flags), "node", priority=priority, **settings)

    return [
        service("etcd", FIRST, _etcd(paths), ready=lambda: accepts(etcd_socket(paths))),
        service("containerd", FIRST, _containerd(paths), ready=lambda: accepts(containerd_socket(paths))),
        # It takes more than ten seconds to end by itself and holds nothing that etcd does not.
        service("kube-apiserver", SECOND, _apiserver(paths), stop_seconds=2, ready=api_ready),
        # Beside the API server rather than after it: it needs a second to come up and then asks again.
        service("kubelet", SECOND, _kubelet(paths)),
        service("kube-controller-manager", THIRD, _controller_manager(paths)),
        service("kube-scheduler", THIRD, _scheduler(paths)),
        service("kube-proxy", THIRD, _proxy(paths)),
    ]


class _Asked:
    """Stands in for the toolchain: writes down what it is asked for."""

    def __init__(self) -> None:
        self.names: set[str] = set()

    def binary(self, name: str) -> Path:
        self.names.add(name)
        return Path(name)


def programs() -> set[str]:
    """What `daemons` takes from the toolchain, by name."""
    asked = _Asked()
    nowhere = Paths(Path("/"), Path("/"))
    daemons(nowhere, asked, containerd=Path("containerd"), api_ready=lambda: False)
    return asked.names


def etcd_socket(paths: Paths) -> Path:
    return paths.run / "etcd.sock"


def accepts(path: Path) -> bool:
    """Whether somebody accepts connections at a Unix socket."""
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(1)
        try:
            client.connect(str(path))
        except OSError:
            return False
    return True


def _etcd(paths: Paths) -> list[str]:
    return [
        f"--data-dir={paths.data / 'etcd'}",
        # Syncing each write costs seconds on slow disks and guards only against a power cut.
        "--unsafe-no-fsync",
        # A socket file: no pod can reach it, not even one in the node's network.
        f"--listen-client-urls=unix://{etcd_socket(paths)}",
        # Must be an address, and nobody asks for it.
        "--advertise-client-urls=http://127.0.0.1:2379",
        f"--listen-peer-urls=unix://{paths.run / 'etcd-peer.sock'}",
        "--log-level=warn",
    ]


def _containerd(paths: Paths) -> list[str]:
    return [f"--config={paths.config / 'containerd.toml'}"]


def _apiserver(paths: Paths) -> list[str]:
    pki = paths.pki
    return [
        f"--etcd-servers=unix://{etcd_socket(paths)}",
        f"--bind-address={NODE_ADDRESS}",
        f"--advertise-address={NODE_ADDRESS}",
        f"--secure-port={API_PORT}",
        f"--tls-cert-file={pki / 'apiserver.crt'}",
        f"--tls-private-key-file={pki / 'apiserver.key'}",
        f"--client-ca-file={pki / 'ca.crt'}",
        f"--service-cluster-ip-range={SERVICE_CIDR}",
        "--service-account-issuer=https://kubernetes.default.svc.cluster.local",
        f"--service-account-key-file={pki / 'sa.pub'}",
        f"--service-account-signing-key-file={pki / 'sa.key'}",
        "--authorization-mode=Node,RBAC",
        "--enable-admission-plugins=NodeRestriction",
        "--allow-privileged=true",
        f"--kubelet-client-certificate={pki / 'apiserver-kubelet-client.crt'}",
        f"--kubelet-client-key={pki / 'apiserver-kubelet-client.key'}",
        f"--kubelet-certificate-authority={pki / 'ca.crt'}",
        # The node's name resolves nowhere.
        "--kubelet-preferred-address-types=InternalIP",
        # Aggregation, for metrics-server.
        f"--requestheader-client-ca-file={pki / 'front-proxy-ca.crt'}",
        "--requestheader-allowed-names=front-proxy-client",
        "--requestheader-username-headers=X-Remote-User",
        "--requestheader-group-headers=X-Remote-Group",
        "--requestheader-extra-headers-prefix=X-Remote-Extra-",
        f"--proxy-client-cert-file={pki / 'front-proxy-client.crt'}",
        f"--proxy-client-key-file={pki / 'front-proxy-client.key'}",
        "--enable-aggregator-routing=true",
    ]


def _kubelet(paths: Paths) -> list[str]:
    return [
        f"--config={paths.config / 'kubelet.json'}",
        f"--kubeconfig={paths.config / 'kubelet.kubeconfig'}",
        f"--hostname-override={NODE_NAME}",
        f"--node-ip={NODE_ADDRESS}",
    ]


def _controller_manager(paths: Paths) -> list[str]:
    return [
        *_loopback_component(paths, "controller-manager"),
        f"--root-ca-file={paths.pki / 'ca.crt'}",
        f"--service-account-private-key-file={paths.pki / 'sa.key'}",
        f"--cluster-signing-cert-file={paths.pki / 'ca.crt'}",
        f"--cluster-signing-key-file={paths.pki / 'ca.key'}",
        f"--cluster-cidr={POD_CIDR}",
        "--use-service-account-credentials=true",
        # The defaults, both 15 s, are for clusters with thousands of claims and autoscalers.
        "--pvclaimbinder-sync-period=2s",
        "--horizontal-pod-autoscaler-sync-period=5s",
    ]


def _scheduler(paths: Paths) -> list[str]:
    return _loopback_component(paths, "scheduler")


def _proxy(paths: Paths) -> list[str]:
    return [f"--config={paths.config / 'kube-proxy.json'}"]


def _loopback_component(paths: Paths, name: str) -> list[str]:
    kubeconfig = paths.config / f"{name}.kubeconfig"
    return [
        f"--kubeconfig={kubeconfig}",
        f"--authentication-kubeconfig={kubeconfig}",
        f"--authorization-kubeconfig={kubeconfig}",
        "--leader-elect=false",
        "--bind-address=127.0.0.1",
        f"--tls-cert-file={paths.pki / 'loopback-server.crt'}",
        f"--tls-private-key-file={paths.pki / 'loopback-server.key'}",
    ]
