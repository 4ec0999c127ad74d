"""When everything is Ready, what is missing, and when waiting is over."""

from __future__ import annotations

from typing import Any

from platformctl.live.bootstrap.wait import look_at
from platformctl.live.flux import State, readiness
from tests.unit.live.status.objects import COMMIT, container, kustomization, pod, release, root, source

OLDER = "0" * 40
OLDER_CHART = "0.1.0+000000000000"


def missing(*objects: dict[str, Any]) -> list[str]:
    found = look_at(objects, []).missing(COMMIT)
    return [one if isinstance(one, str) else str(one.identity) for one in found]


def test_all_there() -> None:
    assert missing(source(), root(), release()) == []


def test_nothing_there_yet() -> None:
    assert missing() == ["GitRepository/flux-system/flux-system", "Kustomization/flux-system/flux-system"]


def test_ready_at_an_older_commit_is_not_there() -> None:
    assert missing(source(revision=f"main@sha1:{OLDER}"), root()) == ["GitRepository/flux-system/flux-system"]
    assert missing(source(), root(revision=f"main@sha1:{OLDER}")) == ["Kustomization/flux-system/flux-system"]


def test_component_that_is_ready_at_an_older_commit_is_not_there() -> None:
    behind = kustomization("ollama", revision=f"main@sha1:{OLDER}")
    assert missing(source(), root(), behind) == ["Kustomization/flux-system/ollama"]
    assert missing(source(), root(), kustomization("ollama")) == []


def test_release_that_is_ready_with_an_older_chart_is_not_there() -> None:
    assert missing(source(), root(), release(version=OLDER_CHART)) == ["HelmRelease/chat/chatbot-api"]


def test_suspended_at_an_older_commit_is_not_waited_for() -> None:
    resting = release(version=OLDER_CHART)
    resting["spec"]["suspend"] = True
    assert missing(source(), root(), resting) == []


def test_release_that_is_not_ready() -> None:
    assert missing(source(), root(), release(ready="Unknown", reason="Progressing")) == [
        "HelmRelease/chat/chatbot-api"
    ]
    assert missing(source(), root(), release(observed=0)) == ["HelmRelease/chat/chatbot-api"]


def test_pods_in_trouble_say_why() -> None:
    broken = pod(
        containerStatuses=[container(ready=False, waiting="ImagePullBackOff", message="no such tag")]
    )

    assert look_at([], [pod(containerStatuses=[container()]), broken]).troubles == [
        "inference/ollama-0 ollama: ImagePullBackOff no such tag"
    ]


def test_state_of_an_object_that_was_never_looked_at() -> None:
    assert readiness({"kind": "HelmRelease", "metadata": {"generation": 1}}).state is State.PROGRESSING
