"""Which failures end the wait early, and which are given time."""

from __future__ import annotations

from typing import Any

import pytest

from platformctl.live.bootstrap.stuck import Stuck
from platformctl.live.flux import readiness
from tests.unit.live.status.objects import COMMIT, release, root, source

OLDER = "0" * 40
LONG_AGO = "2020-01-01T00:00:00Z"


def ends_at(*looks: tuple[float, dict[str, Any]], commit: str = COMMIT) -> float | None:
    """The second of the first look that ends the wait."""
    stuck = Stuck(patience_seconds=120)
    return next((now for now, found in looks if stuck.first([readiness(found)], commit, now)), None)


def test_given_up_at_the_awaited_commit() -> None:
    assert ends_at((0, release(ready="False", reason="RetriesExceeded", stalled=True))) == 0


def test_given_up_before_the_fix_was_pushed() -> None:
    broken = release(ready="False", reason="RetriesExceeded", stalled=True, attempted="0.1.0+000000000000")
    mended = release(ready="Unknown", reason="Progressing")

    assert ends_at((0, broken), (5, broken), (6, mended), (500, mended)) is None
    assert ends_at((0, broken), (119, broken), (121, broken)) == 121


@pytest.mark.parametrize(
    "found",
    [
        root(ready="False", reason="BuildFailed", since=LONG_AGO),
        source(ready="False", reason="GitOperationFailed", since=LONG_AGO),
        release(ready="False", reason="ArtifactFailed", since=LONG_AGO),
    ],
)
def test_clock_starts_at_our_first_look(found: dict[str, Any]) -> None:
    assert ends_at((1000, found), (1120, found), (1121, found)) == 1121


def test_clock_starts_anew_with_what_is_tried() -> None:
    before = root(ready="False", reason="BuildFailed", attempted=f"main@sha1:{OLDER}")
    after = root(ready="False", reason="BuildFailed")

    assert ends_at((0, before), (100, after), (150, after), (221, after)) == 221


def test_clock_starts_anew_with_what_is_awaited() -> None:
    stuck, found = (
        Stuck(patience_seconds=120),
        [readiness(source(ready="False", reason="GitOperationFailed"))],
    )

    assert stuck.first(found, OLDER, 0) is None
    assert stuck.first(found, COMMIT, 121) is None
    assert stuck.first(found, COMMIT, 242) == found[0]


def test_clock_starts_anew_after_a_while_without_the_failure() -> None:
    broken = root(ready="False", reason="BuildFailed")

    assert ends_at((0, broken), (60, root(ready="Unknown")), (121, broken), (241, broken)) is None


@pytest.mark.parametrize(
    "found",
    [
        release(ready="False", reason="InstallFailed"),
        release(ready="Unknown", reason="Progressing"),
        release(ready="False", reason="RetriesExceeded", stalled=True, observed=0),
        root(ready="False", reason="DependencyNotReady"),
        source(),
    ],
)
def test_waiting_may_help(found: dict[str, Any]) -> None:
    assert ends_at((0, found), (1000, found)) is None


def test_failure_is_found_among_all() -> None:
    broken = readiness(release(ready="False", reason="RetriesExceeded", stalled=True))

    assert Stuck().first([readiness(source()), readiness(root()), broken], COMMIT, 0) == broken
