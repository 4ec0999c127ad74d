"""What is still there of the cluster: found, for tests and `doctor`, and swept away."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from platformctl.errors import NotHealthy
from platformctl.local.node import cgroups
from platformctl.local.node.cell import command_of, mount_points
from platformctl.local.node.settings import HOST_LINK, NETNS_PATH
from platformctl.local.paths import Paths

MADE_FOLDERS = "made-folders.json"


def leftovers(paths: Paths) -> list[str]:
    """Everything of ours outside the state folder, one line each; empty when nothing runs or stayed."""
    hierarchies = cgroups.Hierarchies.of_machine()
    found = [f"process {pid}: {' '.join(command_of(pid))[:120]}" for pid in cgroups.processes(hierarchies)]
    found += [f"mount {target}" for target in our_mounts(Path("/proc/self/mountinfo").read_text(), paths)]
    if link_exists():
        found.append(f"link {HOST_LINK}")
    if NETNS_PATH.exists():
        found.append(f"network namespace {NETNS_PATH}")
    found += [f"cgroup {group}" for group in cgroups.existing(hierarchies)]
    found += [f"folder {folder}" for folder in made_folders(paths) if folder.exists()]
    return found


def link_exists() -> bool:
    return Path("/sys/class/net", HOST_LINK).exists()


def our_mounts(mountinfo: str, paths: Paths) -> list[str]:
    """Mount points in a mountinfo file's text that the cell, the kubelet or containerd made.

    A machine may have mounts of its own at the same places: a disk for the state folder, a kubelet of its
    own. Ours at a standard place shows the folder of the state that belongs there, and what is mounted below
    such a place is the kubelet's; below the state folder, only what is below the daemons' own folders.
    """
    mounts = [_Mount.parse(line) for line in mountinfo.splitlines() if line]
    places = [
        target
        for target, source in mount_points(paths).items()
        if any(mount.target == target and mount.shows == _origin(source, mounts) for mount in mounts)
    ]
    below = [*mount_points(paths).values(), paths.data / "containerd", paths.run]
    return [
        str(mount.target)
        for mount in mounts
        if any(mount.target.is_relative_to(place) for place in places)
        or any(folder in mount.target.parents for folder in below)
    ]


@dataclass(frozen=True)
class _Mount:
    """A line of mountinfo: the mount point, and the folder of which file system (as device) it shows."""

    target: Path
    shows: tuple[str, Path]

    @classmethod
    def parse(cls, line: str) -> _Mount:
        _, _, device, folder, target, *_ = (_unescaped(word) for word in line.split())
        return cls(Path(target), (device, Path(folder)))


def _unescaped(word: str) -> str:
    return re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal[1], 8)), word)


def _origin(folder: Path, mounts: Iterable[_Mount]) -> tuple[str, Path] | None:
    """The file system that a folder lies on, and the folder's place in it."""
    around = [mount for mount in mounts if folder.is_relative_to(mount.target)]
    if not around:
        return None
    nearest = max(around, key=lambda mount: len(mount.target.parts))
    device, shown = nearest.shows
    return device, shown / folder.relative_to(nearest.target)


def make_folders(paths: Paths) -> None:
    """Make the cell's mount points where the machine lacks them, and note which ones."""
    record = set(made_folders(paths))
    for target in mount_points(paths):
        missing = [folder for folder in (target, *target.parents) if not folder.exists()]
        if missing:
            record.update(missing)
            _record(paths).write_text(json.dumps(sorted(map(str, record))))  # before: a crash leaves no stray
            target.mkdir(parents=True)


def made_folders(paths: Paths) -> list[Path]:
    """The folders outside the state folder that are there because we made them, deepest first."""
    try:
        record = json.loads(_record(paths).read_text())
    except (OSError, ValueError):
        return []
    return sorted((Path(folder) for folder in record), reverse=True)


def sweep(paths: Paths, patience: float = 10.0) -> list[str]:
    """End and remove all that is left of the cluster; its state folder stays as it is.

    Args:
        patience: seconds to wait for the kernel to let go.

    Returns:
        What was swept, one line each.

    Raises:
        NotHealthy: something would not go.
    """
    found = leftovers(paths)
    if not found:
        return []
    hierarchies = cgroups.Hierarchies.of_machine()
    end = time.monotonic() + patience
    while pids := cgroups.processes(hierarchies):
        kill(pids)
        if time.monotonic() > end:
            raise NotHealthy(f"processes {', '.join(map(str, pids))} of the cluster cannot be ended")
        time.sleep(0.05)
    _remove_link(end)
    if stuck := cgroups.remove(hierarchies):
        raise NotHealthy(f"cgroups cannot be removed: {', '.join(map(str, stuck))}")
    for folder in made_folders(paths):
        if folder.exists() and not any(folder.iterdir()):
            folder.rmdir()
    _record(paths).unlink(missing_ok=True)
    return found


def kill(pids: Iterable[int], number: signal.Signals = signal.SIGKILL) -> None:
    """Send a signal to each process that still lives."""
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            continue


def _remove_link(end: float) -> None:
    """The kernel removes the link with the node's network namespace, a moment after its last process."""
    while link_exists() and time.monotonic() < end - 8:
        time.sleep(0.02)
    if link_exists():
        subprocess.run(["ip", "link", "delete", HOST_LINK], capture_output=True, check=False)
    while link_exists():
        if time.monotonic() > end:
            raise NotHealthy(
                f"the interface {HOST_LINK} cannot be removed", fix=f"ip link delete {HOST_LINK}"
            )
        time.sleep(0.05)


def _record(paths: Paths) -> Path:
    return paths.run / MADE_FOLDERS
