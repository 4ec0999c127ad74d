"""What an administrator changes in Keycloak is found, and brought back to what Git says."""

from __future__ import annotations

import json
from typing import Any

from tests.e2e.running import RunningPlatform
from tests.login.faults.realm import administration, client_with, the_client, user_with

ELSEWHERE = "https://elsewhere.example.com/oauth2/callback"


def found(platform: RunningPlatform) -> tuple[int, dict[str, Any]]:
    """What `auth realm diff` exits with and says."""
    done = platform.platformctl("auth", "realm", "diff", "--cluster", platform.cluster, "-o", "json")
    assert done.stdout, done.stderr
    said: dict[str, Any] = json.loads(done.stdout)
    return done.returncode, said


def places(said: dict[str, Any]) -> list[tuple[str, str]]:
    return [(one["name"], one["field"]) for one in said["differences"]]


def test_a_new_cluster_has_what_git_says(platform: RunningPlatform) -> None:
    code, said = found(platform)
    assert (code, places(said), said["unknown"], said["not_compared"]) == (0, [], [], [])
    assert said["revision"].startswith("main@")


def test_what_was_changed_by_hand_is_found_and_mended(platform: RunningPlatform) -> None:
    """The faults take themselves back at the end, so that another test finds the realm as it was."""
    other = client_with(redirectUris=[ELSEWHERE], secret="of another hand")
    with other.into(platform), user_with(emailVerified=False).into(platform):
        code, said = found(platform)
        assert code == 1
        assert sorted(places(said)) == [
            ("ada", "emailVerified"),
            ("oauth2-proxy", "redirectUris"),
            ("oauth2-proxy", "secret"),
        ]
        assert "of another hand" not in json.dumps(said)

        trace = platform.platformctl("auth", "trace", "--cluster", platform.cluster, "-o", "json")
        (step,) = [step for step in json.loads(trace.stdout)["steps"] if step["name"] == "realm"]
        assert (step["verdict"], step["fix"]) == ("may", "platformctl auth realm apply")

        shown = platform.platformctl("auth", "realm", "apply", "--cluster", platform.cluster)
        assert shown.returncode == 0, shown.stderr
        assert ELSEWHERE in shown.stdout and "of another hand" not in shown.stdout + shown.stderr
        assert found(platform)[0] == 0
        with administration(platform) as client:
            (uri,) = client.get(the_client(client)).raise_for_status().json()["redirectUris"]
        assert uri.startswith(platform.url.replace("app.", "api.", 1).rstrip("/"))
    signed_in = platform.platformctl("auth", "trace", "--cluster", platform.cluster)
    assert signed_in.returncode == 0, signed_in.stdout


def test_where_sessions_end_somebody_is_asked(platform: RunningPlatform) -> None:
    with administration(platform) as client:
        client.put("/admin/realms/chat", json={"ssoSessionMaxLifespan": 86400}).raise_for_status()
    refused = platform.platformctl("auth", "realm", "apply", "--cluster", platform.cluster)
    assert refused.returncode == 2
    assert "sessions that are older end" in refused.stderr and "--yes" in refused.stderr
    assert found(platform)[0] == 1
    done = platform.platformctl("auth", "realm", "apply", "--cluster", platform.cluster, "--yes")
    assert done.returncode == 0, done.stderr
    assert found(platform)[0] == 0
