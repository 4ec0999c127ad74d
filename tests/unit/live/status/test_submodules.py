"""What is said of submodules that somebody removed, in the cluster or in Git."""

from __future__ import annotations

from typing import Any

import pytest

from platformctl.live.flux import State
from platformctl.live.status.submodules import submodules
from tests.unit.live.status.objects import PATCHED, artifact, release, root, source

SYNC = "kind: GitRepository\nspec: {recurseSubmodules: true}\n"
EMPTY = {"files": {}, "empty": ["components/chatbot-api"]}


def messages(**change: Any) -> list[str]:
    given = {"source": source(), "artifact": artifact()} | change
    judged = submodules(given["source"], root(), given["artifact"], [release()])
    return [trouble.message for trouble in judged.troubles]


def test_on_and_kept() -> None:
    judged = submodules(source(), root(), artifact(), [release()])

    assert (judged.state, judged.in_cluster, judged.in_git) == (State.READY, True, True)
    assert judged.troubles == ()


def test_removed_in_the_cluster_before_the_artifact_shows_it() -> None:
    judged = submodules(source(submodules=False), root(), artifact(), [release()])

    [trouble] = judged.troubles
    assert judged.state is State.FAILED
    assert "submodules are OFF" in trouble.message
    assert trouble.place == "GitRepository/flux-system/flux-system"
    assert trouble.fix.startswith("flux reconcile kustomization flux-system")


def test_removed_in_the_cluster_when_charts_are_gone() -> None:
    off, missing = messages(source=source(submodules=False, served=False), artifact=artifact(**EMPTY))

    assert "submodules are OFF" in off
    assert "the submodule components/chatbot-api is empty there" in missing


def test_removed_in_git_while_the_cluster_still_has_it() -> None:
    [message] = messages(artifact=artifact(patch="{}"))

    assert "was removed from Git" in message
    assert "They still work here" in message


def test_the_flag_alone_is_not_enough() -> None:
    [message] = messages(artifact=artifact(patch="{}", sync=SYNC))

    assert "was removed from Git" in message


def test_removed_in_both_is_known_by_the_empty_folders() -> None:
    judged = submodules(
        source(submodules=False, served=False), root(), artifact(patch="{}", **EMPTY), [release()]
    )

    assert ["OFF" in judged.troubles[0].message, "from Git" in judged.troubles[1].message] == [True, True]
    assert judged.troubles[0].fix.startswith("platformctl bootstrap")


def test_repository_without_submodules_is_left_in_peace() -> None:
    judged = submodules(source(submodules=False, served=False), root(), artifact(patch="{}"), [release()])

    assert (judged.state, judged.troubles) == (None, ())


def test_unreadable_artifact_is_no_removal() -> None:
    judged = submodules(source(), root(), None, [release()])

    assert (judged.state, judged.in_git, judged.troubles) == (State.READY, None, ())


@pytest.mark.parametrize("files", [{}, {"components/chatbot-api/chartless": b""}])
def test_chart_that_is_not_there(files: dict[str, bytes]) -> None:
    [message] = messages(artifact=artifact(patch=PATCHED, files=files))

    assert message == "the chart components/chatbot-api/chart is not in what Flux serves: it is not there"
