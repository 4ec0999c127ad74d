"""What counts as running now, on a cluster whose objects tell of an earlier run."""

from __future__ import annotations

from typing import Any

import pytest

from platformctl.errors import StepFailed
from platformctl.live import settled
from platformctl.live.kinds import POD
from platformctl.live.settled import wait_for_pods, waiting_for
from platformctl.steps import Silent

STARTED = 1795255200.4  # 2026-11-21T10:00:00.4Z
BEFORE, SAME_SECOND, AFTER = "2026-11-21T09:59:59Z", "2026-11-21T10:00:00Z", "2026-11-21T10:00:09Z"


def pod(*started: str, ready: bool = True, phase: str = "Running", **metadata: Any) -> dict[str, Any]:
    return {
        "kind": "Pod",
        "metadata": {"namespace": "chat", "name": "api-0", **metadata},
        "spec": {"containers": [{"name": f"c{index}"} for index in range(len(started) or 1)]},
        "status": {
            "phase": phase,
            "conditions": [{"type": "Ready", "status": "True" if ready else "False"}],
            "containerStatuses": [
                {"name": f"c{index}", "ready": ready, "state": {"running": {"startedAt": when}}}
                for index, when in enumerate(started)
            ],
        },
    }


class Pods:
    """A cluster that shows one list of pods after the other, then the last for ever."""

    def __init__(self, *looks: list[dict[str, Any]]) -> None:
        self.looks = list(looks)

    def list(self, kind: object) -> list[dict[str, Any]]:
        assert kind == POD
        return self.looks.pop(0) if len(self.looks) > 1 else self.looks[0]


@pytest.mark.parametrize("started", [SAME_SECOND, AFTER])
def test_a_pod_that_this_run_started_counts(started: str) -> None:
    assert waiting_for([pod(started, started)], STARTED) == []


def test_a_pod_that_is_ready_from_before_does_not_count() -> None:
    assert waiting_for([pod(AFTER, BEFORE)], STARTED) == ["Pod/chat/api-0: c1 is not started again yet"]


@pytest.mark.parametrize("not_ready", [pod(AFTER, ready=False), pod(phase="Pending")])
def test_a_pod_that_is_not_ready_does_not_count(not_ready: dict[str, Any]) -> None:
    assert waiting_for([not_ready], STARTED)[0].startswith("Pod/chat/api-0: 0/1 ready")


def test_the_wait_ends_when_all_run_and_leaves_out_what_does_not_stay(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(settled, "SECONDS_BETWEEN_LOOKS", 0)
    others = [
        pod(BEFORE, phase="Succeeded"),
        pod(BEFORE, phase="Failed"),
        pod(BEFORE, deletionTimestamp=AFTER),
        pod(BEFORE, ownerReferences=[{"kind": "Job", "name": "pull"}]),
    ]
    kube = Pods([pod(BEFORE), *others], [pod(AFTER), *others])
    assert wait_for_pods(kube, STARTED, Silent()) == "1 pods ready"  # type: ignore[arg-type]
    assert len(kube.looks) == 1


def test_what_does_not_come_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settled, "SECONDS_FOR_PODS", 0)
    monkeypatch.setattr(settled, "SECONDS_BETWEEN_LOOKS", 0)
    with pytest.raises(StepFailed, match="c0 is not started again yet"):
        wait_for_pods(Pods([pod(BEFORE)]), STARTED, Silent())  # type: ignore[arg-type]
