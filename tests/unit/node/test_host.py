"""What keeps a cluster from starting, told before anything is changed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from platformctl.errors import ConfigError, ToolMissing
from platformctl.local.node import Node, host
from platformctl.local.paths import Paths


@pytest.fixture
def able(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """A machine that has all it needs."""
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(host, "has_capability", lambda number: True)
    monkeypatch.setattr(host, "find_program", lambda name: Path("/usr/bin") / name)
    monkeypatch.setattr(host, "find_cni_plugins", lambda: Path("/usr/lib/cni"))
    return monkeypatch


def test_nothing_stands_in_the_way_of_an_able_machine(able: pytest.MonkeyPatch) -> None:
    assert host.obstacles(Paths(Path("/c"), Path("/s"))) == []


def test_no_root_is_said_before_anything_is_written(able: pytest.MonkeyPatch, paths: Paths) -> None:
    able.setattr(os, "geteuid", lambda: 1000)

    class Nothing:
        def binary(self, name: str) -> Path:
            raise AssertionError(name)

    node = Node(paths, Nothing())
    for refused in (node.start, node.stop, node.destroy):
        with pytest.raises(ConfigError, match="needs root") as caught:
            refused()
        assert caught.value.fix is not None
        assert "sudo" in caught.value.fix
    assert not paths.state.exists()


def test_root_without_its_capability_is_no_root(able: pytest.MonkeyPatch) -> None:
    able.setattr(host, "has_capability", lambda number: number != host.CAP_SYS_ADMIN)
    [obstacle] = host.obstacles(Paths(Path("/c"), Path("/s")))
    assert isinstance(obstacle, ConfigError)


def test_missing_programs_come_with_the_command_that_installs_them(able: pytest.MonkeyPatch) -> None:
    able.setattr(host, "find_program", lambda name: None if name in ("nft", "runc") else Path("/x"))
    able.setattr(host, "find_cni_plugins", lambda: None)
    [obstacle] = host.obstacles(Paths(Path("/c"), Path("/s")))
    assert isinstance(obstacle, ToolMissing)
    assert obstacle.message == "not on this machine: nft, runc, the CNI plugins"
    assert obstacle.fix is not None
    assert obstacle.fix.endswith("containernetworking-plugins nftables runc")


@pytest.mark.parametrize("state", ["/run/user/0/state", "/" + "long/" * 20])
def test_a_state_folder_that_cannot_work_is_refused(able: pytest.MonkeyPatch, state: str) -> None:
    [obstacle] = host.obstacles(Paths(Path("/c"), Path(state)))
    assert isinstance(obstacle, ConfigError)
    assert obstacle.fix is not None
    assert "XDG_STATE_HOME" in obstacle.fix


def test_capabilities_are_read() -> None:
    status = "CapInh:\t0000000000000000\nCapEff:\t000001fffeffffff\n"
    assert host.capabilities(status) >> host.CAP_SYS_ADMIN & 1
    assert not host.capabilities(status) >> host.CAP_SYS_RESOURCE & 1


def test_an_interface_in_our_network_is_found() -> None:
    links: list[dict[str, object]] = [
        {"ifname": "lo", "addr_info": [{"local": "127.0.0.1"}]},
        {"ifname": "br0", "addr_info": [{"local": "10.199.0.77"}]},
    ]
    assert host.address_holder(links) == "br0"
    assert host.address_holder(links[:1]) is None
