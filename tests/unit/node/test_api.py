"""When a node counts as ready."""

from __future__ import annotations

import pytest

from platformctl.local.node.api import is_ready

HEARTBEAT = 1763704800  # 2025-11-21T06:00:00Z


def node(status: str) -> dict[str, object]:
    condition = {"type": "Ready", "status": status, "lastHeartbeatTime": "2025-11-21T06:00:00Z"}
    return {"status": {"conditions": [{"type": "MemoryPressure", "status": "False"}, condition]}}


@pytest.mark.parametrize(
    ("status", "since", "ready"),
    [
        ("True", HEARTBEAT - 5, True),
        ("True", HEARTBEAT + 0.9, True),
        ("True", HEARTBEAT + 1, False),  # what an earlier kubelet said
        ("False", HEARTBEAT - 5, False),
        ("Unknown", HEARTBEAT - 5, False),
    ],
)
def test_ready_means_said_by_the_kubelet_that_runs_now(status: str, since: float, ready: bool) -> None:
    assert is_ready(node(status), since) is ready


def test_a_node_without_conditions_is_not_ready() -> None:
    assert is_ready({"status": {}}, 0) is False
