"""The cluster's cgroup in every hierarchy of the machine, version 1 or 2: made, read, emptied, removed."""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from platformctl.errors import ConfigError
from platformctl.local.node.settings import CGROUP, DAEMONS_CGROUP

V2_CONTROLLERS = ("cpuset", "cpu", "io", "memory", "hugetlb", "pids")


@dataclass(frozen=True)
class Hierarchies:
    """Where cgroups are mounted.

    Attributes:
        v1: one mount point for each version 1 hierarchy.
        v2: the mount point of version 2, if there is one. Beside version 1 it holds no controllers.
    """

    v1: tuple[Path, ...]
    v2: Path | None

    @classmethod
    def of_machine(cls, mounts: Path = Path("/proc/mounts")) -> Hierarchies:
        return cls.parse(mounts.read_text())

    @classmethod
    def parse(cls, mounts: str) -> Hierarchies:
        v1: dict[str, Path] = {}  # by options: the same hierarchy may be mounted twice
        v2 = None
        for line in mounts.splitlines():
            _, target, kind, options, *_ = line.split()
            if kind == "cgroup":
                v1.setdefault(options, Path(target))
            elif kind == "cgroup2":
                v2 = v2 or Path(target)
        return cls(tuple(v1.values()), v2)

    @property
    def in_use(self) -> tuple[Path, ...]:
        """Those whose controllers count: version 1 if it is there at all."""
        if self.v1:
            return self.v1
        return (self.v2,) if self.v2 else ()

    @property
    def all(self) -> tuple[Path, ...]:
        return (*self.v1, self.v2) if self.v2 else self.v1


def make(hierarchies: Hierarchies) -> list[Path]:
    """Make the cluster's cgroups.

    Returns:
        The groups that the daemons belong in, one for each hierarchy in use.

    Raises:
        ConfigError: there are no cgroups, or they cannot be written.
    """
    if not hierarchies.in_use:
        raise ConfigError(
            "no cgroups are mounted, which containers need", fix="mount -t cgroup2 none /sys/fs/cgroup"
        )
    try:
        for mount in hierarchies.v1:
            for group in (mount / CGROUP, mount / DAEMONS_CGROUP):
                group.mkdir(exist_ok=True)
                _inherit_cpuset(group)
        if hierarchies.v2 and not hierarchies.v1:
            _delegate(hierarchies.v2)
            (hierarchies.v2 / CGROUP).mkdir(exist_ok=True)
            _delegate(hierarchies.v2 / CGROUP)
            (hierarchies.v2 / DAEMONS_CGROUP).mkdir(exist_ok=True)
    except OSError as error:
        raise ConfigError(
            f"cgroups cannot be written here: {error.strerror} ({error.filename})",
            fix="in a container, run it privileged and with a cgroup namespace of its own",
        ) from error
    return [mount / DAEMONS_CGROUP for mount in hierarchies.in_use]


def processes(hierarchies: Hierarchies, group: str = CGROUP) -> list[int]:
    """All living processes in the group and below, as process ids, sorted."""
    pids: set[int] = set()
    for folder in _folders(hierarchies, group):
        try:
            pids.update(int(line) for line in (folder / "cgroup.procs").read_text().split())
        except OSError:
            continue  # gone meanwhile, or a threaded group
    return sorted(pid for pid in pids if _lives(pid))


def remove(hierarchies: Hierarchies, patience: float = 5.0) -> list[Path]:
    """Remove the empty groups, deepest first.

    Args:
        patience: seconds to wait for groups whose processes have just ended.

    Returns:
        What could not be removed.
    """
    end = time.monotonic() + patience
    while True:
        for folder in _folders(hierarchies, CGROUP):
            try:
                folder.rmdir()
            except OSError as error:
                if error.errno not in (errno.EBUSY, errno.ENOENT, errno.ENOTEMPTY):
                    raise
        left = existing(hierarchies)
        if not left or time.monotonic() > end:
            return left
        time.sleep(0.05)


def existing(hierarchies: Hierarchies) -> list[Path]:
    """The cluster's group in each hierarchy where it exists."""
    return [mount / CGROUP for mount in hierarchies.all if (mount / CGROUP).is_dir()]


def _folders(hierarchies: Hierarchies, group: str) -> Iterator[Path]:
    """The group and all below it, in every hierarchy, each after what is in it."""
    for mount in hierarchies.all:
        for folder, _, _ in os.walk(mount / group, topdown=False):
            yield Path(folder)


def _inherit_cpuset(group: Path) -> None:
    """In version 1 a new cpuset is empty and takes no process until it has processors and memory nodes."""
    for name in ("cpuset.cpus", "cpuset.mems"):
        file = group / name
        if file.exists() and not file.read_text().strip():
            file.write_text((group.parent / name).read_text())


def _delegate(group: Path) -> None:
    """Let the group's children use its controllers (version 2)."""
    available = (group / "cgroup.controllers").read_text().split()
    enabled = (group / "cgroup.subtree_control").read_text().split()
    for controller in V2_CONTROLLERS:
        if controller in available and controller not in enabled:
            (group / "cgroup.subtree_control").write_text(f"+{controller}")


def _lives(pid: int) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"
