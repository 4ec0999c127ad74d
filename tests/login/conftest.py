"""One embedded cluster with a login for all tests in here: started by the first, taken down by the last."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.e2e.hooks import (
    brought_up,
    pytest_addoption,
    pytest_collection_modifyitems,
    pytest_terminal_summary,
)
from tests.e2e.running import RunningPlatform

__all__ = ["pytest_addoption", "pytest_collection_modifyitems", "pytest_terminal_summary"]

CLUSTER = "local"


@pytest.fixture(scope="session")
def platform(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningPlatform]:
    with brought_up(CLUSTER, request, tmp_path_factory) as running:
        yield running
