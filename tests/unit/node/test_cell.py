"""The plan of the cell, and telling its processes apart."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from platformctl.local.node import cell, inside
from platformctl.local.paths import Paths


def process(proc: Path, pid: int, levels: str) -> int:
    (proc / str(pid)).mkdir()
    (proc / str(pid) / "status").write_text(f"Name:\tx\nNSpid:\t{levels}\n")
    return pid


def test_the_supervisor_and_the_containers_are_told_by_their_namespaces(tmp_path: Path) -> None:
    supervisor = process(tmp_path, 100, "100\t1")
    daemon = process(tmp_path, 101, "101\t7")
    container = process(tmp_path, 102, "102\t8\t1")
    in_container = process(tmp_path, 103, "103\t9\t2")
    pids = [in_container, container, daemon, supervisor, 999]
    assert cell.init_process(pids, tmp_path) == supervisor
    assert cell.container_inits(pids, tmp_path) == [container]
    assert cell.init_process([daemon, container], tmp_path) is None


def test_propagation_is_shared_only_after_all_mounts(paths: Paths) -> None:
    commands = [command.argv for command in cell.mount_commands(paths, cell.KERNEL_SETTINGS)]
    assert commands[0][:3] == ("mount", "-t", "tmpfs")
    assert commands[-1] == ("mount", "--make-rshared", "/")
    assert ("mount", "--bind", str(paths.data / "volumes"), "/opt/local-path-provisioner") in commands
    assert ("mount", "--bind", "/run/kernel-settings/kernel.panic", "/proc/sys/kernel/panic") in commands


def run_inside(tmp_path: Path, commands: list[dict[str, object]]) -> subprocess.CompletedProcess[str]:
    group = tmp_path / "group"
    group.mkdir()
    plan = {"cgroups": [str(group)], "commands": commands, "exec": ["/bin/echo", "supervisor"]}
    (tmp_path / "plan.json").write_text(json.dumps(plan))
    return subprocess.run(
        [sys.executable, "-I", inside.__file__, str(tmp_path / "plan.json")], capture_output=True, text=True
    )


def test_the_plan_is_carried_out_and_then_the_supervisor_runs(tmp_path: Path) -> None:
    run = run_inside(tmp_path, [{"argv": ["tee", str(tmp_path / "out")], "stdin": "text"}])
    assert (run.returncode, run.stdout) == (0, "supervisor\n")
    assert (tmp_path / "out").read_text() == "text"
    assert (tmp_path / "group/cgroup.procs").read_text() == "0"


def test_a_command_that_fails_ends_it_with_its_words(tmp_path: Path) -> None:
    run = run_inside(tmp_path, [{"argv": ["ls", "/no/such"], "stdin": ""}])
    assert run.returncode == 1
    assert run.stdout == ""
    assert "ls /no/such: " in run.stderr
    assert "No such file" in run.stderr
