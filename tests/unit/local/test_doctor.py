"""What doctor says of a machine."""

import socket
from pathlib import Path
from types import SimpleNamespace

import pytest

from platformctl.local import doctor


def named(name: str, checks: list[doctor.Check]) -> doctor.Check:
    return next(check for check in checks if check.name == name)


def test_a_taken_port_is_told_with_the_way_out(tmp_path: Path) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        taken = named(f"port {port}", list(doctor.examine(tmp_path, built=True, ports=[port])))
    free = named(f"port {port}", list(doctor.examine(tmp_path, built=True, ports=[port])))
    assert not taken.well and "embedded" in taken.fix
    assert free.well


def test_a_cold_build_wants_more_disk_than_a_warm_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda _: SimpleNamespace(free=8 * doctor.GIBIBYTE))
    absent = tmp_path / "not" / "there" / "yet"
    cold = named("disk", list(doctor.examine(absent, built=False, ports=[])))
    warm = named("disk", list(doctor.examine(absent, built=True, ports=[])))
    assert not cold.well and "XDG_CACHE_HOME" in cold.fix
    assert warm.well


def test_without_root_the_fix_is_sudo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor.os, "geteuid", lambda: 1000)
    check = named("root", list(doctor.examine(tmp_path, built=True, ports=[])))
    assert not check.well and check.blocks and "sudo" in check.fix


def test_a_go_that_is_too_old_is_told_with_the_version_wanted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    go = tmp_path / "go"
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    for version, well in (("1.19.8", False), ("1.26.4", True), ("1.27.0", True)):
        go.write_text(f"#!/bin/sh\necho go version go{version} linux/amd64\n")
        go.chmod(0o755)
        check = named("go", list(doctor.examine(tmp_path, built=False, ports=[])))
        assert (check.well, check.found) == (well, version)
        assert "1.26.4" in check.fix
