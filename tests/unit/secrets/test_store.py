"""The files of a cluster's Secrets: what is made, what is kept, where it lies."""

from __future__ import annotations

import base64
import dataclasses
from pathlib import Path

import pytest

from platformctl import platform
from platformctl.build.documents import load_one
from platformctl.errors import ConfigError, NotHealthy
from platformctl.jobs.secrets import SecretStore
from platformctl.jobs.secrets.values import new_value
from platformctl.platform import Secret
from tests.unit.secrets.open_sops import OpenSops

PLATFORM = """\
name: chat
git: {url: "https://git.example.com/platform.git"}
images: {registry: registry.example.com/team}
models: {"gemma3:270m": {}}
clusters:
  local:
    target: embedded
    domain: chat.localhost
    gateway: istio
    login: keycloak
    identity: {users: [ada]}
    inference: {engine: ollama, models: ["gemma3:270m"], storage: {className: local-path, size: 2Gi}}
    api: {replicas: {min: 1, max: 2}}
  office:
    target: existing
    domain: chat.example.com
    gateway: istio
    login: keycloak
    certificates: {issuer: acme, email: ops@example.com}
    dns: {provider: clouddns, project: p}
    secrets: {store: sops, recipients: [%s]}
    inference: {engine: ollama, models: ["gemma3:270m"], storage: {className: fast, size: 2Gi}}
    api: {replicas: {min: 1, max: 2}}
"""
RECIPIENT = "age1" + "q" * 58
OTHER = "age1" + "p" * 58


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.delenv("SOPS_AGE_KEY_FILE", raising=False)


def clusters(recipients: str = RECIPIENT) -> dict[str, platform.Cluster]:
    return platform.parse(PLATFORM % recipients).clusters


@pytest.fixture
def local(tmp_path: Path) -> SecretStore:
    return SecretStore.of(tmp_path, clusters()["local"], OpenSops())


@pytest.fixture
def office(tmp_path: Path) -> SecretStore:
    key = tmp_path / "key"
    key.write_text(RECIPIENT)
    return SecretStore.of(tmp_path, clusters()["office"], OpenSops(), key)


def all_values(store: SecretStore) -> dict[str, dict[str, str]]:
    return {secret.name: store.values(secret) for secret in store.cluster.secrets}


def test_every_secret_of_the_cluster_is_made_once(local: SecretStore) -> None:
    assert {made.secret.name for made in local.complete()} == {s.name for s in local.cluster.secrets}
    first = all_values(local)
    assert local.complete() == []
    assert all_values(local) == first
    assert len({value for values in first.values() for value in values.values()}) == sum(
        map(len, first.values())
    )


def test_values_have_the_form_that_their_readers_want(local: SecretStore) -> None:
    local.complete()
    values = all_values(local)
    assert len(base64.b64decode(values["oauth2-proxy"]["cookie-secret"])) == 32
    assert len(base64.b64decode(values["tsig"]["secret"])) == 32
    password = values["keycloak-users"]["ada"]
    assert len(password) == 32
    assert set(password) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


def test_a_key_is_the_same_in_both_alphabets_of_base64() -> None:
    for _ in range(50):
        value = new_value("key32")
        assert set(value).isdisjoint("+/-_")
        assert len(base64.b64decode(value, validate=True)) == 32


def test_an_embedded_cluster_s_files_lie_beside_its_key_and_are_published_into_the_repository(
    local: SecretStore, tmp_path: Path
) -> None:
    local.complete()
    assert local.folder == tmp_path / "state/platformctl/local/secrets"
    assert not (tmp_path / "clusters").exists()
    published = local.published()
    assert set(published) == {f"clusters/local/secrets/{s.file}" for s in local.cluster.secrets}
    for path, text in published.items():
        assert load_one(text)["sops"]["age"][0]["recipient"] == "age1local", path


def test_another_cluster_s_files_lie_in_the_repository(office: SecretStore, tmp_path: Path) -> None:
    office.complete()
    folder = tmp_path / "clusters/office/secrets"
    names = {file.name for file in folder.iterdir()}
    assert names == {s.file for s in office.cluster.secrets} | {".sops.yaml"}
    (rule,) = load_one((folder / ".sops.yaml").read_text())["creation_rules"]
    assert rule == {"encrypted_regex": "^(data|stringData)$", "age": RECIPIENT}


def test_files_are_made_without_the_private_key(tmp_path: Path) -> None:
    store = SecretStore.of(tmp_path, clusters()["office"], OpenSops())
    assert store.complete()
    assert store.complete() == []


def test_flux_gets_no_key_to_other_things(office: SecretStore, tmp_path: Path) -> None:
    (tmp_path / "key").write_text(f"age1other\n{RECIPIENT}\n")
    given = office.decryption()
    assert given is not None
    assert (given.key, given.recipients) == (f"{RECIPIENT}\n", (RECIPIENT,))
    # With none that fits, the preflight has to say which was given.
    (tmp_path / "key").write_text("age1other\n")
    other = office.decryption()
    assert other is not None
    assert other.recipients == ("age1other",)


def test_a_user_that_is_added_gets_a_password_and_the_others_keep_theirs(local: SecretStore) -> None:
    local.complete()
    before = all_values(local)
    text = PLATFORM.replace("[ada]", "[ada, grace]") % RECIPIENT
    more = dataclasses.replace(local, cluster=platform.parse(text).clusters["local"])
    (made,) = more.complete()
    assert (made.secret.name, made.keys) == ("keycloak-users", ("grace",))
    after = all_values(more)
    assert after["keycloak-users"].pop("grace")
    assert after == before


def test_a_new_recipient_is_encrypted_to_and_no_value_changes(office: SecretStore, tmp_path: Path) -> None:
    office.complete()
    before = all_values(office)
    more = SecretStore.of(tmp_path, clusters(f"{RECIPIENT}, {OTHER}")["office"], OpenSops(), office.key)
    assert {made.keys for made in more.complete()} == {()}
    assert all_values(more) == before
    for held in more.all():
        assert held.encryption
        assert held.encryption.recipients == (RECIPIENT, OTHER)


def test_what_cannot_be_completed_does_not_keep_the_rest_from_being_made(office: SecretStore) -> None:
    office.complete()
    first, *_, last = office.cluster.secrets
    office.file(last).unlink()
    more = dataclasses.replace(office, given=(RECIPIENT, OTHER), key=None)
    with pytest.raises(NotHealthy, match="does not fit") as caught:
        more.complete()
    assert caught.value.place == f"clusters/office/secrets/{first.file}"
    assert office.file(last).exists()


def test_a_file_that_is_not_encrypted_is_left_alone(office: SecretStore) -> None:
    office.complete()
    file = office.file(office.cluster.secrets[0])
    file.write_text("apiVersion: v1\nkind: Secret\nstringData: {password: hunter2}\n")
    with pytest.raises(NotHealthy, match="is not encrypted") as caught:
        office.complete()
    assert "hunter2" not in f"{caught.value} {caught.value.fix}"
    assert "hunter2" in file.read_text()


def test_a_file_that_appears_meanwhile_is_not_replaced(
    office: SecretStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = office.file(office.cluster.secrets[0])
    encrypt = OpenSops.encrypt

    def slowly(sops: OpenSops, text: str, recipients: list[str]) -> str:
        if not file.exists():
            file.write_text("theirs")
        return encrypt(sops, text, recipients)

    monkeypatch.setattr(OpenSops, "encrypt", slowly)
    with pytest.raises(FileExistsError):
        office.complete()
    assert file.read_text() == "theirs"


def test_files_without_their_key_are_not_made_anew(local: SecretStore) -> None:
    local.complete()
    assert local.key
    local.key.unlink()
    with pytest.raises(NotHealthy, match="is gone"):
        local.complete()
    assert not local.key.exists()


def test_one_key_is_replaced_with_the_time_and_the_others_stay(local: SecretStore) -> None:
    local.complete()
    secret = local.find("auth/oauth2-proxy")
    assert local.find("oauth2-proxy") == secret
    before = local.values(secret)
    text = local.held(secret).text or ""
    local.file(secret).write_text(
        text.replace("type: Opaque", "").replace("kind: Secret", "kind: Secret\ntype: x")
    )
    old_time = load_one(text)["stringData"][".rotated"]
    local.file(secret).write_text(local.file(secret).read_text().replace(old_time, "ENC[before]"))
    local.replace(secret, {"cookie-secret": "new"})
    assert local.values(secret) == {**before, "cookie-secret": "new"}
    document = load_one(local.file(secret).read_text())
    assert document["type"] == "x"
    assert document["stringData"][".rotated"].startswith("ENC[20")
    assert document["metadata"]["labels"] == {"reconcile.fluxcd.io/watch": "Enabled"}


def test_data_in_base64_is_understood(local: SecretStore) -> None:
    local.complete()
    secret = local.find("redis")
    encoded = base64.b64encode(b"old").decode()
    text = local.sops.encrypt(
        f"kind: Secret\ndata: {{password: {encoded}, more: {encoded}}}\n", local.recipients
    )
    local.file(secret).write_text(text)
    assert local.values(secret) == {"password": "old", "more": "old"}
    assert (local.held(secret).lacking, local.held(secret).unread) == ((), ("more",))
    local.replace(secret, {"password": "new"})
    assert local.values(secret) == {"password": "new", "more": "old"}


def test_a_name_that_is_none_is_told_with_those_that_are(local: SecretStore) -> None:
    with pytest.raises(ConfigError, match=r'"cookie" is not a secret .* oauth2-proxy'):
        local.find("cookie")


def test_an_external_store_has_no_files(tmp_path: Path) -> None:
    text = PLATFORM.replace("{store: sops, recipients: [%s]}", "{store: external, name: vault}")
    with pytest.raises(ConfigError, match='"vault"'):
        SecretStore.of(tmp_path, platform.parse(text).clusters["office"], OpenSops())


def test_an_embedded_cluster_takes_no_other_key(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="of its own"):
        SecretStore.of(tmp_path, clusters()["local"], OpenSops(), tmp_path / "key")


def test_what_was_not_made_yet_cannot_be_published(local: SecretStore) -> None:
    with pytest.raises(NotHealthy, match="was not made yet") as caught:
        local.published()
    assert caught.value.fix == "platformctl secrets init --cluster local"


def test_no_user_can_have_the_name_of_the_time(local: SecretStore) -> None:
    text = PLATFORM.replace("[ada]", "[.rotated]") % RECIPIENT
    with pytest.raises(ConfigError):
        platform.parse(text)
    assert isinstance(local.cluster.secrets[0], Secret)
