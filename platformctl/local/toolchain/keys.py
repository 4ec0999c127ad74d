"""What a built part is a function of, as a short text: the same text, nothing to build."""

from __future__ import annotations

import hashlib
import json
import platform
from pathlib import Path

from platformctl.local.toolchain.lock import GoPart, Lock, Part

_LENGTH = 12
# What an entry says beside what its part is built from. `needs` go in by their own keys.
_BESIDE = {"seconds", "megabytes", "build_only", "needs"}


def part_key(lock: Lock, part: Part) -> str:
    """Changes with the part's entry, with what it is built from, and with the parts that it needs.

    Compilers are left out: a security update of one is no reason to build all anew, nor is another machine's.
    """
    about: dict[str, object] = {
        "part": part.model_dump(mode="json", exclude=_BESIDE),
        "machine": platform.machine(),
        "needs": [
            part_key(lock, lock.by_name[need]) for need in part.needs if not lock.by_name[need].build_only
        ],
    }
    if isinstance(part, GoPart):
        about["workspace"] = workspace_key(lock, part.workspace)
        if part.cgo:
            about["cpu"] = cpu_flags(part.cgo.cpu)
    return _short(about)


def workspace_key(lock: Lock, name: str) -> str:
    """Changes with any file of a workspace and with what is copied into it."""
    folder = lock.go / name
    files = {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
    return _short({"files": files, "copies": lock.workspaces[name].model_dump(mode="json")})


def cpu_flags(wanted: tuple[str, ...], cpuinfo: Path = Path("/proc/cpuinfo")) -> list[str]:
    """The compiler's flags for those of these instruction sets that this machine's processor has."""
    line = next((line for line in cpuinfo.read_text().splitlines() if line.startswith("flags")), "")
    present = set(line.partition(":")[2].split())
    return [f"-m{name}" for name in wanted if name in present]


def _short(about: object) -> str:
    return hashlib.sha256(json.dumps(about, sort_keys=True).encode()).hexdigest()[:_LENGTH]
