"""What counts as a difference between a realm in Git and the same in Keycloak."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from platformctl.live.keycloak import Unknown, compare
from platformctl.live.keycloak.compare import Difference
from platformctl.live.keycloak.wanted import Hidden

MAPPER = {"name": "audience", "protocolMapper": "oidc-audience-mapper", "config": {"id.token.claim": "true"}}
WANTED: dict[str, Any] = {
    "realm": "chat",
    "enabled": True,
    "ssoSessionMaxLifespan": 36000,
    "clients": [
        {
            "clientId": "oauth2-proxy",
            "secret": Hidden("s3cret"),
            "redirectUris": ["https://a/", "https://b/"],
            "webOrigins": [],
            "attributes": {"pkce.code.challenge.method": "S256", "empty": ""},
            "protocolMappers": [MAPPER],
        }
    ],
    "users": [{"username": "Ada", "email": "Ada@example.com", "credentials": [{"value": Hidden("pass")}]}],
}


@pytest.fixture
def found() -> dict[str, Any]:
    """The same as Keycloak tells it: with more in it, in another order, users in lower case."""
    there = copy.deepcopy(WANTED) | {"id": "1", "accessTokenLifespan": 300}
    there["clients"] = [{"clientId": "account"}, *there["clients"]]
    client = there["clients"][1]
    client |= {"id": "2", "redirectUris": ["https://b/", "https://a/"], "consentRequired": False}
    client["attributes"] = {"pkce.code.challenge.method": "S256", "realm_client": "false"}
    client["protocolMappers"][0]["config"]["userinfo.token.claim"] = "true"
    del client["webOrigins"]
    there["users"] = [{"username": "ada", "email": "ada@example.com", "emailVerified": True}]
    return there


def differences(found: dict[str, Any] | None, wanted: dict[str, Any] = WANTED) -> list[Difference]:
    return list(compare(wanted, found).differences)


def test_what_keycloak_adds_is_no_difference(found: dict[str, Any]) -> None:
    drift = compare(WANTED, found)
    assert (drift.differences, drift.unknown, drift.not_compared) == ([], [], [])


@pytest.mark.parametrize(
    ("part", "change", "subject", "field"),
    [
        ((), {"enabled": False}, "realm chat", "enabled"),
        (("clients", 1), {"redirectUris": ["https://a/"]}, "client oauth2-proxy", "redirectUris"),
        (("clients", 1), {"webOrigins": ["*"]}, "client oauth2-proxy", "webOrigins"),
        (("clients", 1), {"attributes": {}}, "client oauth2-proxy", "attributes.pkce.code.challenge.method"),
        (("clients", 1), {"clientId": "other"}, "client oauth2-proxy", ""),
        (("clients", 1), {"protocolMappers": []}, "mapper oauth2-proxy/audience", ""),
        (
            ("clients", 1, "protocolMappers", 0, "config"),
            {"id.token.claim": "false"},
            "mapper oauth2-proxy/audience",
            "config.id.token.claim",
        ),
        (
            ("clients", 1, "protocolMappers", 0, "config"),
            {"included.client.audience": "other"},
            "mapper oauth2-proxy/audience",
            "config.included.client.audience",
        ),
        (("users", 0), {"email": "eve@example.com"}, "user ada", "email"),
        (("users", 0), {"username": "eve"}, "user ada", ""),
    ],
)
def test_a_difference(
    found: dict[str, Any], part: tuple[str | int, ...], change: dict[str, Any], subject: str, field: str
) -> None:
    place: Any = found
    for each in part:
        place = place[each]
    place.update(change)
    assert [(one.subject, one.field) for one in differences(found)] == [(subject, field)]


def test_no_realm() -> None:
    assert differences(None) == [Difference("realm", "chat", "")]


def test_a_secret_is_compared_and_not_told(found: dict[str, Any]) -> None:
    found["clients"][1]["secret"] = "of another hand"
    (one,) = differences(found)
    assert (one.field, one.wanted, one.found, one.secret) == ("secret", None, None, True)


def test_a_secret_in_a_field_of_any_name_is_not_told(found: dict[str, Any]) -> None:
    wanted = WANTED | {"attributes": {"key": Hidden("hunter2")}}
    (one,) = differences(found, wanted)
    assert (one.field, one.wanted, one.secret) == ("attributes.key", None, True)


def test_a_secret_without_a_placeholder_is_not_told_either(found: dict[str, Any]) -> None:
    wanted = WANTED | {"smtpServer": {"password": "hunter2", "host": "mail"}}
    found["smtpServer"] = {"password": "hunter1", "host": "mail"}
    (one,) = differences(found, wanted)
    assert (one.field, one.wanted, one.found) == ("smtpServer.password", None, None)


def test_a_secret_that_keycloak_masks_cannot_be_compared(found: dict[str, Any]) -> None:
    found["clients"][1]["secret"] = "**********"
    assert differences(found) == []


def test_texts_in_maps_are_texts(found: dict[str, Any]) -> None:
    found["attributes"] = {"a": "true", "b": "5"}
    assert differences(found, WANTED | {"attributes": {"a": True, "b": 5}}) == []


@pytest.mark.parametrize(
    ("key", "wanted", "has", "ends"),
    [
        ("ssoSessionMaxLifespan", 36000, 40000, True),
        ("ssoSessionMaxLifespan", 36000, 100, False),
        ("clientSessionIdleTimeout", 60, 0, True),
        ("clientSessionIdleTimeout", 0, 60, False),
        ("accessTokenLifespan", 60, 300, False),
        ("revokeRefreshToken", True, False, True),
        ("enabled", False, True, True),
        ("enabled", True, False, False),
    ],
)
def test_whether_sessions_end(found: dict[str, Any], key: str, wanted: Any, has: Any, ends: bool) -> None:
    (one,) = differences(found | {key: has}, WANTED | {key: wanted})
    assert bool(one.ends_sessions) is ends


def test_what_git_does_not_know(found: dict[str, Any]) -> None:
    """Users are never among it: they come to a realm by themselves."""
    found["clients"] += [{"clientId": "grafana"}]
    found["clients"][1]["protocolMappers"] += [{"name": "mine"}]
    found["users"] += [{"username": "linus"}]
    drift = compare(WANTED, found)
    assert drift.differences == []
    assert drift.unknown == [Unknown("client", "grafana"), Unknown("mapper", "oauth2-proxy/mine")]
    without = {key: value for key, value in WANTED.items() if key != "clients"}
    assert compare(without, found).unknown == []


def test_what_cannot_be_compared_is_said(found: dict[str, Any]) -> None:
    wanted = WANTED | {
        "roles": {"realm": [{"name": "admin"}]},
        "identityProviders": [{"alias": "google"}],
        "users": [WANTED["users"][0] | {"realmRoles": ["admin"]}],
    }
    drift = compare(wanted, found)
    assert drift.differences == []
    assert drift.not_compared == [
        "realm chat: roles",
        "realm chat: identityProviders",
        "user ada: realmRoles",
    ]
