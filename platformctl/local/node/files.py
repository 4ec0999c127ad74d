"""Configuration files of the node's daemons, as text."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from platformctl.local.node.settings import (
    API_PORT,
    CGROUP,
    CLUSTER_DOMAIN,
    DNS_ADDRESS,
    KUBELET_ROOT,
    NODE_ADDRESS,
    NODE_NAME,
    POD_CIDR,
    POD_LOGS,
    REGISTRY,
    SANDBOX_IMAGE,
)
from platformctl.local.paths import Paths


def configuration(paths: Paths, *, cni_plugins: Path, may_lower_oom_score: bool) -> dict[str, str]:
    """All configuration files, by their path below ``paths.config``."""
    return {
        "containerd.toml": containerd(
            paths, cni_plugins=cni_plugins, may_lower_oom_score=may_lower_oom_score
        ),
        "certs.d/_default/hosts.toml": registry_mirror(),
        "cni/10-platformctl.conflist": _json(pod_network()),
        "kubelet.json": _json(kubelet(paths, may_lower_oom_score=may_lower_oom_score)),
        "kube-proxy.json": _json(kube_proxy(paths)),
        "resolv.conf": resolv_conf(),
    }


def containerd(paths: Paths, *, cni_plugins: Path, may_lower_oom_score: bool) -> str:
    """containerd's configuration; its state is in the cell's /run and so never outlives its processes."""
    settings: dict[str, Mapping[str, Any]] = {
        "": {
            "version": 2,
            "root": str(paths.data / "containerd"),
            "state": "/run/containerd",
            "oom_score": 0,
        },
        "grpc": {"address": str(containerd_socket(paths))},
        'plugins."io.containerd.internal.v1.opt"': {"path": str(paths.data / "containerd-opt")},
        'plugins."io.containerd.grpc.v1.cri"': {
            "sandbox_image": SANDBOX_IMAGE,
            # Not every machine's kernel has AppArmor or lets it be used.
            "disable_apparmor": True,
            # Without CAP_SYS_RESOURCE runc dies on a lower score: "can't get final child's PID from pipe".
            "restrict_oom_score_adj": not may_lower_oom_score,
        },
        'plugins."io.containerd.grpc.v1.cri".containerd': {"snapshotter": "overlayfs"},
        'plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc': {
            "runtime_type": "io.containerd.runc.v2"
        },
        'plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options': {"SystemdCgroup": False},
        'plugins."io.containerd.grpc.v1.cri".cni': {
            "bin_dir": str(cni_plugins),
            "conf_dir": str(paths.config / "cni"),
        },
        'plugins."io.containerd.grpc.v1.cri".registry': {"config_path": str(paths.config / "certs.d")},
    }
    return _toml(settings)


def containerd_socket(paths: Paths) -> Path:
    return paths.run / "containerd.sock"


def registry_mirror() -> str:
    """Every image, whatever registry its name says, comes from the local registry.

    ``server`` names it too: without that a missing image falls through to the real registry, which costs ten
    seconds and ends in a misleading DNS error.
    """
    return _toml(
        {
            "": {"server": f"http://{REGISTRY}"},
            f'host."http://{REGISTRY}"': {"capabilities": ["pull", "resolve"]},
        }
    )


def pod_network() -> dict[str, object]:
    """CNI: one veth pair a pod, routed, so that the kernel needs no bridge netfilter.

    Leases are in the cell's /run: after a crash no address is taken by a pod that is gone.
    """
    return {
        "cniVersion": "1.0.0",
        "name": "platformctl",
        "plugins": [
            {
                "type": "ptp",
                "ipMasq": False,  # one rule of the node does it for all pods, see inside.py
                "ipam": {
                    "type": "host-local",
                    "ranges": [[{"subnet": POD_CIDR}]],
                    "routes": [{"dst": "0.0.0.0/0"}],
                    "dataDir": "/run/cni-leases",
                },
            },
            {"type": "portmap", "capabilities": {"portMappings": True}},
        ],
    }


def kubelet(paths: Paths, *, may_lower_oom_score: bool) -> dict[str, object]:
    return {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "address": NODE_ADDRESS,
        "authentication": {
            "anonymous": {"enabled": False},
            "webhook": {"enabled": True},
            "x509": {"clientCAFile": str(paths.pki / "ca.crt")},
        },
        "authorization": {"mode": "Webhook"},
        "cgroupDriver": "cgroupfs",
        "cgroupRoot": f"/{CGROUP}",
        "clusterDNS": [DNS_ADDRESS],
        "clusterDomain": CLUSTER_DOMAIN,
        "containerRuntimeEndpoint": f"unix://{containerd_socket(paths)}",
        "evictionHard": {"memory.available": "100Mi", "nodefs.available": "1Gi"},
        "failCgroupV1": False,
        "failSwapOn": False,
        # Image collection counts reserved disk space and once deleted the sandbox image of a node that
        # had plenty left; the local registry is the only source, so nothing is gained by deleting.
        "imageGCHighThresholdPercent": 100,
        "imageGCLowThresholdPercent": 99,
        # The first report after a start often says "not ready" still; the next would come in ten seconds.
        # What has not changed is reported as seldom as by default.
        "nodeStatusUpdateFrequency": "2s",
        "nodeStatusReportFrequency": "5m",
        "podLogsDir": str(POD_LOGS),
        "resolvConf": str(paths.config / "resolv.conf"),
        "runtimeRequestTimeout": "5m",
        # How soon a changed ConfigMap reaches a running pod: Ollama's sidecar reads its models from one.
        "syncFrequency": "10s",
        "tlsCertFile": str(paths.pki / "kubelet-server.crt"),
        "tlsPrivateKeyFile": str(paths.pki / "kubelet-server.key"),
        "volumePluginDir": str(KUBELET_ROOT / "volume-plugins"),
        # The default, -999, needs CAP_SYS_RESOURCE.
        "oomScoreAdj": -999 if may_lower_oom_score else 0,
    }


def kube_proxy(paths: Paths) -> dict[str, object]:
    return {
        "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
        "kind": "KubeProxyConfiguration",
        "clientConnection": {"kubeconfig": str(paths.config / "proxy.kubeconfig")},
        "mode": "nftables",
        "clusterCIDR": POD_CIDR,
        "hostnameOverride": NODE_NAME,
        "oomScoreAdj": 0,
        # The connection table's size belongs to the machine; a network namespace may only read it.
        "conntrack": {"maxPerCore": 0, "min": 0, "tcpEstablishedTimeout": "0s", "tcpCloseWaitTimeout": "0s"},
    }


def resolv_conf() -> str:
    """What pods with ``dnsPolicy: Default`` get: no name server, for nothing outside can be reached."""
    return (
        f"# No name server: the cluster on {NODE_ADDRESS}:{API_PORT} reaches nothing outside this machine.\n"
    )


def _json(document: Mapping[str, object]) -> str:
    return json.dumps(document, indent=2) + "\n"


def _toml(tables: Mapping[str, Mapping[str, Any]]) -> str:
    """TOML of flat tables. JSON's strings, numbers, booleans and lists of strings are TOML's too."""
    lines = []
    for table, values in tables.items():
        if table:
            lines.append(f"[{table}]")
        lines += [f"{key} = {json.dumps(value)}" for key, value in values.items()]
    return "\n".join(lines) + "\n"
