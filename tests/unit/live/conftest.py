"""A cluster over a real socket for every test in this folder that asks for one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from platformctl.live.kubernetes import Cluster
from tests.unit.live.api_server import ApiServer, serving
from tests.unit.live.engine import Engine


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ApiServer]:
    with serving(ApiServer(), tmp_path) as state:
        yield state


@pytest.fixture
def cluster(server: ApiServer) -> Iterator[Cluster]:
    with Cluster.connect(server.kubeconfig) as connected:
        yield connected


@pytest.fixture
def engine(server: ApiServer) -> Engine:
    server.upstream = made = Engine()
    server.add(
        {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "ollama-0", "namespace": "inference"}}
    )
    return made
