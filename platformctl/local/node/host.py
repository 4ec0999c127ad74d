"""What the machine must have before a cell can be made, and where its programs are."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from platformctl.errors import ConfigError, PlatformctlError, ToolMissing
from platformctl.local.node.settings import HOST_ADDRESS, LINK_PREFIX
from platformctl.local.paths import Paths

CAP_SYS_ADMIN = 21
CAP_SYS_RESOURCE = 24

SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

# Program: the Debian package that has it.
PROGRAMS = {
    "unshare": "util-linux",
    "nsenter": "util-linux",
    "mount": "mount",
    "tee": "coreutils",
    "ip": "iproute2",
    "nft": "nftables",
    "iptables": "iptables",
    "containerd": "containerd",
    "containerd-shim-runc-v2": "containerd",
    "runc": "runc",
}
CNI_FOLDERS = ("/usr/lib/cni", "/opt/cni/bin", "/usr/libexec/cni")
CNI_PLUGINS = ("ptp", "host-local", "portmap", "loopback")

# A Unix socket's path holds 107 bytes; ours are the longest below paths.run.
LONGEST_SOCKET = "supervisor.sock"
SOCKET_LIMIT = 107


def capabilities(status: str) -> int:
    """The effective capabilities of a process, as a bit mask, from the text of its /proc status."""
    for line in status.splitlines():
        if line.startswith("CapEff:"):
            return int(line.split()[1], 16)
    return 0


def has_capability(number: int) -> bool:
    return bool(capabilities(Path("/proc/self/status").read_text()) >> number & 1)


def find_program(name: str) -> Path | None:
    """A program of the machine; the administrator's folders count even where the user's PATH lacks them."""
    found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:{SYSTEM_PATH}")
    return Path(found) if found else None


def find_cni_plugins() -> Path | None:
    """The folder with the CNI plugins that the node's network needs."""
    for folder in CNI_FOLDERS:
        if all((Path(folder) / plugin).exists() for plugin in CNI_PLUGINS):
            return Path(folder)
    return None


def privileges() -> list[PlatformctlError]:
    """What this process may not do and would have to; empty for root with its capabilities."""
    if os.geteuid() == 0 and has_capability(CAP_SYS_ADMIN):
        return []
    return [
        ConfigError(
            "the embedded cluster needs root, for namespaces, mounts and cgroups",
            fix="run the same command with sudo, or in a privileged container",
        )
    ]


def obstacles(paths: Paths) -> list[PlatformctlError]:
    """All that keeps an embedded cluster from starting on this machine; changes nothing."""
    if sys.platform != "linux":
        return [
            ConfigError(
                f"the embedded cluster needs Linux, this is {sys.platform}",
                fix="bring any cluster and run: platformctl bootstrap --context NAME",
            )
        ]
    found = privileges()
    missing = {package: name for name, package in PROGRAMS.items() if find_program(name) is None}
    if find_cni_plugins() is None:
        missing["containernetworking-plugins"] = "the CNI plugins"
    if missing:
        found.append(
            ToolMissing(
                f"not on this machine: {', '.join(missing.values())}",
                fix=f"RUNLEVEL=1 apt-get install --no-install-recommends {' '.join(sorted(missing))}",
            )
        )
    found += bad_state_folder(paths)
    return found


def path_variable() -> str:
    """The PATH of the daemons: containerd looks there for its shim and for runc, kube-proxy for nft."""
    own = {str(program.parent) for name in PROGRAMS if (program := find_program(name))}
    system = SYSTEM_PATH.split(":")
    return ":".join([*sorted(own - set(system)), *system])


def address_holder(addresses: list[dict[str, object]]) -> str | None:
    """The interface that holds an address of the node's network, told from ``ip -json address``."""
    network = HOST_ADDRESS.rsplit(".", 1)[0] + "."
    assert LINK_PREFIX == 24
    for link in addresses:
        for info in link.get("addr_info", []):  # type: ignore[attr-defined]
            if str(info.get("local", "")).startswith(network):
                return str(link["ifname"])
    return None


def bad_state_folder(paths: Paths) -> list[PlatformctlError]:
    """Why the state folder cannot be where it is; empty when all is well."""
    if paths.state.is_relative_to("/run") or paths.state.resolve().is_relative_to("/run"):
        return [
            ConfigError(
                f"the state folder {paths.state} is under /run, which the cluster has a /run of its own over",
                fix="set XDG_STATE_HOME to a folder elsewhere",
            )
        ]
    if len(os.fsencode(paths.run / LONGEST_SOCKET)) > SOCKET_LIMIT:
        return [
            ConfigError(
                f"the state folder's path is too long for Unix sockets: {paths.state}",
                fix="set XDG_STATE_HOME to a shorter path",
            )
        ]
    return []
