"""What doctor says of a machine."""

import shutil
import socket
from pathlib import Path
from types import SimpleNamespace

import pytest

from platformctl.local import doctor
from platformctl.local.toolchain import Need


def named(name: str, checks: list[doctor.Check]) -> doctor.Check:
    return next(check for check in checks if check.name == name)


def test_a_taken_port_is_told_with_the_way_out(tmp_path: Path) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        taken = named(f"port {port}", list(doctor.examine(tmp_path, needs=[], ports=[port])))
    free = named(f"port {port}", list(doctor.examine(tmp_path, needs=[], ports=[port])))
    assert not taken.well and "embedded" in taken.fix
    assert free.well


def test_what_the_toolchain_needs_is_told_in_its_words(tmp_path: Path) -> None:
    needs = [
        Need("disk", "15 GB", "3.0 GB free under /", False, "free some"),
        Need("go", "1.26.4", "1.26.8 at /usr/bin/go", True),
    ]
    checks = list(doctor.examine(tmp_path, needs=needs, ports=[]))
    assert doctor.Check("disk", "3.0 GB free under /", False, "15 GB needed: free some") in checks
    assert doctor.Check("go", "1.26.8 at /usr/bin/go", True) in checks


@pytest.mark.parametrize(("gigabytes", "well"), [(3, False), (5, True)])
def test_a_warm_start_needs_disk_for_the_cluster_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, gigabytes: int, well: bool
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=gigabytes * 10**9))
    absent = tmp_path / "not" / "there" / "yet"
    checks = list(doctor.examine(absent, needs=[], ports=[]))
    disk = named("disk", checks)
    assert (disk.well, disk.found) == (well, f"{gigabytes}.0 GB free under {tmp_path}")
    assert "4 GB" in disk.fix and "XDG_CACHE_HOME" in disk.fix
    assert not {"go", "g++"} & {check.name for check in checks}


def test_without_root_the_fix_is_sudo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor.os, "geteuid", lambda: 1000)
    check = named("root", list(doctor.examine(tmp_path, needs=[], ports=[])))
    assert not check.well and check.blocks and "sudo" in check.fix
