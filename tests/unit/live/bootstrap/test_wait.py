"""When everything is Ready, what is missing, and when waiting is over."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from platformctl.live.bootstrap.wait import look_at
from platformctl.live.flux import State, readiness
from tests.unit.live.status.objects import COMMIT, container, pod, release, root, source

OLDER = "0" * 40
NOW = datetime(2026, 11, 21, 6, 0, tzinfo=UTC)


def missing(*objects: dict[str, Any]) -> list[str]:
    found = look_at(objects, []).missing(COMMIT)
    return [one if isinstance(one, str) else str(one.identity) for one in found]


def test_all_there() -> None:
    assert missing(source(), root(), release()) == []


def test_nothing_there_yet() -> None:
    assert missing() == ["GitRepository/flux-system/flux-system", "Kustomization/flux-system/flux-system"]


def test_ready_at_an_older_commit_is_not_there() -> None:
    assert missing(source(revision=f"main@sha1:{OLDER}"), root()) == ["GitRepository/flux-system/flux-system"]
    behind = root()
    behind["status"]["lastAppliedRevision"] = f"main@sha1:{OLDER}"
    assert missing(source(), behind) == ["Kustomization/flux-system/flux-system"]


def test_release_that_is_not_ready() -> None:
    assert missing(source(), root(), release(ready="Unknown", reason="Progressing")) == [
        "HelmRelease/chat/chatbot-api"
    ]
    assert missing(source(), root(), release(observed=0)) == ["HelmRelease/chat/chatbot-api"]


@pytest.mark.parametrize(
    ("found", "hopeless"),
    [
        (release(ready="False", reason="RetriesExceeded", stalled=True), True),
        (release(ready="False", reason="InstallFailed"), False),
        (release(ready="Unknown", reason="Progressing"), False),
        (root(ready="False", reason="BuildFailed"), True),
        (root(ready="False", reason="BuildFailed", since="2026-11-21T06:09:59Z"), False),
        (root(ready="False", reason="DependencyNotReady"), False),
        (source(ready="False", reason="GitOperationFailed"), True),
        (source(), False),
    ],
)
def test_when_waiting_does_not_help(found: dict[str, Any], hopeless: bool) -> None:
    seen = readiness(found, NOW + timedelta(minutes=10))

    assert seen.hopeless(patience_seconds=120) is hopeless


def test_failure_is_found_among_all() -> None:
    broken = release(ready="False", reason="RetriesExceeded", stalled=True)

    assert str(look_at([source(), root(), broken], []).hopeless().identity) == "HelmRelease/chat/chatbot-api"  # type: ignore[union-attr]
    assert look_at([source(), root()], []).hopeless() is None


def test_pods_in_trouble_say_why() -> None:
    broken = pod(
        containerStatuses=[container(ready=False, waiting="ImagePullBackOff", message="no such tag")]
    )

    assert look_at([], [pod(containerStatuses=[container()]), broken]).troubles == [
        "inference/ollama-0 ollama: ImagePullBackOff no such tag"
    ]


def test_state_of_an_object_that_was_never_looked_at() -> None:
    assert readiness({"kind": "HelmRelease", "metadata": {"generation": 1}}).state is State.PROGRESSING
