"""When everything is Ready, what is missing, and when waiting is over."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from platformctl.live.bootstrap import wait
from platformctl.live.bootstrap.target import Bootstrap, Settings
from platformctl.live.bootstrap.wait import look_at
from platformctl.live.flux import State, readiness
from platformctl.live.git import GitAccess
from platformctl.live.kubernetes import Cluster
from platformctl.steps import Silent
from tests.unit.live.api_server import KINDS, ApiServer
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


class Store:
    """A repository whose branch stands still."""

    def fetch_branch(self, *_: object) -> str:
        return COMMIT

    def branches(self, *_: object) -> dict[str, str]:
        return {"main": COMMIT}


def test_server_that_is_away_for_a_while_is_borne(
    server: ApiServer, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wait, "SECONDS_BETWEEN_LOOKS", 0)
    server.kinds = KINDS | {
        "/apis/source.toolkit.fluxcd.io/v1": {"GitRepository": ("gitrepositories", True)},
        "/apis/kustomize.toolkit.fluxcd.io/v1": {"Kustomization": ("kustomizations", True)},
    }
    server.add(source())
    server.add(root())
    server.failing[:] = [503, 429]
    settings = Settings(
        "service", GitAccess("http://git/x.git", "git", "", None, None), Path("flux"), Path("log")
    )

    note = wait.wait_until_ready(Bootstrap(settings, cluster, Store()), Silent())  # type: ignore[arg-type]

    assert note == "1 sources, 1 kustomizations ready"
    assert server.failing == []
