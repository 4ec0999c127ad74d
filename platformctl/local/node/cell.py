"""The cell: the namespaces that hold every process of the cluster.

One process namespace, one mount namespace and, below them, the node's network namespace. They live exactly as
long as the supervisor, which is the first process in them: when it ends, however it ends, the kernel ends
every daemon, shim and container, and takes the mounts, the network namespace and both ends of the veth pair
with it. What the kernel leaves are cgroups and a few empty folders, see remains.py.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from platformctl.local.node import inside
from platformctl.local.node.files import containerd_socket
from platformctl.local.node.settings import (
    CNI_CACHE,
    CONTAINER_LOGS,
    HOST_ADDRESS,
    HOST_LINK,
    KUBELET_ROOT,
    LINK_PREFIX,
    NETNS,
    NETNS_PATH,
    NODE_ADDRESS,
    NODE_LINK,
    POD_CIDR,
    POD_LOGS,
    VOLUMES,
)
from platformctl.local.paths import Paths

# The kubelet sets these for the whole machine and would not start with others. The cell gets files of its own
# in their place, so the kubelet finds what it wants and the machine keeps what it has.
KERNEL_SETTINGS: Mapping[str, str] = {
    "/proc/sys/vm/overcommit_memory": "1",
    "/proc/sys/vm/panic_on_oom": "0",
    "/proc/sys/kernel/panic": "10",
    "/proc/sys/kernel/panic_on_oops": "1",
    "/proc/sys/kernel/keys/root_maxkeys": "1000000",
    "/proc/sys/kernel/keys/root_maxbytes": "25000000",
}

# Pods reach the machine's services (registry, Git) under the node's address; no route leads to the pods.
NFT_RULES = f"""
table ip platformctl {{
  chain postrouting {{
    type nat hook postrouting priority srcnat; policy accept;
    ip saddr {POD_CIDR} oifname "{NODE_LINK}" masquerade
  }}
}}
"""


@dataclass(frozen=True)
class Command:
    """A program to run in the cell, with what it reads."""

    argv: tuple[str, ...]
    stdin: str = ""


def mount_points(paths: Paths) -> dict[Path, Path]:
    """Standard places, and what stands there inside the cell: a folder of the cluster's state."""
    return {
        KUBELET_ROOT: paths.data / "kubelet",
        CNI_CACHE: paths.run / "cni",
        POD_LOGS: paths.logs / "pods",
        CONTAINER_LOGS: paths.logs / "containers",
        VOLUMES: paths.data / "volumes",
    }


def mount_commands(paths: Paths, kernel_settings: Mapping[str, str]) -> list[Command]:
    """A private /run, the folders at their standard places, and from then on shared propagation.

    Shared comes last: a bind mount of a shared mount would be its peer, and each volume of the kubelet's
    would be mounted twice.
    """
    commands = [
        Command(("mount", "-t", "tmpfs", "-o", "mode=0755", "platformctl", "/run")),
        Command(("mkdir", "-p", "/run/netns", "/run/lock", "/run/containerd", "/run/kernel-settings")),
        # Where cAdvisor looks for it, compiled in; the socket itself is where tools outside can reach it.
        Command(("ln", "-s", str(containerd_socket(paths)), "/run/containerd/containerd.sock")),
    ]
    for target, value in kernel_settings.items():
        own = f"/run/kernel-settings/{target.removeprefix('/proc/sys/').replace('/', '.')}"
        commands += [Command(("tee", own), value + "\n"), Command(("mount", "--bind", own, target))]
    commands += [
        Command(("mount", "--bind", str(source), str(target)))
        for target, source in mount_points(paths).items()
    ]
    # Bidirectional mounts of pods need it, and on many machines / is private.
    return [*commands, Command(("mount", "--make-rshared", "/"))]


def network_commands() -> list[Command]:
    """The node's network namespace, and the veth pair between it and the machine."""
    enter = ("nsenter", f"--net={NETNS_PATH}", "--")
    machine = [
        f"link add {HOST_LINK} type veth peer name {NODE_LINK} netns {NETNS}",
        f"address add {HOST_ADDRESS}/{LINK_PREFIX} dev {HOST_LINK}",
        f"link set {HOST_LINK} up",
    ]
    node = [
        "link set lo up",
        f"address add {NODE_ADDRESS}/{LINK_PREFIX} dev {NODE_LINK}",
        f"link set {NODE_LINK} up",
        f"route add default via {HOST_ADDRESS}",
    ]
    return [
        Command(("ip", "netns", "add", NETNS)),
        Command(("ip", "-batch", "-"), "\n".join(machine) + "\n"),
        Command(("ip", "-n", NETNS, "-batch", "-"), "\n".join(node) + "\n"),
        Command((*enter, "tee", "/proc/sys/net/ipv4/ip_forward"), "1\n"),
        Command((*enter, "nft", "-f", "-"), NFT_RULES),
    ]


def launch(
    paths: Paths, *, cgroups: Sequence[Path], supervisor_config: Path, path_variable: str
) -> subprocess.Popen[bytes]:
    """Start the cell with the supervisor in it; what goes wrong on the way stands in the log ``cell.log``."""
    for source in mount_points(paths).values():
        source.mkdir(parents=True, exist_ok=True)
    settings = {target: value for target, value in KERNEL_SETTINGS.items() if Path(target).exists()}
    commands = [*mount_commands(paths, settings), *network_commands()]
    plan = {
        "cgroups": [str(group) for group in cgroups],
        "commands": [{"argv": command.argv, "stdin": command.stdin} for command in commands],
        "exec": [sys.executable, "-m", "supervisor.supervisord", "-c", str(supervisor_config)],
    }
    plan_path = paths.run / "cell.json"
    plan_path.write_text(json.dumps(plan, indent=2))
    with (paths.logs / "cell.log").open("wb") as log:
        return subprocess.Popen(
            [
                "unshare",
                *("--mount", "--propagation", "private", "--pid", "--fork", "--mount-proc"),
                *(sys.executable, "-I", inside.__file__, str(plan_path)),
            ],
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            # Nothing of the user's environment: a proxy variable would take the image pulls elsewhere.
            env={"PATH": path_variable, "HOME": str(Path.home()), "LANG": "C.UTF-8"},
        )


def init_process(pids: Sequence[int], proc: Path = Path("/proc")) -> int | None:
    """Among processes, the first of a process namespace directly below ours: the cell's supervisor.

    A container's first process is one as well, but at least one namespace further down.
    """
    for pid in pids:
        levels = _namespace_pids(proc, pid)
        if len(levels) == 2 and levels[-1] == 1:
            return pid
    return None


def node_process(pids: Sequence[int], proc: Path = Path("/proc")) -> int | None:
    """Among daemons, one that is in the node's network namespace, through which others can enter it."""
    ours = (proc / "self/ns/net").readlink()
    for pid in pids:
        try:
            if (proc / str(pid) / "ns/net").readlink() != ours:
                return pid
        except OSError:
            continue  # gone meanwhile
    return None


def container_inits(pids: Sequence[int], proc: Path = Path("/proc")) -> list[int]:
    """Among processes, the first ones of containers, which get the signal that asks a pod to end."""
    return [pid for pid in pids if len(levels := _namespace_pids(proc, pid)) > 2 and levels[-1] == 1]


def _namespace_pids(proc: Path, pid: int) -> list[int]:
    """The ids of a process, from our namespace down to its own; empty where it is gone."""
    try:
        status = (proc / str(pid) / "status").read_text()
    except OSError:
        return []
    for line in status.splitlines():
        if line.startswith("NSpid:"):
            return [int(number) for number in line.split()[1:]]
    return []


def command_of(pid: int, proc: Path = Path("/proc")) -> list[str]:
    """The command line of a process; empty where it is gone."""
    try:
        raw = (proc / str(pid) / "cmdline").read_bytes()
    except OSError:
        return []
    return [os.fsdecode(word) for word in raw.split(b"\0") if word]
