"""What of a machine a cluster could have changed, as comparable values."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

FOLDERS = (
    "/run",
    "/run/netns",
    "/run/lock",
    "/var/lib",
    "/var/log",
    "/opt",
    "/etc",
    "/etc/cni",
    "/usr/libexec",
)


def snapshot() -> dict[str, set[str]]:
    """Links, addresses, routes, rules, mounts, cgroups, kernel settings and files at well-known places."""
    return {
        "links": _lines("ip", "-brief", "link"),
        "addresses": _lines("ip", "-brief", "address"),
        "routes": _lines("ip", "route", "show", "table", "all"),
        "iptables": {line for line in _lines("iptables-save") if not line.startswith("#")},
        "nftables": _lines("nft", "list", "ruleset"),
        # An image build that runs beside the test has mounts of its own.
        "mounts": {line for line in Path("/proc/mounts").read_text().splitlines() if "/buildah/" not in line},
        "cgroups": {folder for folder, _, _ in os.walk("/sys/fs/cgroup") if "platformctl" in folder},
        "settings": _settings(),
        "files": {
            str(path) for folder in FOLDERS if Path(folder).exists() for path in Path(folder).iterdir()
        },
    }


def _lines(*command: str) -> set[str]:
    return set(subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines())


def _settings() -> set[str]:
    found = set()
    for pattern in (
        "vm/overcommit_memory",
        "vm/panic*",
        "kernel/panic*",
        "kernel/keys/*",
        "net/ipv4/ip_forward",
    ):
        found |= {f"{file} = {file.read_text().strip()}" for file in Path("/proc/sys").glob(pattern)}
    return found
