"""A real node, in a state folder of the test run's own."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from platformctl.errors import ToolMissing
from platformctl.local.node import Node
from platformctl.local.node.host import find_program
from platformctl.local.paths import Paths


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


@pytest.fixture(scope="session")
def binaries() -> Folder:
    """The built programs; PLATFORMCTL_BIN names their folder."""
    folder = os.environ.get("PLATFORMCTL_BIN")
    if not folder:
        pytest.skip("PLATFORMCTL_BIN names no folder with built programs")
    return Folder(Path(folder))


@pytest.fixture(scope="session")
def paths(tmp_path_factory: pytest.TempPathFactory) -> Paths:
    root = tmp_path_factory.mktemp("cluster")
    return Paths(cache=root / "cache", state=root / "state")


@pytest.fixture(scope="module")
def node(binaries: Folder, paths: Paths) -> Iterator[Node]:
    """A node that is down and has no data; whatever a test leaves is removed."""
    if os.geteuid() != 0:
        pytest.skip("needs root")
    node = Node(paths, binaries)
    node.destroy()
    yield node
    node.destroy()
