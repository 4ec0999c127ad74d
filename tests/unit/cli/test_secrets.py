"""``secrets`` on the command line: what is made, what is shown, and that no value ever is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from platformctl.cli import secrets, tools
from platformctl.cli.secrets import secrets_app
from platformctl.errors import ConfigError, NotHealthy, Unreachable
from platformctl.jobs.secrets import SecretStore
from platformctl.live.keycloak import Admin
from platformctl.platform import parse
from tests.unit.secrets.open_sops import OpenSops
from tests.unit.secrets.test_store import PLATFORM, RECIPIENT

runner = CliRunner()


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.delenv("SOPS_AGE_KEY_FILE", raising=False)
    monkeypatch.setattr(tools, "sops", OpenSops)
    (tmp_path / "platform.yaml").write_text(PLATFORM % RECIPIENT)
    (tmp_path / "key").write_text(RECIPIENT)
    return tmp_path


def run(root: Path, *words: str, cluster: str = "office") -> Result:
    return runner.invoke(secrets_app, [*words, str(root), "--cluster", cluster])


def store(root: Path, cluster: str = "office") -> SecretStore:
    key = None if cluster == "local" else root / "key"
    return SecretStore.of(root, parse(PLATFORM % RECIPIENT).clusters[cluster], OpenSops(), key)


def values(root: Path, cluster: str = "office") -> set[str]:
    held = store(root, cluster)
    return {value for secret in held.cluster.secrets for value in held.values(secret).values()}


def test_init_says_what_it_made_and_the_next_step_and_no_value(root: Path) -> None:
    made = run(root, "init")
    assert made.exit_code == 0, made.output
    assert "auth/oauth2-proxy" in made.stdout
    assert "client-secret, cookie-secret" in made.stdout
    assert "git add clusters/office/secrets" in made.stderr
    again = run(root, "init")
    assert (again.stdout, again.stderr) == ("", "all 4 are there\n")
    assert len(values(root)) == 5
    assert not any(value in made.output for value in values(root))


def test_an_embedded_cluster_s_folder_is_marked_as_the_repository_s(root: Path) -> None:
    assert run(root, "init", cluster="local").exit_code == 0
    mark = json.loads((root / "state/platformctl/local/cluster.json").read_text())
    assert mark == {"root": str(root)}


def test_list_shows_what_is_missing_and_then_what_is_there(root: Path) -> None:
    missing = run(root, "list")
    assert missing.exit_code == 1
    assert missing.stdout.count("missing") == 4
    run(root, "init")
    there = run(root, "list", "-o", "json")
    assert there.exit_code == 0
    found = {row["name"]: row for row in json.loads(there.stdout)["secrets"]}
    assert found["redis"] == {
        "namespace": "auth",
        "name": "redis",
        "keys": ["password"],
        "file": "clusters/office/secrets/auth-redis.yaml",
        "trouble": None,
        "encrypted": "2026-01-01T00:00:00Z",
        "recipients": [RECIPIENT],
        "not_read": [],
    }
    (root / found["redis"]["file"]).write_text("kind: Secret\nstringData: {password: hunter2}\n")
    clear = run(root, "list")
    assert clear.exit_code == 1
    assert "NOT ENCRYPTED" in clear.stdout
    assert "hunter2" not in clear.output


def test_list_of_an_external_store_says_what_has_to_be_there(root: Path) -> None:
    text = PLATFORM.replace("{store: sops, recipients: [%s]}", "{store: external, name: vault}")
    (root / "platform.yaml").write_text(text)
    listed = run(root, "list")
    assert listed.exit_code == 0
    assert "vault: chat-office-auth-redis " in listed.stdout
    assert "client-secret, cookie-secret (32 bytes in Base64)" in listed.stdout
    rows = json.loads(run(root, "list", "-o", "json").stdout)["secrets"]
    assert "chat-office-auth-redis" in [row["stored_as"] for row in rows]


def test_list_of_a_cluster_without_secrets_is_no_empty_table(root: Path) -> None:
    office = PLATFORM.index("  office:")
    without = PLATFORM[office:].replace("login: keycloak", "login: none")
    (root / "platform.yaml").write_text(PLATFORM[:office] + without % RECIPIENT)
    listed = run(root, "list")
    assert (listed.exit_code, listed.stdout) == (0, "")
    assert "cluster office needs no secret" in listed.stderr


def test_rotate_asks_before_users_are_interrupted(root: Path) -> None:
    run(root, "init")
    before = store(root).values(store(root).find("redis"))
    refused = run(root, "rotate", "redis", "--age-key-file", str(root / "key"))
    assert isinstance(refused.exception, ConfigError)
    assert refused.exception.fix == "give --yes"
    assert "sessions cannot be looked up" in refused.stderr
    assert store(root).values(store(root).find("redis")) == before
    done = run(root, "rotate", "redis", "--yes", "--age-key-file", str(root / "key"))
    assert done.exit_code == 0, done.output
    after = store(root).values(store(root).find("redis"))
    assert after != before
    assert after["password"] not in done.output
    assert "git add clusters/office/secrets/auth-redis.yaml" in done.stderr


def test_one_key_is_rotated_alone(root: Path) -> None:
    run(root, "init")
    secret = store(root).find("oauth2-proxy")
    before = store(root).values(secret)
    words = ("rotate", "oauth2-proxy", "--key", "cookie-secret", "--yes", "--age-key-file", str(root / "key"))
    assert run(root, *words).exit_code == 0
    after = store(root).values(secret)
    assert after["cookie-secret"] != before["cookie-secret"]
    assert after["client-secret"] == before["client-secret"]
    wrong = run(root, "rotate", "oauth2-proxy", "--key", "password")
    assert isinstance(wrong.exception, ConfigError)
    assert "client-secret, cookie-secret" in str(wrong.exception)


def test_keycloak_is_told_first_and_an_interruption_loses_nothing(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(root, "init")
    secret = store(root).find("oauth2-proxy")
    before = store(root).values(secret)
    told: list[str] = []
    away = True

    async def login(admin: Admin, passwords: list[str]) -> None:
        assert passwords == [store(root).values(store(root).find("keycloak-admin"))["password"]]

    async def set_client_secret(admin: Admin, realm: str, client: str, value: str) -> None:
        assert (realm, client) == ("chat", "oauth2-proxy")
        assert store(root).values(secret) == before
        told.append(value)
        if away:
            raise Unreachable("Keycloak does not answer")

    def administered(kube: object, work: object) -> None:
        import asyncio

        asyncio.run(work(Admin(None)))  # type: ignore[operator, arg-type]

    class Nobody:
        def __enter__(self) -> None: ...
        def __exit__(self, *_: object) -> None: ...

    monkeypatch.setattr(Admin, "login", login)
    monkeypatch.setattr(Admin, "set_client_secret", set_client_secret)
    monkeypatch.setattr("platformctl.jobs.secrets.rotation.administered", administered)
    monkeypatch.setattr(secrets, "connect", lambda *_: Nobody())
    words = ("rotate", "oauth2-proxy", "--yes", "--age-key-file", str(root / "key"))
    failed = run(root, *words)
    assert isinstance(failed.exception, Unreachable)
    assert store(root).values(secret) == before
    away = False
    assert run(root, *words).exit_code == 0
    after = store(root).values(secret)
    assert told == [after["client-secret"]] * 2
    assert set(after.values()).isdisjoint(before.values())
    assert not list((root / "clusters/office/secrets").glob("*.next"))


def test_a_key_that_does_not_fit_tells_nobody(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(root, "init")
    (root / "key").write_text("age1other")
    monkeypatch.setattr(secrets, "connect", None)
    failed = run(root, "rotate", "keycloak-admin", "--age-key-file", str(root / "key"))
    assert isinstance(failed.exception, NotHealthy)


def test_edit_needs_a_terminal(root: Path) -> None:
    run(root, "init")
    assert isinstance(run(root, "edit", "redis").exception, ConfigError)


@pytest.mark.parametrize("words", [("init",), ("rotate", "redis", "--yes"), ("edit", "redis")])
def test_another_repository_s_embedded_cluster_is_left_alone(root: Path, words: tuple[str, ...]) -> None:
    run(root, "init", cluster="local")
    other = root / "other"
    other.mkdir()
    (other / "platform.yaml").write_text((root / "platform.yaml").read_text())
    before = values(root, "local")
    refused = run(other, *words, cluster="local")
    assert isinstance(refused.exception, ConfigError)
    assert f"belongs to {root}" in str(refused.exception)
    assert values(root, "local") == before
