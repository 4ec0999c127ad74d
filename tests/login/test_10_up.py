"""`platformctl up` ends with a login that was proven, and the trace finds nothing on a healthy platform."""

from __future__ import annotations

import json

from tests.e2e.running import RunningPlatform


def test_up_ends_with_the_login_the_proof_and_how_to_sign_in(platform: RunningPlatform) -> None:
    shown = platform.first_up.stdout
    assert platform.url in shown
    assert "first token" in shown
    assert "Sign in" in shown and "ada" in shown
    assert "ca.crt" in shown


def test_the_trace_finds_nothing_to_mend(platform: RunningPlatform) -> None:
    done = platform.platformctl("auth", "trace", "--cluster", platform.cluster, "-o", "json", "--full")
    steps = json.loads(done.stdout)["steps"]
    assert {step["name"]: step["verdict"] for step in steps} == dict.fromkeys(
        [step["name"] for step in steps], "hit"
    )
    assert done.returncode == 0, done.stderr


def test_a_second_up_reuses_what_runs(platform: RunningPlatform) -> None:
    again = platform.platformctl("up", "--cluster", platform.cluster, timeout=600)
    assert again.returncode == 0, again.stderr
    assert "already running" in again.stderr
