"""Cgroups of both versions, on folders that stand for the kernel's."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from platformctl.errors import ConfigError
from platformctl.local.node import cgroups
from platformctl.local.node.cgroups import Hierarchies

V1_AND_UNIFIED = """\
tmpfs /sys/fs/cgroup tmpfs rw 0 0
cgroup /sys/fs/cgroup/cpu,cpuacct cgroup rw,cpu,cpuacct 0 0
cgroup /mnt/again cgroup rw,cpu,cpuacct 0 0
cgroup /sys/fs/cgroup/systemd cgroup rw,name=systemd 0 0
cgroup2 /sys/fs/cgroup/unified cgroup2 rw 0 0
"""
V2 = "proc /proc proc rw 0 0\ncgroup2 /sys/fs/cgroup cgroup2 rw,nsdelegate 0 0\n"


def test_version_1_counts_where_it_is_there() -> None:
    hierarchies = Hierarchies.parse(V1_AND_UNIFIED)
    assert hierarchies.in_use == (Path("/sys/fs/cgroup/cpu,cpuacct"), Path("/sys/fs/cgroup/systemd"))
    assert hierarchies.all == (*hierarchies.in_use, Path("/sys/fs/cgroup/unified"))


def test_version_2_alone() -> None:
    hierarchies = Hierarchies.parse(V2)
    assert hierarchies.in_use == hierarchies.all == (Path("/sys/fs/cgroup"),)


def test_version_2_delegates_the_controllers_that_are_there(tmp_path: Path) -> None:
    (tmp_path / "platformctl-service").mkdir()
    for group in (tmp_path, tmp_path / "platformctl-service"):
        (group / "cgroup.controllers").write_text("cpu memory misc\n")
        (group / "cgroup.subtree_control").write_text("memory\n")
    assert cgroups.make(Hierarchies((), tmp_path)) == [tmp_path / "platformctl-service/daemons"]
    assert (tmp_path / "cgroup.subtree_control").read_text() == "+cpu"
    assert (tmp_path / "platformctl-service/cgroup.subtree_control").read_text() == "+cpu"


def test_version_1_takes_over_the_processors(tmp_path: Path) -> None:
    own = tmp_path / "platformctl-service"
    for group in (tmp_path, own, own / "daemons"):
        group.mkdir(exist_ok=True)
        (group / "cpuset.cpus").write_text("0-3\n" if group == tmp_path else "\n")
    cgroups.make(Hierarchies((tmp_path,), None))
    assert (own / "daemons/cpuset.cpus").read_text() == "0-3\n"


def test_none_or_unwritable_cgroups_are_said_to_be(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no cgroups are mounted"):
        cgroups.make(Hierarchies((), None))
    with pytest.raises(ConfigError, match="cgroups cannot be written here: No such file"):
        cgroups.make(Hierarchies((), tmp_path / "none"))


def test_processes_of_all_groups_below_are_found_and_the_dead_are_not(tmp_path: Path) -> None:
    dead = subprocess.Popen(["true"])
    os.waitid(os.P_PID, dead.pid, os.WEXITED | os.WNOWAIT)  # dead, and not yet reaped
    deep = tmp_path / "platformctl-service/kubepods/pod1"
    deep.mkdir(parents=True)
    (deep / "cgroup.procs").write_text(f"{os.getpid()}\n{dead.pid}\n0\n")
    (tmp_path / "cgroup.procs").write_text("1\n")
    assert cgroups.processes(Hierarchies((tmp_path,), None)) == [os.getpid()]
    dead.wait()


def test_groups_are_removed_deepest_first(tmp_path: Path) -> None:
    (tmp_path / "platformctl-service/kubepods/pod1").mkdir(parents=True)
    (tmp_path / "others").mkdir()
    assert cgroups.remove(Hierarchies((tmp_path,), None), patience=0) == []
    assert [folder.name for folder in tmp_path.iterdir()] == ["others"]


def test_a_group_that_stays_is_told(tmp_path: Path) -> None:
    busy = tmp_path / "platformctl-service"
    busy.mkdir()
    (busy / "process").touch()  # keeps rmdir away, as a process does
    assert cgroups.remove(Hierarchies((tmp_path,), None), patience=0.01) == [busy]
