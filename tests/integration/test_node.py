"""The embedded node on the real machine: up, used, killed, up again, down without a trace.

The tests are one story and run in their order; only the first start begins with nothing.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest

from platformctl.errors import ConfigError
from platformctl.local.node import NODE_ADDRESS, NODE_NAME, Node, cgroups, remains
from platformctl.local.node.cell import command_of
from platformctl.local.node.daemons import Binaries
from platformctl.local.paths import Paths
from platformctl.local.service import Service
from platformctl.steps import Silent
from tests.integration.archive import write_image
from tests.integration.machine import snapshot

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(240)]

TASK = Silent()
BUSYBOX = "docker.io/library/busybox:1.35"
PROBE = Path(__file__).parent / "probe.yaml"


class Kubectl:
    def __init__(self, program: Path, kubeconfig: Path) -> None:
        self.command = [str(program), f"--kubeconfig={kubeconfig}"]

    def __call__(self, *arguments: str) -> str:
        run = subprocess.run([*self.command, *arguments], capture_output=True, text=True)
        assert run.returncode == 0, run.stderr
        return run.stdout


@pytest.fixture(scope="module")
def before() -> dict[str, set[str]]:
    return snapshot()


@pytest.fixture(scope="module")
def kubectl(node: Node, binaries: Binaries) -> Kubectl:
    return Kubectl(binaries.binary("kubectl"), node.kubeconfig)


def eventually(condition: Callable[[], bool], what: str, seconds: float = 90) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"not within {seconds} s: {what}"
        time.sleep(0.1)


def fetched(url: str) -> str:
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url, timeout=3) as answer:
            return str(answer.read(), "utf-8")
    except OSError:
        return ""


def processes() -> list[int]:
    return cgroups.processes(cgroups.Hierarchies.of_machine())


def pids_of(program: str) -> list[int]:
    return [pid for pid in processes() if Path((command_of(pid) or [""])[0]).name == program]


def pid_of(program: str) -> int:
    [pid] = pids_of(program)
    return pid


def test_two_starts_at_once_make_one_node(
    before: dict[str, set[str]], node: Node, binaries: Binaries, paths: Paths
) -> None:
    starters = [node, Node(paths, binaries)]
    with ThreadPoolExecutor(2) as pool:
        notes = [one.result() for one in [pool.submit(starter.start, TASK) for starter in starters]]
    assert sorted(notes) == ["already running", "node ready"]
    assert node.ready()
    assert all(state.state in ("RUNNING", "STARTING") for state in node.processes().values())


def test_only_the_link_is_seen_outside(before: dict[str, set[str]], node: Node) -> None:
    now = snapshot()
    for part in ("iptables", "nftables", "mounts", "settings"):
        assert now[part] == before[part], part
    assert {line.split()[0].partition("@")[0] for line in now["links"] - before["links"]} == {"platformctl0"}


def test_another_state_folder_is_refused(node: Node, binaries: Binaries, paths: Paths) -> None:
    other = Node(Paths(cache=paths.cache, state=paths.state.with_name("other")), binaries)
    for refused in (other.start, other.stop):
        with pytest.raises(ConfigError, match=str(paths.state)):
            refused(TASK)
    assert node.ready()


def test_pods_run_and_reach_each_other(
    node: Node, kubectl: Kubectl, binaries: Binaries, paths: Paths, tmp_path: Path
) -> None:
    busybox = Path("/bin/busybox")
    images = {
        "registry.k8s.io/pause:3.10": ({"pause": binaries.binary("pause")}, ["/pause"]),
        "registry.k8s.io/coredns/coredns:v1.12.4": ({"coredns": binaries.binary("coredns")}, ["/coredns"]),
        BUSYBOX: ({"bin/busybox": busybox, "bin/sh": busybox}, ["/bin/busybox"]),
    }
    for name, (files, entrypoint) in images.items():
        archive = tmp_path / "image.tar"
        write_image(archive, name, files, entrypoint)
        ctr = ["ctr", "--address", str(paths.run / "containerd.sock"), "--namespace", "k8s.io"]
        subprocess.run([*ctr, "images", "import", str(archive)], check=True, capture_output=True)
    kubectl("apply", "-f", str(PROBE))
    assert node.install_addons(TASK) == "cluster DNS ready"
    kubectl("rollout", "status", "deployment/web", "--timeout=60s")
    kubectl("rollout", "status", "statefulset/keeper", "--timeout=60s")
    assert fetched(f"http://{NODE_ADDRESS}:80/name") == "web\n"
    # Service name -> DNS pod -> service address -> pod, and a pod that reaches itself through its service.
    for pod in ("statefulset/keeper", "deployment/web"):
        answer = kubectl(
            "exec",
            pod,
            "--",
            "busybox",
            "sh",
            "-c",
            "printf 'GET /name HTTP/1.0\\r\\n\\r\\n' | busybox nc web 80",
        )
        assert answer.endswith("web\n")
    assert kubectl("logs", "statefulset/keeper") == "kept 1\n"
    # What metrics-server reads: the kubelet measures each container.
    measured = 'container_memory_working_set_bytes{container="keeper"'
    metrics = f"/api/v1/nodes/{NODE_NAME}/proxy/metrics/resource"
    eventually(lambda: measured in kubectl("get", "--raw", metrics), "the kubelet measures the pod")


def test_killed_daemons_come_back(node: Node) -> None:
    for program in ("kubelet", "containerd", "kube-apiserver"):
        killed = pid_of(program)
        os.kill(killed, signal.SIGKILL)
        eventually(partial(_replaced, program, killed), f"a new {program}")
    eventually(node.ready, "the node is ready again")


def _replaced(program: str, killed: int) -> bool:
    try:
        return pid_of(program) != killed
    except ValueError:
        return False


def test_a_half_stopped_node_is_completed(node: Node) -> None:
    node._supervisor.stop("kube-scheduler")
    eventually(lambda: node.processes()["kube-scheduler"].state == "STOPPED", "the scheduler has stopped")
    assert not node.ready()
    assert node.start(TASK) == "restarted kube-scheduler"
    assert node.ready()


def test_all_killed_comes_back_with_its_data(node: Node, kubectl: Kubectl) -> None:
    remains.kill(processes())
    eventually(lambda: not processes(), "all have ended")
    assert not node.ready()
    assert node.start(TASK) == "node ready, after sweeping what was left"
    # Still there from before, so what counts is that they answer again.
    eventually(lambda: fetched(f"http://{NODE_ADDRESS}:80/name") == "web\n", "the web pod answers again")
    eventually(lambda: kubectl("logs", "statefulset/keeper") == "kept 2\n", "the volume's count goes on")


def test_stop_leaves_nothing(node: Node, before: dict[str, set[str]]) -> None:
    assert node.leftovers() != []
    assert node.stop(TASK) == "stopped"
    assert node.leftovers() == []
    after = snapshot()
    assert {part: after[part] ^ before[part] for part in before} == {part: set() for part in before}
    assert node.stop(TASK) == "not running"


def test_a_changed_service_replaces_what_runs(
    node: Node, binaries: Binaries, paths: Paths, kubectl: Kubectl
) -> None:
    assert node.start(TASK) == "node ready"
    sleeper = Service("sleeper", ("/bin/sleep", "1000"), "host", environment={"GREETING": 'say "hi" 100%'})
    changed = Node(paths, binaries, [sleeper])
    assert changed.start(TASK) == "node ready, after sweeping what was left"
    # Nothing says of this one when it is ready: it may not have become the sleep yet.
    eventually(lambda: len(pids_of("sleep")) == 1, "the changed service runs", seconds=20)
    environment = Path(f"/proc/{pid_of('sleep')}/environ").read_text()
    assert 'GREETING=say "hi" 100%' in environment.split("\0")
    eventually(lambda: fetched(f"http://{NODE_ADDRESS}:80/name") == "web\n", "the web pod answers again")
    assert changed.stop(TASK) == "stopped"


def test_a_taken_port_is_named_with_its_process(node: Node, binaries: Binaries, paths: Paths) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        service = Service("web", ("/bin/sleep", "1000"), "host", listens=(f"127.0.0.1:{port}",))
        with pytest.raises(
            ConfigError, match=rf"port {port}, which web needs .* by process {os.getpid()} \("
        ):
            Node(paths, binaries, [service]).start(TASK)
    assert node.leftovers() == []
