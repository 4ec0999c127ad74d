"""What ``auth realm`` shows, asks, and exits with."""

from __future__ import annotations

import json
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from platformctl.cli import realm as command
from platformctl.errors import ConfigError
from platformctl.live.keycloak import Difference, Drift, Unknown, Wanted

ROOT = Path(__file__).parents[3]
WRONG_URI = Difference("client", "oauth2-proxy", "redirectUris", ["https://a/"], ["https://evil/"])
SECRET = Difference("client", "oauth2-proxy", "secret", secret=True)
NO_USER = Difference("user", "ada", "")
SHORTER = Difference("realm", "chat", "ssoSessionMaxLifespan", 36000, 86400, ends_sessions="sessions end")
GRAFANA = Unknown("client", "grafana")


@dataclass
class Keycloak:
    """Instead of a cluster's.

    Attributes:
        mended: whether with ``prune``, for each time that it was brought to what Git says.
    """

    drift: Drift = field(default_factory=lambda: Drift("chat"))
    mended: list[bool] = field(default_factory=list)

    def mend(self, _: Any, __: Wanted, *, prune: bool) -> Drift:
        self.mended.append(prune)
        return self.drift


@pytest.fixture
def keycloak(monkeypatch: pytest.MonkeyPatch) -> Keycloak:
    there = Keycloak()
    monkeypatch.setattr(command, "connect", lambda *_: nullcontext())
    monkeypatch.setattr(command.keycloak, "wanted_realm", lambda _: Wanted({"realm": "chat"}, "main@6003360"))
    monkeypatch.setattr(command.keycloak, "realm_drift", lambda *_: there.drift)
    monkeypatch.setattr(command.keycloak, "mend_realm", there.mend)
    return there


def run(*arguments: str, cluster: str = "local") -> Any:
    return CliRunner().invoke(command.realm_app, [*arguments, str(ROOT), "--cluster", cluster])


def test_no_difference(keycloak: Keycloak) -> None:
    ended = run("diff")
    assert (ended.exit_code, ended.stdout) == (0, "realm chat is what Git (main@6003360) says\n")
    assert run("apply").exit_code == 0
    assert keycloak.mended == []


def test_differences_are_shown_without_secrets(keycloak: Keycloak) -> None:
    keycloak.drift = Drift("chat", [WRONG_URI, SECRET, NO_USER], [GRAFANA], ["realm chat: roles"])
    ended = run("diff")
    assert ended.exit_code == 1
    assert [line.strip() for line in ended.stdout.splitlines()] == [
        "realm chat differs from Git (main@6003360) in 3 places",
        "client oauth2-proxy  redirectUris",
        'Git      ["https://a/"]',
        'Keycloak ["https://evil/"]',
        "client oauth2-proxy  secret",
        "secret   another value",
        "user ada  is not there",
        "not in Git: client grafana",
        "not compared: realm chat: roles",
    ]
    assert "platformctl auth realm apply" in ended.stderr


def test_json_for_programs(keycloak: Keycloak) -> None:
    keycloak.drift = Drift("chat", [WRONG_URI], [GRAFANA])
    ended = run("diff", "-o", "json")
    said = json.loads(ended.stdout)
    assert (ended.exit_code, said["realm"], said["revision"]) == (1, "chat", "main@6003360")
    assert said["differences"][0]["found"] == ["https://evil/"]
    assert said["unknown"] == [{"kind": "client", "name": "grafana"}]
    assert json.loads(run("apply", "-o", "json").stdout)["pruned"] is False


def test_apply_asks_only_where_users_lose_something(keycloak: Keycloak) -> None:
    keycloak.drift = Drift("chat", [WRONG_URI], [GRAFANA])
    ended = run("apply")
    assert (ended.exit_code, keycloak.mended) == (0, [False])
    assert "1 change" in ended.stderr

    for drift, option in ((Drift("chat", [SHORTER]), ()), (Drift("chat", [], [GRAFANA]), ("--prune",))):
        keycloak.drift, keycloak.mended = drift, []
        refused = run("apply", *option)
        assert isinstance(refused.exception, ConfigError)
        assert refused.exception.fix == "give --yes"
        assert keycloak.mended == []
        assert run("apply", *option, "--yes").exit_code == 0
        assert keycloak.mended == [bool(option)]


def test_what_git_does_not_know_is_left_alone(keycloak: Keycloak) -> None:
    keycloak.drift = Drift("chat", [], [GRAFANA])
    assert run("diff").exit_code == 0
    assert (run("apply").exit_code, keycloak.mended) == (0, [])


def test_a_cluster_without_a_login_has_no_realm(keycloak: Keycloak) -> None:
    ended = run("diff", cluster="service")
    assert isinstance(ended.exception, ConfigError)
    assert "has no login" in ended.exception.message
