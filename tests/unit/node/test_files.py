"""The daemons' configuration: what would break the node or the machine if it were otherwise."""

from __future__ import annotations

import base64
import json
import tomllib
from pathlib import Path
from typing import Any

import pytest

from platformctl.local.node.daemons import daemons
from platformctl.local.node.files import configuration
from platformctl.local.node.kubeconfig import kubeconfig
from platformctl.local.node.pki import ensure_pki
from platformctl.local.paths import Paths

CRI = "io.containerd.grpc.v1.cri"


class Anywhere:
    def binary(self, name: str) -> Path:
        return Path("/built") / name


def files(paths: Paths, *, may_lower_oom_score: bool = False) -> dict[str, str]:
    return configuration(paths, cni_plugins=Path("/usr/lib/cni"), may_lower_oom_score=may_lower_oom_score)


def flags(paths: Paths, daemon: str) -> dict[str, str]:
    own = daemons(paths, Anywhere(), containerd=Path("/usr/bin/containerd"), api_ready=lambda: True)
    [service] = [one for one in own if one.name == daemon]
    return dict(flag.removeprefix("--").split("=", 1) for flag in service.command[1:] if "=" in flag)


def test_containerd_pulls_everything_from_the_local_registry(paths: Paths) -> None:
    cri = tomllib.loads(files(paths)["containerd.toml"])["plugins"][CRI]
    assert cri["registry"]["config_path"] == str(paths.config / "certs.d")
    hosts = tomllib.loads(files(paths)["certs.d/_default/hosts.toml"])
    assert hosts["server"] == "http://10.199.0.1:5000"
    assert hosts["host"] == {"http://10.199.0.1:5000": {"capabilities": ["pull", "resolve"]}}
    assert cri["sandbox_image"] == "registry.k8s.io/pause:3.10"


def test_containerd_keeps_images_and_forgets_processes(paths: Paths) -> None:
    config = tomllib.loads(files(paths)["containerd.toml"])
    assert Path(config["root"]).is_relative_to(paths.data)
    assert config["state"] == "/run/containerd"
    assert config["version"] == 2


@pytest.mark.parametrize("may", [True, False])
def test_scores_are_lowered_only_where_that_is_allowed(paths: Paths, may: bool) -> None:
    own = files(paths, may_lower_oom_score=may)
    assert tomllib.loads(own["containerd.toml"])["plugins"][CRI]["restrict_oom_score_adj"] is not may
    assert json.loads(own["kubelet.json"])["oomScoreAdj"] == (-999 if may else 0)


def test_the_kubelet_stays_in_its_cgroup_and_deletes_no_image(paths: Paths) -> None:
    kubelet: dict[str, Any] = json.loads(files(paths)["kubelet.json"])
    assert kubelet["cgroupRoot"] == "/platformctl-service"
    assert kubelet["imageGCHighThresholdPercent"] == 100
    assert kubelet["tlsCertFile"] == str(paths.pki / "kubelet-server.crt")


def test_aggregation_has_an_authority_of_its_own(paths: Paths) -> None:
    apiserver = flags(paths, "kube-apiserver")
    assert apiserver["requestheader-client-ca-file"] != apiserver["client-ca-file"]
    assert apiserver["requestheader-allowed-names"] == "front-proxy-client"
    assert apiserver["enable-aggregator-routing"] == "true"


def test_the_autoscaler_and_the_claim_binder_look_often(paths: Paths) -> None:
    manager = flags(paths, "kube-controller-manager")
    assert manager["horizontal-pod-autoscaler-sync-period"] == "5s"
    assert manager["pvclaimbinder-sync-period"] == "2s"


def test_every_file_that_a_flag_names_is_written(paths: Paths) -> None:
    ensure_pki(paths.pki)
    written = {str(paths.config / name) for name in files(paths)}
    written |= {str(file) for file in paths.pki.iterdir()}
    written |= {str(paths.config / f"{leaf}.kubeconfig") for leaf in _kubeconfigs(paths)}
    for daemon in daemons(paths, Anywhere(), containerd=Path("/c"), api_ready=lambda: True):
        for flag in daemon.command[1:]:
            _, _, value = flag.partition("=")
            if value.startswith((str(paths.config), str(paths.pki))):
                assert value in written, f"{daemon.name} {flag}"


def _kubeconfigs(paths: Paths) -> list[str]:
    return [
        leaf
        for leaf in ("controller-manager", "scheduler", "kubelet", "proxy")
        if kubeconfig(paths.pki, leaf)
    ]


def test_a_kubeconfig_carries_the_client_it_is_named_after(paths: Paths) -> None:
    ensure_pki(paths.pki)
    document = json.loads(kubeconfig(paths.pki, "admin"))
    [user] = document["users"]
    carried = base64.b64decode(user["user"]["client-certificate-data"])
    assert carried == (paths.pki / "admin.crt").read_bytes()
    assert document["clusters"][0]["cluster"]["server"] == "https://10.199.0.2:6443"
    assert document["current-context"] == document["contexts"][0]["name"]
