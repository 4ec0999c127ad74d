"""A real node, in a state folder of the test run's own."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from platformctl.errors import ToolMissing
from platformctl.local.node import Node
from platformctl.local.node.daemons import Binaries
from platformctl.local.node.host import find_program
from platformctl.local.paths import Paths
from platformctl.local.toolchain import Toolchain
from tests.integration.keycloak import keycloak

__all__ = ["keycloak"]


class Folder:
    """Programs from one folder, or else from the machine."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def binary(self, name: str) -> Path:
        own = self.folder / name
        found = own if own.exists() else find_program(name)
        if found is None:
            raise ToolMissing(f"{name} is not in {self.folder}")
        return found


PROGRAMS = ("etcd", "kube-apiserver", "kubelet", "kube-proxy", "kubectl", "pause", "coredns")


@pytest.fixture(scope="session")
def binaries() -> Binaries:
    """The toolchain's programs, or those of the folder that PLATFORMCTL_BIN names."""
    if folder := os.environ.get("PLATFORMCTL_BIN"):
        return Folder(Path(folder))
    toolchain = Toolchain(Paths.of("service").cache)
    if toolchain.missing(PROGRAMS):
        pytest.skip("the toolchain is not built: run platformctl up once, or set PLATFORMCTL_BIN")
    return toolchain


@pytest.fixture(scope="session")
def paths(tmp_path_factory: pytest.TempPathFactory) -> Paths:
    root = tmp_path_factory.mktemp("cluster")
    return Paths(cache=root / "cache", state=root / "state")


@pytest.fixture(scope="module")
def node(binaries: Binaries, paths: Paths) -> Iterator[Node]:
    """A node that is down and has no data; whatever a test leaves is removed."""
    if os.geteuid() != 0:
        pytest.skip("needs root")
    node = Node(paths, binaries)
    node.destroy()
    yield node
    node.destroy()
