"""What this machine lacks for the embedded cluster, told before anything starts. Changes nothing."""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from platformctl.errors import ConfigError
from platformctl.local.node.ports import require_free
from platformctl.local.toolchain import Need
from platformctl.local.toolchain.needs import GIGABYTE, free_disk

GIBIBYTE = 1024**3
# Where all is built: images, the cluster's data and logs.
DISK_FOR_A_WARM_START = 4 * GIGABYTE
MEMORY_NEEDED = 4 * GIBIBYTE


@dataclass(frozen=True)
class Check:
    """One thing looked at.

    Attributes:
        name: what was looked at.
        found: what is there, in a few words.
        well: whether it is enough.
        fix: what to do when it is not; empty when all is well.
        blocks: whether ``platformctl up`` cannot work without it.
    """

    name: str
    found: str
    well: bool
    fix: str = ""
    blocks: bool = True


def examine(cache: Path, *, needs: Sequence[Need], ports: Sequence[int]) -> Iterator[Check]:
    """Everything that `platformctl up` needs, in the order in which it would fail.

    Args:
        cache: the cache folder; it need not exist yet.
        needs: what the toolchain needs for what it has to build; empty when all is there.
        ports: the loopback ports that the cluster will listen on.
    """
    yield _system()
    yield _root()
    yield _cgroups()
    yield _memory()
    if needs:
        yield from (_needed(need) for need in needs)
        yield _compiler("g++")
    else:
        yield _disk(cache)
    yield from (_port(port) for port in ports)


def _system() -> Check:
    release = platform.freedesktop_os_release() if Path("/etc/os-release").exists() else {}
    name = release.get("PRETTY_NAME", platform.system())
    debian = shutil.which("apt-get") is not None
    machine = platform.machine()
    return Check(
        "system",
        f"{name}, {machine}, Linux {platform.release()}",
        debian and machine == "x86_64",
        "the embedded cluster is built for Debian 12 on x86-64; elsewhere use kind or k3d with "
        "`platformctl bootstrap --context`",
    )


def _root() -> Check:
    well = os.geteuid() == 0
    return Check(
        "root",
        "yes" if well else f"no, user {os.geteuid()}",
        well,
        "" if well else "run it with sudo: network namespaces, mounts and cgroups need root",
    )


def _cgroups() -> Check:
    if Path("/sys/fs/cgroup/cgroup.controllers").exists():
        return Check("cgroups", "version 2", True)
    controllers = [name for name in ("cpu", "memory", "pids") if Path("/sys/fs/cgroup", name).is_dir()]
    return Check(
        "cgroups",
        f"version 1 with {', '.join(controllers) or 'no controller'}",
        len(controllers) == 3,
        "mount the cpu, memory and pids controllers under /sys/fs/cgroup",
    )


def _memory() -> Check:
    kibibytes = int(re.search(r"MemAvailable:\s+(\d+)", Path("/proc/meminfo").read_text())[1])  # type: ignore[index]
    available = kibibytes * 1024
    return Check(
        "memory",
        f"{available / GIBIBYTE:.1f} GiB free",
        available >= MEMORY_NEEDED,
        f"{MEMORY_NEEDED // GIBIBYTE} GiB are wanted: end something, or expect slow builds",
        blocks=False,
    )


def _needed(need: Need) -> Check:
    return Check(need.name, need.found, need.well, f"{need.wanted} needed: {need.fix}" if need.fix else "")


def _disk(cache: Path) -> Check:
    folder, free = free_disk(cache)
    return Check(
        "disk",
        f"{free / GIGABYTE:.1f} GB free under {folder}",
        free >= DISK_FOR_A_WARM_START,
        f"{DISK_FOR_A_WARM_START // GIGABYTE} GB needed: free some, or point XDG_CACHE_HOME at a larger disk",
    )


def _compiler(name: str) -> Check:
    path = shutil.which(name)
    if path is None:
        return Check(
            name, "not found", True, "apt-get installs it at the first `platformctl up`", blocks=False
        )
    version = subprocess.run([path, "--version"], capture_output=True, text=True).stdout.splitlines()
    return Check(name, version[0] if version else path, True)


def _port(port: int) -> Check:
    try:
        require_free([(f"127.0.0.1:{port}", "the cluster")])
    except ConfigError as taken:
        return Check(
            f"port {port}",
            taken.message,
            False,
            "end what listens there, or set another port under clusters.<name>.embedded in platform.yaml",
        )
    return Check(f"port {port}", "free", True)
