"""What doctor says of a machine."""

from __future__ import annotations

import os
import shutil
import socket
from pathlib import Path
from types import SimpleNamespace

import pytest

from platformctl.local import doctor
from platformctl.local.node.cgroups import Hierarchies
from platformctl.local.paths import Paths
from platformctl.local.toolchain import Need


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    return Paths(tmp_path / "cache", tmp_path / "not/there/yet")


def named(name: str, checks: list[doctor.Check]) -> doctor.Check:
    return next(check for check in checks if check.name == name)


def examined(
    paths: Paths, *needs: Need, address: str | None = None, key: str = "httpPort", ours: tuple[int, ...] = ()
) -> list[doctor.Check]:
    addresses = [(address, key)] if address else []
    return list(doctor.examine(paths, needs=needs, addresses=addresses, ours=ours))


def test_a_taken_port_is_told_with_the_way_out(paths: Paths) -> None:
    with socket.create_server(("127.0.0.1", 0)) as holder:
        address = f"127.0.0.1:{holder.getsockname()[1]}"
        name = f"port {holder.getsockname()[1]}"
        taken = named(name, examined(paths, address=address))
        own = named(name, examined(paths, address=address, ours=(os.getpid(),)))
    assert not taken.well and taken.blocks and "httpPort" in taken.fix
    assert own.well and own.found == "taken by this cluster"
    assert named(name, examined(paths, address=address)).found == "free"


def test_of_a_port_that_nobody_chooses_only_trouble_is_told(paths: Paths) -> None:
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = holder.getsockname()[1]
        taken = named(f"port {port}", examined(paths, address=f"127.0.0.1:{port}", key=""))
    assert not taken.well and "platform.yaml" not in taken.fix
    assert f"port {port}" not in {
        check.name for check in examined(paths, address=f"127.0.0.1:{port}", key="")
    }


def test_what_the_toolchain_needs_is_told_in_its_words(paths: Paths) -> None:
    checks = examined(
        paths,
        Need("disk", "15 GB", "3.0 GB free under /", False, "free some"),
        Need("go", "1.26.4", "1.26.8 at /usr/bin/go", True),
    )
    assert doctor.Check("disk", "3.0 GB free under /", False, "15 GB needed: free some") in checks
    assert doctor.Check("go", "1.26.8 at /usr/bin/go", True) in checks


@pytest.mark.parametrize(
    ("gigabytes", "data", "well"), [(3, False, False), (5, False, True), (3, True, True)]
)
def test_disk_for_the_cluster_is_told_where_its_data_lies(
    paths: Paths, monkeypatch: pytest.MonkeyPatch, gigabytes: int, data: bool, well: bool
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=gigabytes * 10**9))
    if data:
        paths.data.mkdir(parents=True)
    checks = examined(paths)
    disk = named("disk, data", checks)
    where = paths.state if data else paths.state.parents[2]
    assert (disk.well, disk.found) == (well, f"{gigabytes}.0 GB free under {where}")
    assert "XDG_STATE_HOME" in disk.fix
    assert not {"go", "g++"} & {check.name for check in checks}


def test_without_root_the_fix_is_sudo(paths: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor.os, "geteuid", lambda: 1000)
    check = named("root", examined(paths))
    assert not check.well and check.blocks and "sudo" in check.fix


def test_root_without_its_capabilities_is_told(paths: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor.os, "geteuid", lambda: 0)
    monkeypatch.setattr(doctor, "has_capability", lambda _: False)
    check = named("root", examined(paths))
    assert not check.well and "CAP_SYS_ADMIN" in check.found


@pytest.mark.parametrize("mounts", ["", "cgroup2 /proc cgroup2 ro 0 0\n"])
def test_cgroups_that_cannot_be_used_are_told(
    paths: Paths, monkeypatch: pytest.MonkeyPatch, mounts: str
) -> None:
    monkeypatch.setattr(doctor.os, "geteuid", lambda: 0)
    monkeypatch.setattr(doctor.os, "access", lambda *_: False)
    monkeypatch.setattr(doctor.Hierarchies, "of_machine", lambda: Hierarchies.parse(mounts))
    check = named("cgroups", examined(paths))
    assert not check.well and check.blocks and check.fix


def test_a_state_folder_that_cannot_be_is_told(tmp_path: Path) -> None:
    check = named("state", examined(Paths(tmp_path, Path("/run/platformctl/service"))))
    assert not check.well and "XDG_STATE_HOME" in check.fix


def test_all_that_is_in_the_way_is_one_error() -> None:
    checks = [
        doctor.Check("root", "no, user 1000", False, "sudo"),
        doctor.Check("port 80", "taken", False, "end"),
    ]
    error = doctor.MachineUnfit(checks)
    assert error.message.splitlines() == [
        "2 things stand in the way, and nothing was changed",
        "  root: no, user 1000",
        "    fix: sudo",
        "  port 80: taken",
        "    fix: end",
    ]
    assert error.exit_code == 3


class Tools:
    """A toolchain that has kubectl, would build flux, and lacks the disk for helm."""

    def missing(self, names: list[str]) -> list[SimpleNamespace]:
        return [] if names == ["kubectl"] else [SimpleNamespace(seconds=90)]

    def needs(self, names: list[str]) -> list[Need]:
        return [Need("disk", "2 GB", "1.0 GB free under /", names != ["helm"], "free some")]

    def binary(self, name: str) -> Path:
        return Path("/cache") / name


def test_the_tools_for_a_cluster_that_exists_are_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor.shutil, "which", lambda _: None)
    found = {check.name: check for check in doctor.examine_tools(Tools())}  # type: ignore[arg-type]
    assert not found["git"].well and found["git"].blocks
    assert found["kubectl"].found == "/cache/kubectl"
    assert found["flux"].well and "about 2 min" in found["flux"].found
    assert not found["helm"].well and "2 GB of disk" in found["helm"].fix
