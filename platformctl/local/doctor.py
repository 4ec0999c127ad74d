"""What this machine lacks for the embedded cluster, told before anything starts. Changes nothing."""

from __future__ import annotations

import json
import os
import platform
import re
import shutil
import subprocess
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from platformctl.errors import ConfigError, MachineRefused, PlatformctlError
from platformctl.local.disk import GIGABYTE, free_disk
from platformctl.local.node.cgroups import Hierarchies
from platformctl.local.node.host import CAP_SYS_ADMIN, address_holder, bad_state_folder, has_capability
from platformctl.local.node.ports import require_free
from platformctl.local.node.settings import HOST_ADDRESS, HOST_LINK, LINK_PREFIX
from platformctl.local.paths import Paths
from platformctl.local.toolchain import Need, Toolchain
from platformctl.local.toolchain.commands import PROGRAMS

GIBIBYTE = 1024**3
# Where all is built: images, the cluster's data and logs.
DISK_FOR_A_WARM_START = 4 * GIGABYTE
# Over the data of an earlier run; the kubelet evicts pods below 1 GiB.
DISK_WITH_DATA = 2 * GIGABYTE
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


class MachineUnfit(MachineRefused):
    """Something that this machine lacks keeps an embedded cluster from starting: all of it at once."""

    def __init__(self, checks: Sequence[Check]) -> None:
        self.checks = tuple(checks)
        lines = [f"  {check.name}: {check.found}\n    fix: {check.fix}" for check in checks]
        many = "1 thing stands" if len(checks) == 1 else f"{len(checks)} things stand"
        super().__init__("\n".join([f"{many} in the way, and nothing was changed", *lines]))


def blocking(checks: Iterable[Check]) -> list[Check]:
    """What has to be mended before an embedded cluster can start."""
    return [check for check in checks if check.blocks and not check.well]


def examine(
    paths: Paths, *, needs: Sequence[Need], addresses: Sequence[tuple[str, str]], ours: Collection[int] = ()
) -> Iterator[Check]:
    """Everything that an embedded cluster needs of a machine, in the order in which it would fail.

    Args:
        paths: its folders; they need not exist yet.
        needs: what the toolchain needs for what it has to build; empty when all is there.
        addresses: "address:port" that it will listen on, and what platform.yaml calls the port, or "".
        ours: ids of its processes, if it runs.
    """
    yield _system()
    yield _root()
    yield _cgroups()
    yield _memory()
    yield from (_needed(need) for need in needs)
    if needs:
        yield _compiler("g++")
    if not ours:
        yield _disk(paths)
        yield from _network()
    for error in bad_state_folder(paths):
        yield _as_check("state", error)
    for address, key in addresses:
        yield from _port(address, key, ours)


def examine_tools(toolchain: Toolchain) -> Iterator[Check]:
    """What the commands for a cluster that exists need; ours are fetched or built where PATH has none."""
    git = shutil.which("git")
    yield Check("git", git or "not found", git is not None, "apt-get install git")
    for name in PROGRAMS:
        if path := shutil.which(name):
            yield Check(name, path, True)
            continue
        missing = toolchain.missing([name])
        if not missing:
            yield Check(name, str(toolchain.binary(name)), True)
            continue
        lacking = [need for need in toolchain.needs([name]) if not need.well]
        minutes = sum(part.seconds for part in missing) / 60
        found = f"not on PATH; made at the first use, about {max(1, round(minutes))} min"
        fix = "; ".join(f"{need.wanted} of {need.name} needed: {need.fix}" for need in lacking)
        yield Check(name, found, not lacking, fix)


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
    if os.geteuid() != 0:
        fix = "run it with sudo: network namespaces, mounts and cgroups need root"
        return Check("root", f"no, user {os.geteuid()}", False, fix)
    well = has_capability(CAP_SYS_ADMIN)
    return Check(
        "root",
        "yes" if well else "yes, but without CAP_SYS_ADMIN",
        well,
        "" if well else "use a machine, or a privileged container: mounts and namespaces need it",
    )


def _cgroups() -> Check:
    mounted = Hierarchies.of_machine()
    if not mounted.in_use:
        return Check("cgroups", "none mounted", False, "mount -t cgroup2 none /sys/fs/cgroup")
    sealed = [str(mount) for mount in mounted.in_use if not os.access(mount, os.W_OK)]
    if sealed and os.geteuid() == 0:
        return Check("cgroups", f"read-only: {', '.join(sealed)}", False, "use a privileged container")
    if not mounted.v1:
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


def _disk(paths: Paths) -> Check:
    folder, free = free_disk(paths.state)
    wanted = DISK_WITH_DATA if paths.data.exists() else DISK_FOR_A_WARM_START
    return Check(
        "disk, data",
        f"{free / GIGABYTE:.1f} GB free under {folder}",
        free >= wanted,
        f"{wanted // GIGABYTE} GB needed: free some, or set XDG_STATE_HOME and XDG_CACHE_HOME elsewhere",
    )


def _network() -> Iterator[Check]:
    if shutil.which("ip") is None:
        return  # installed at the first `up`
    answer = subprocess.run(["ip", "-json", "address"], capture_output=True, text=True, check=False)
    others = [link for link in json.loads(answer.stdout or "[]") if link["ifname"] != HOST_LINK]
    if interface := address_holder(others):
        yield Check(
            "network",
            f"{interface} has an address of the cluster's network, {HOST_ADDRESS}/{LINK_PREFIX}",
            False,
            f"ip address show dev {interface}, and remove what set it up",
        )


def _as_check(name: str, error: PlatformctlError) -> Check:
    return Check(name, error.message, False, error.fix or "")


def _compiler(name: str) -> Check:
    path = shutil.which(name)
    if path is None:
        return Check(
            name, "not found", True, "apt-get installs it at the first `platformctl up`", blocks=False
        )
    version = subprocess.run([path, "--version"], capture_output=True, text=True).stdout.splitlines()
    return Check(name, version[0] if version else path, True)


def _port(address: str, key: str, ours: Collection[int]) -> Iterator[Check]:
    """The state of a port; of one that nobody can choose, only that it is taken."""
    name = f"port {address.rpartition(':')[2]}"
    try:
        require_free([(address, "the cluster")], ours=ours)
    except ConfigError as taken:
        other = f", or set another {key} under clusters.<name>.embedded in platform.yaml" if key else ""
        yield Check(name, taken.message, False, f"end what listens there{other}")
    else:
        if key:
            yield Check(name, "taken by this cluster" if ours else "free", True)
