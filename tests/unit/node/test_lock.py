"""One start or stop at a time."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from platformctl.errors import NotHealthy
from platformctl.local.node.lock import locked
from platformctl.steps import Silent


def test_the_second_waits_and_names_the_first(tmp_path: Path) -> None:
    with (
        locked(tmp_path / "state/lock", Silent()),
        pytest.raises(NotHealthy, match=f"process {os.getpid()} has been"),
        locked(tmp_path / "state/lock", Silent(), patience=0.01),
    ):
        pass
    with locked(tmp_path / "state/lock", Silent(), patience=0.01):
        pass
