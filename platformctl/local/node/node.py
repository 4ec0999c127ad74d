"""The embedded single-node Kubernetes: up, down, and what is left of it."""

from __future__ import annotations

import contextlib
import hashlib
import json
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from platformctl.errors import ConfigError, StepFailed
from platformctl.local.node import cell, cgroups, cluster_dns, host, lookup, order, remains
from platformctl.local.node.api import Api
from platformctl.local.node.daemons import Binaries, daemons, programs
from platformctl.local.node.files import configuration
from platformctl.local.node.kubeconfig import kubeconfig
from platformctl.local.node.lock import locked
from platformctl.local.node.pki import ensure_pki
from platformctl.local.node.ports import require_free
from platformctl.local.node.settings import CLUSTER_DOMAIN, DAEMONS_CGROUP, DNS_ADDRESS, PODS_CGROUP
from platformctl.local.node.supervision import ProcessState, Supervisor, SupervisorGone, supervisor_config
from platformctl.local.paths import Paths
from platformctl.local.service import Service
from platformctl.local.state import empty
from platformctl.steps import Silent, Task

START_PATIENCE = 120.0  # seconds for the daemons of one priority, on a machine that compiles beside it
DNS_PATIENCE = 30.0  # seconds
_KUBECTL = "kubectl"
# containerd and all else that the node, and the servers beside it, take from the machine.
_PACKAGES = "node-packages"
POD_GRACE = 5.0  # seconds between the signal that asks a pod to end and the one that ends it


class Node:
    """One embedded cluster of one node.

    All its processes live in namespaces and cgroups of their own under one supervisor. The machine sees one
    network interface, and files in the state folder.
    """

    def __init__(
        self,
        paths: Paths,
        binaries: Binaries,
        extra_services: Sequence[Service] = (),
        forwarded_zones: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        """
        Args:
            paths: the cluster's folders.
            binaries: where the programs of Kubernetes and etcd are; asked by ``start`` only.
            extra_services: daemons that share the cluster's supervisor and life, such as the registry.
            forwarded_zones: DNS zones, and the address in the cluster of the name server that knows each.
        """
        self._paths = paths
        self._binaries = binaries
        self._extra_services = list(extra_services)
        self._forwarded_zones = forwarded_zones
        self._supervisor = Supervisor(paths)
        self._api = Api(paths.pki)
        self._cell: subprocess.Popen[bytes] | None = None

    @staticmethod
    def tools() -> set[str]:
        """The toolchain's programs and parts that any node runs with."""
        return {*programs(), _KUBECTL, _PACKAGES}

    @property
    def kubeconfig(self) -> Path:
        """The administrator's kubeconfig; there once the node has been started."""
        return self._paths.kubeconfig

    def start(self, task: Task | None = None) -> str:
        """Bring the node up, from nothing or over whatever is left, and wait until it is Ready.

        What runs already stays if it is what would be started now, and is replaced otherwise. Data of an
        earlier run (objects, images, volumes) is kept.

        Returns:
            A note: "already running", or what was done.

        Raises:
            ConfigError: no root, a port or an address is taken, cgroups cannot be written.
            ToolMissing: a program is not there.
            StepFailed: a daemon does not come up; names its log.
        """
        task = task or Silent()
        for obstacle in host.obstacles(self._paths):
            raise obstacle
        with locked(self._paths.state / "lock", task):
            self.require_ours()
            services = self._services()
            digest = self._write_configuration(services)
            if self._supervisor.answers() and self._recorded_digest() == digest:
                started = self._bring_up(services, task)
                return f"restarted {', '.join(started)}" if started else "already running"
            swept = self._take_down(task)
            self._require_free_addresses(services)
            self._launch(digest, task)
            self._bring_up(services, task)
            return "node ready, after sweeping what was left" if swept else "node ready"

    def install_addons(self, task: Task | None = None) -> str:
        """Apply what every cluster has (cluster DNS) and wait for it; its images must be served by now.

        Raises:
            StepFailed: it does not come up.
        """
        task = task or Silent()
        task.update(detail="cluster DNS")
        objects = cluster_dns.manifest(self._forwarded_zones)
        self._kubectl("apply", "--server-side", "--force-conflicts", "-f", "-", given=objects)
        self._kubectl("-n", "kube-system", "rollout", "status", "deployment/coredns", "--timeout=120s")
        # The service's address answers a moment after the pod is ready, and what asks too early fails.
        end = time.monotonic() + DNS_PATIENCE
        while not self.resolves():
            if time.monotonic() > end:
                raise StepFailed(
                    f"the cluster's DNS does not answer at {DNS_ADDRESS}",
                    log=self._paths.logs / "kube-proxy.log",
                )
            time.sleep(order.POLL_SECONDS)
        return "cluster DNS ready"

    def ready(self) -> bool:
        """Whether every daemon runs and the kubelet that runs now has reported the node Ready."""
        try:
            states = self.processes()
        except SupervisorGone:
            return False
        if any(state.state not in ("RUNNING", "STARTING") for state in states.values()):
            return False
        return "kubelet" in states and self._api.node_is_ready(since=states["kubelet"].since)

    def resolves(self) -> bool:
        """Whether the cluster's DNS tells a service's address, asked from the node."""
        daemon = cell.node_process(cgroups.processes(cgroups.Hierarchies.of_machine(), DAEMONS_CGROUP))
        if daemon is None:
            return False
        enter = ["nsenter", f"--net=/proc/{daemon}/ns/net", "--"]
        ask = [sys.executable, "-I", lookup.__file__, DNS_ADDRESS, f"kubernetes.default.svc.{CLUSTER_DOMAIN}"]
        return subprocess.run([*enter, *ask], capture_output=True, check=False).returncode == 0

    def processes(self) -> dict[str, ProcessState]:
        """The supervised daemons by name.

        Raises:
            SupervisorGone: the node does not run.
        """
        return self._supervisor.states()

    def stop(self, task: Task | None = None) -> str:
        """End everything, pods first, and keep the data; the next start goes on from there.

        Returns:
            A note: "stopped", or "not running".

        Raises:
            ConfigError: no root, or what runs belongs to another state folder.
            NotHealthy: something would not go.
        """
        task = task or Silent()
        for obstacle in host.privileges():
            raise obstacle
        with locked(self._paths.state / "lock", task):
            self.require_ours()
            return "stopped" if self._take_down(task) else "not running"

    def destroy(self, task: Task | None = None) -> str:
        """Stop, and remove the cluster's data, certificates and configuration; logs stay."""
        task = task or Silent()
        note = self.stop(task)
        paths = self._paths
        with locked(paths.state / "lock", task):
            for folder in (paths.data, paths.pki, paths.config, paths.run):
                task.update(detail=f"removing {folder.name}")
                if folder.exists():
                    empty(folder)
            paths.kubeconfig.unlink(missing_ok=True)
        return f"{note}, data removed"

    def pids(self) -> list[int]:
        """The processes of this cluster; none where another one runs."""
        own = running_state() == self._paths.state
        return cgroups.processes(cgroups.Hierarchies.of_machine()) if own else []

    @property
    def started(self) -> float:
        """When what runs was started, in seconds since the epoch; 0 where nothing was."""
        return self._digest_file.stat().st_mtime if self._digest_file.exists() else 0

    def leftovers(self) -> list[str]:
        """What of the cluster is there outside its state folder, one line each: running or left behind."""
        return remains.leftovers(self._paths)

    def _services(self) -> list[Service]:
        containerd = host.find_program("containerd")
        assert containerd is not None  # obstacles() has seen to it
        own = daemons(self._paths, self._binaries, containerd=containerd, api_ready=self._api.ready)
        return [*own, *self._extra_services]

    def _write_configuration(self, services: Sequence[Service]) -> str:
        """Write certificates and configuration; the digest tells whether a running node has the same."""
        paths = self._paths
        for folder in (paths.logs, paths.run, paths.config, paths.data):
            folder.mkdir(parents=True, exist_ok=True)
        paths.state.chmod(0o700)
        ensure_pki(paths.pki)
        plugins = host.find_cni_plugins()
        assert plugins is not None  # obstacles() has seen to it
        files = configuration(
            paths, cni_plugins=plugins, may_lower_oom_score=host.has_capability(host.CAP_SYS_RESOURCE)
        )
        for leaf in ("controller-manager", "scheduler", "kubelet", "proxy"):
            files[f"{leaf}.kubeconfig"] = kubeconfig(paths.pki, leaf)
        files[self._supervisor_config.name] = supervisor_config(paths, services)
        for name, text in files.items():
            _write(paths.config / name, text)
        _write(paths.kubeconfig, kubeconfig(paths.pki, "admin"))
        builds = [_build(Path(service.command[0])) for service in services]
        certificates = [file.read_text() for file in sorted(paths.pki.glob("*.crt"))]
        return hashlib.sha256(json.dumps([files, builds, certificates]).encode()).hexdigest()

    @property
    def _supervisor_config(self) -> Path:
        return self._paths.config / "supervisord.conf"

    @property
    def _digest_file(self) -> Path:
        return self._paths.run / "digest"

    def _recorded_digest(self) -> str | None:
        return self._digest_file.read_text() if self._digest_file.exists() else None

    def require_ours(self) -> None:
        """
        Raises:
            ConfigError: another cluster runs on this machine, with its state elsewhere.
        """
        state = running_state()
        if state and state != self._paths.state:
            raise ConfigError(
                f"another embedded cluster runs on this machine, from {state} (process {_init()})",
                fix=f"stop it first, as the user who started it: {self._command_to_stop(state)}",
            )

    def _command_to_stop(self, state: Path) -> str:
        command = f"platformctl down --cluster {state.name}"
        if state.parent == self._paths.state.parent:
            return command
        return f"XDG_STATE_HOME={shlex.quote(str(state.parent.parent))} {command}"

    def _require_free_addresses(self, services: Sequence[Service]) -> None:
        require_free(
            [(listen, one.name) for one in services if one.namespace == "host" for listen in one.listens]
        )
        answer = subprocess.run(["ip", "-json", "address"], capture_output=True, text=True, check=True)
        if interface := host.address_holder(json.loads(answer.stdout)):
            raise ConfigError(
                f"the interface {interface} has an address of the cluster's network, 10.199.0.0/24",
                fix=f"ip address show dev {interface}, and remove what set it up",
            )

    def _launch(self, digest: str, task: Task) -> None:
        """Start the cell and wait until its supervisor answers."""
        task.update(detail="namespaces")
        remains.make_folders(self._paths)
        groups = cgroups.make(cgroups.Hierarchies.of_machine())
        self._digest_file.write_text(digest)
        self._cell = cell.launch(
            self._paths,
            cgroups=groups,
            supervisor_config=self._supervisor_config,
            path_variable=host.path_variable(),
        )
        end = time.monotonic() + START_PATIENCE
        while not self._supervisor.answers():
            if self._cell.poll() is not None:
                error = order.failure("cell", f"ended with status {self._cell.returncode}", self._paths)
                remains.sweep(self._paths)
                raise error
            if time.monotonic() > end:
                raise order.failure("cell", f"has no supervisor after {START_PATIENCE:.0f} s", self._paths)
            time.sleep(order.POLL_SECONDS)

    def _bring_up(self, services: Sequence[Service], task: Task) -> list[str]:
        """Start what does not run and wait for the node."""
        started = order.start_in_order(services, self._supervisor, self._paths, task, START_PATIENCE)
        task.update(detail="waiting for the node")
        order.wait_for(self.ready, self._supervisor, self._paths, START_PATIENCE)
        return started

    def _take_down(self, task: Task) -> bool:
        """End and remove all there is; says whether there was anything."""
        if not self.leftovers():
            return False
        # A supervisor that dies on the way takes all with it; what that leaves is swept below.
        with contextlib.suppress(SupervisorGone):
            self._stop_in_order(task)
        task.update(detail="cleaning up")
        remains.sweep(self._paths)
        if self._cell is not None:
            self._cell.wait(10)
            self._cell = None
        self._digest_file.unlink(missing_ok=True)
        return True

    def _stop_in_order(self, task: Task) -> None:
        task.update(detail="stopping pods")
        # First, or it would start again what ends.
        order.stop(["kubelet"], self._supervisor, 10, task)
        self._end_pods()
        order.stop_in_order(self._supervisor, self._supervisor_config, task)
        self._supervisor.shutdown()
        self._wait_for_end()

    def _end_pods(self) -> None:
        """Ask the containers to end, wait a little, end them.

        The signal goes to their first processes straight away: that needs no client of the runtime, and works
        as well where containerd is gone.
        """
        hierarchies = cgroups.Hierarchies.of_machine()
        remains.kill(cell.container_inits(cgroups.processes(hierarchies, PODS_CGROUP)), signal.SIGTERM)
        end = time.monotonic() + POD_GRACE
        while (pids := cgroups.processes(hierarchies, PODS_CGROUP)) and time.monotonic() < end:
            time.sleep(0.05)
        remains.kill(pids)

    def _wait_for_end(self) -> None:
        hierarchies = cgroups.Hierarchies.of_machine()
        end = time.monotonic() + 5
        while cgroups.processes(hierarchies) and time.monotonic() < end:
            time.sleep(0.02)

    def _kubectl(self, *arguments: str, given: str | None = None) -> None:
        kubectl = str(self._binaries.binary(_KUBECTL))
        run = subprocess.run(
            [kubectl, f"--kubeconfig={self.kubeconfig}", *arguments],
            input=given,
            capture_output=True,
            text=True,
            check=False,
        )
        if run.returncode != 0:
            lines = run.stderr.strip().splitlines() or [f"exit status {run.returncode}"]
            raise StepFailed(
                f"kubectl {arguments[0]} failed: {lines[-1]}", log=self._paths.logs / "kubelet.log"
            )


def running_state() -> Path | None:
    """The state folder of the embedded cluster that runs on this machine."""
    init = _init()
    command = cell.command_of(init) if init else []
    return Path(command[-1]).parent.parent if command[-2:-1] == ["-c"] else None


def _init() -> int | None:
    """The supervisor of the cluster that runs on this machine."""
    return cell.init_process(cgroups.processes(cgroups.Hierarchies.of_machine()))


def _write(path: Path, text: str) -> None:
    """Write a file that only its owner may read, if it is not that already."""
    if path.exists() and path.read_text() == text:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_text(text)


def _build(program: Path) -> list[object]:
    """What changes when a program is built anew."""
    stat = program.stat()
    return [str(program), stat.st_size, stat.st_mtime_ns]
