"""The mains of cert-manager's programs, which are ours: what Kubernetes asks of their pods."""

from __future__ import annotations

import subprocess
from pathlib import Path

import httpx
import pytest

from platformctl.local.paths import cache_folder
from platformctl.local.ports import free_port, wait_until
from platformctl.local.toolchain import Toolchain

NAME = "cert-manager-controller"
KUBECONFIG = """apiVersion: v1
kind: Config
clusters: [{{name: none, cluster: {{server: "http://127.0.0.1:{port}"}}}}]
contexts: [{{name: none, context: {{cluster: none, user: none}}}}]
users: [{{name: none, user: {{}}}}]
current-context: none
"""


def status(port: int, path: str) -> int:
    """The status of an answer; 0 for none."""
    try:
        return httpx.get(f"http://127.0.0.1:{port}{path}", timeout=2, trust_env=False).status_code
    except httpx.HTTPError:
        return 0


def test_probe_and_metrics_are_answered_each_at_its_own_port(tmp_path: Path) -> None:
    toolchain = Toolchain(cache_folder())
    if toolchain.missing([NAME]):
        pytest.skip(f"{NAME} is not built: run platformctl up for a cluster that has it")
    kubeconfig, log = tmp_path / "kubeconfig", tmp_path / "log"
    kubeconfig.write_text(KUBECONFIG.format(port=free_port()))
    health, metrics = free_port(), free_port()
    command = [
        str(toolchain.binary(NAME)),
        f"--kubeconfig={kubeconfig}",
        "--leader-elect=false",
        f"--internal-healthz-listen-address=127.0.0.1:{health}",
        f"--metrics-listen-address=127.0.0.1:{metrics}",
    ]
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output)
    try:
        wait_until(lambda: status(metrics, "/metrics") == 200, process=process, what=NAME, log=log)
        assert status(health, "/livez") == 200
        assert status(health, "/metrics") == status(metrics, "/livez") == 404
    finally:
        process.kill()
        process.wait()
