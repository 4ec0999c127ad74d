"""The realm that Flux brought, with its placeholders replaced as Keycloak does it."""

from __future__ import annotations

import base64
from typing import Any, cast

import pytest

from platformctl.errors import NotHealthy
from platformctl.live.keycloak.wanted import Hidden, resolved, wanted_realm
from platformctl.live.kubernetes import Cluster
from tests.unit.live.trace.answering import Objects

ENVIRONMENT = {"SECRET": Hidden("hunter2"), "HOST": "mail.example.com"}


def test_placeholders_are_replaced_wherever_they_stand() -> None:
    realm = {"smtp": {"host": "${HOST}"}, "uris": ["https://${HOST}/", 1, True, None], "plain": "text"}
    assert resolved(realm, ENVIRONMENT) == {
        "smtp": {"host": "mail.example.com"},
        "uris": ["https://mail.example.com/", 1, True, None],
        "plain": "text",
    }


def test_what_a_secret_has_a_part_in_is_hidden() -> None:
    hidden = resolved({"a": "x-${SECRET}", "b": "${HOST}", "c": "x"}, ENVIRONMENT)
    assert hidden["a"] == "x-hunter2"
    assert [key for key, value in hidden.items() if isinstance(value, Hidden)] == ["a"]


def test_what_nobody_knows_stays_or_is_its_default() -> None:
    """Keycloak has texts of its own in this form, for its pages' translations."""
    assert resolved("${client_account}", ENVIRONMENT) == "${client_account}"
    assert resolved("${PORT:25}${EMPTY:}", ENVIRONMENT) == "25"


def item(kind: str, name: str, **content: Any) -> tuple[str, list[dict[str, Any]]]:
    return kind, [{"kind": kind, "metadata": {"name": name, "namespace": "auth"}} | content]


def encoded(**values: str) -> dict[str, str]:
    return {key: base64.b64encode(value.encode()).decode() for key, value in values.items()}


ENV = [
    {"name": "KC_DB_URL", "value": "jdbc:postgresql://postgresql/keycloak"},
    # Not the realm's: its Secret need not even be readable.
    {"name": "KC_DB_PASSWORD", "valueFrom": {"secretKeyRef": {"name": "not-there", "key": "password"}}},
    {"name": "HOST", "value": "mail.example.com"},
    {"name": "SECRET", "valueFrom": {"secretKeyRef": {"name": "oauth2-proxy", "key": "value"}}},
]
REALM = '{"realm": "chat", "smtpServer": {"host": "${HOST}"}, "clients": [{"secret": "${SECRET}"}]}'
BROKEN = {"chat-realm.json": "{"}
OBJECTS = dict(
    [
        item("ConfigMap", "keycloak-realm", data={"chat-realm.json": REALM}),
        item("StatefulSet", "keycloak", spec={"template": {"spec": {"containers": [{"env": ENV}]}}}),
        item("Secret", "oauth2-proxy", data=encoded(value="hunter2")),
    ]
)


def cluster(**other: Any) -> Cluster:
    return cast(Cluster, Objects(OBJECTS | other))


def test_the_realm_of_a_cluster_with_its_secrets() -> None:
    flux = {"metadata": {"name": "keycloak", "namespace": "flux-system"}, "kind": "Kustomization"}
    flux["status"] = {"lastAppliedRevision": "main@sha1:6003360b1f0c4d0ea9c2f3f0e1f0a1b2c3d4e5f6"}
    wanted = wanted_realm(cluster(Kustomization=[flux]))
    secret = wanted.realm["clients"][0]["secret"]
    assert (wanted.name, wanted.revision) == ("chat", "main@6003360")
    assert wanted.realm["smtpServer"] == {"host": "mail.example.com"}
    assert secret == "hunter2" and isinstance(secret, Hidden)
    assert "hunter2" not in repr(wanted)


@pytest.mark.parametrize(
    ("other", "place"),
    [
        ({"ConfigMap": []}, "ConfigMap/auth/keycloak-realm"),
        (
            dict([item("ConfigMap", "keycloak-realm", data={"a-realm.json": "{"})]),
            "ConfigMap/auth/keycloak-realm",
        ),
        ({"Secret": []}, "Secret/auth/oauth2-proxy"),
        (dict([item("Secret", "oauth2-proxy", data={})]), "Secret/auth/oauth2-proxy"),
    ],
)
def test_what_is_not_there_is_said(other: dict[str, Any], place: str) -> None:
    with pytest.raises(NotHealthy) as caught:
        wanted_realm(cluster(**other))
    assert caught.value.place == place
