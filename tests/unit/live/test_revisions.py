"""What stands at the commit that its source serves, and what does not."""

from __future__ import annotations

from typing import Any

import pytest

from platformctl.live.revisions import behind, stands_at
from tests.unit.live.status.objects import COMMIT, REVISION, kustomization, release, source

OLDER = f"main@sha1:{'0' * 40}"
OLDER_CHART = "0.1.0+000000000000"


@pytest.mark.parametrize(
    ("revision", "stands"),
    [
        (REVISION, True),
        (OLDER, False),
        ("0.1.0+6003360b1f0c", True),
        # Charts that name files of values: the generation of the HelmChart comes after.
        ("0.1.0+6003360b1f0c.3", True),
        (OLDER_CHART, False),
        ("0.1.0", False),
        ("", False),
    ],
)
def test_revision_of_a_commit(revision: str, stands: bool) -> None:
    assert stands_at(revision, COMMIT) is stands


@pytest.mark.parametrize(
    "found",
    [
        kustomization("ollama", revision=OLDER),
        # Never applied.
        kustomization("ollama", revision=""),
        release(version=OLDER_CHART),
    ],
)
def test_behind(found: dict[str, Any]) -> None:
    assert list(behind([source(), found]).values()) == [REVISION]


def _of_another_source(found: dict[str, Any]) -> dict[str, Any]:
    found["spec"]["sourceRef"] |= {"namespace": "elsewhere"}
    return found


def _suspended(found: dict[str, Any]) -> dict[str, Any]:
    found["spec"]["suspend"] = True
    return found


@pytest.mark.parametrize(
    "found",
    [
        kustomization("ollama"),
        release(),
        # Such a chart changes with its own version only, and would be waited for without an end.
        release(version="0.1.0", strategy="ChartVersion"),
        _suspended(release(version=OLDER_CHART)),
        _suspended(kustomization("ollama", revision=OLDER)),
        _of_another_source(kustomization("ollama", revision=OLDER)),
    ],
)
def test_not_behind(found: dict[str, Any]) -> None:
    assert behind([source(), found]) == {}


def test_nothing_is_behind_a_source_that_serves_nothing_yet() -> None:
    empty = source()
    del empty["status"]["artifact"]
    assert behind([empty, kustomization("ollama"), release()]) == {}
