"""Quiet lets the API fall back to two replicas: the tests since the load were quiet, and saved the wait."""

import pytest

from tests.e2e.running import RunningPlatform, eventually


def test_quiet_makes_two_replicas(platform: RunningPlatform) -> None:
    if not platform.scaled_up:
        pytest.skip("nothing was scaled up: run it together with test_25_load_scales_up.py")
    eventually("two replicas after the load", lambda: platform.ready_replicas() == 2, seconds=300, pause=3)
