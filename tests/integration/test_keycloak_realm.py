"""Our realm in a real Keycloak: what is changed there by hand is found and brought back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from platformctl.build.documents import load_one
from platformctl.live.keycloak import Admin, Drift, compare
from platformctl.live.keycloak.drift import mended, observed
from platformctl.live.keycloak.wanted import Hidden, resolved
from tests.integration.keycloak import does

ROOT = Path(__file__).resolve().parents[2]
REALM = "/admin/realms/from-git"
SECRETS = {
    "OAUTH2_PROXY_CLIENT_SECRET": Hidden("a secret of the proxy"),
    "USER_ADA_PASSWORD": Hidden("a password of ada"),
    "USER_GRACE_PASSWORD": Hidden("a password of grace"),
}


@pytest.fixture(scope="module")
def wanted() -> dict[str, Any]:
    """The realm as Helm writes it for cluster local, but for its name."""
    chart = load_one((ROOT / "components/keycloak/chart/values.yaml").read_text())
    release = load_one((ROOT / "clusters/local/keycloak/values.yaml").read_text())
    realm = {**chart["realm"], **release["spec"]["values"]["realm"], "realm": "from-git"}
    return dict(resolved(realm, SECRETS))


@pytest.fixture(autouse=True)
def _there(keycloak: str, wanted: dict[str, Any]) -> None:
    """Each test begins with a realm that was made of what Git says."""

    async def work(admin: Admin) -> None:
        await admin.login(["first"])
        if await admin.read(REALM):
            await admin.write("DELETE", REALM)
        drift = await mended(admin, wanted)
        assert [(one.subject, one.field) for one in drift.differences] == [("realm from-git", "")]

    does(keycloak, work)


def look(url: str, wanted: dict[str, Any], change: Callable[[Admin], Awaitable[None]] | None = None) -> Drift:
    """What differs, after a change."""
    found: list[Drift] = []

    async def work(admin: Admin) -> None:
        await admin.login(["first"])
        if change:
            await change(admin)
        found.append(compare(wanted, await observed(admin, wanted)))

    does(url, work)
    return found[0]


def bring(url: str, wanted: dict[str, Any], *, prune: bool = False) -> None:
    async def work(admin: Admin) -> None:
        await admin.login(["first"])
        await mended(admin, wanted, prune=prune)

    does(url, work)


def places(drift: Drift) -> set[tuple[str, str]]:
    return {(one.subject, one.field) for one in drift.differences}


async def the_client(admin: Admin, name: str = "oauth2-proxy") -> dict[str, Any]:
    (found,) = await admin.read(f"{REALM}/clients", {"clientId": name}) or ()
    return dict(found)


async def the_user(admin: Admin, name: str) -> dict[str, Any]:
    (found,) = await admin.read(f"{REALM}/users", {"username": name, "exact": "true"}) or ()
    return dict(found)


def may_sign_in(url: str, user: str) -> bool:
    """Whether a password is right: by a client that takes one, for the time of the question."""
    name, answers = "takes-passwords", []
    password = SECRETS[f"USER_{user.upper()}_PASSWORD"]

    async def ask(admin: Admin) -> None:
        await admin.login(["first"])
        client = {"clientId": name, "publicClient": True, "directAccessGrantsEnabled": True}
        await admin.write("POST", f"{REALM}/clients", client)
        form = {"grant_type": "password", "client_id": name, "username": user, "password": password}
        path = "/realms/from-git/protocol/openid-connect/token"
        answers.append(httpx.post(f"{url}{path}", data=form, trust_env=False, timeout=60).is_success)
        await admin.write("DELETE", f"{REALM}/clients/{(await the_client(admin, name))['id']}")

    does(url, ask)
    return answers[0]


def test_what_keycloak_makes_of_our_realm_is_no_difference(keycloak: str, wanted: dict[str, Any]) -> None:
    assert look(keycloak, wanted) == Drift("from-git", [], [], [])
    assert may_sign_in(keycloak, "ada")


def test_the_realm_itself(keycloak: str, wanted: dict[str, Any]) -> None:
    async def change(admin: Admin) -> None:
        settings: dict[str, Any] = {"ssoSessionMaxLifespan": 99999, "bruteForceProtected": False}
        settings |= {"passwordPolicy": "length(3)", "attributes": {"frontendUrl": "https://evil.example.com"}}
        await admin.write("PUT", REALM, settings)

    drift = look(keycloak, wanted, change)
    fields = ("ssoSessionMaxLifespan", "bruteForceProtected", "passwordPolicy", "attributes.frontendUrl")
    assert places(drift) == {("realm from-git", field) for field in fields}
    assert [one.field for one in drift.differences if one.ends_sessions] == ["ssoSessionMaxLifespan"]
    bring(keycloak, wanted)
    assert look(keycloak, wanted).differences == []


def test_a_client_its_mappers_and_scopes(keycloak: str, wanted: dict[str, Any]) -> None:
    async def change(admin: Admin) -> None:
        client = await the_client(admin)
        own = f"{REALM}/clients/{client['id']}"
        mappers = [one for one in client["protocolMappers"] if one["name"] != "nonce"]
        for one in mappers:
            if one["name"] == "own-audience":
                one["config"]["access.token.claim"] = "false"
            else:
                one["config"]["included.client.audience"] = "account"
        client |= {"redirectUris": ["https://elsewhere.example.com/*"], "secret": "another"}
        client["attributes"]["pkce.code.challenge.method"] = "plain"
        await admin.write("PUT", own, {**client, "protocolMappers": mappers})
        scopes = {one["name"]: one["id"] for one in await admin.read(f"{REALM}/client-scopes") or ()}
        await admin.write("DELETE", f"{own}/default-client-scopes/{scopes['email']}")
        await admin.write("PUT", f"{own}/optional-client-scopes/{scopes['phone']}")

    drift = look(keycloak, wanted, change)
    assert places(drift) == {
        ("client oauth2-proxy", "redirectUris"),
        ("client oauth2-proxy", "secret"),
        ("client oauth2-proxy", "attributes.pkce.code.challenge.method"),
        ("client oauth2-proxy", "defaultClientScopes"),
        ("client oauth2-proxy", "optionalClientScopes"),
        ("mapper oauth2-proxy/own-audience", "config.access.token.claim"),
        ("mapper oauth2-proxy/api-audience", "config.included.client.audience"),
        ("mapper oauth2-proxy/nonce", ""),
    }
    assert "another" not in repr(drift) and SECRETS["OAUTH2_PROXY_CLIENT_SECRET"] not in repr(drift)
    bring(keycloak, wanted)
    assert look(keycloak, wanted).differences == []


def test_what_is_gone_comes_back(keycloak: str, wanted: dict[str, Any]) -> None:
    async def change(admin: Admin) -> None:
        await admin.write("DELETE", f"{REALM}/clients/{(await the_client(admin, 'platformctl'))['id']}")
        await admin.write("DELETE", f"{REALM}/users/{(await the_user(admin, 'grace'))['id']}")
        ada = await the_user(admin, "ada")
        await admin.write("PUT", f"{REALM}/users/{ada['id']}", {**ada, "emailVerified": False})

    drift = look(keycloak, wanted, change)
    assert places(drift) == {("client platformctl", ""), ("user grace", ""), ("user ada", "emailVerified")}
    assert not may_sign_in(keycloak, "grace")
    bring(keycloak, wanted)
    assert look(keycloak, wanted).differences == []
    assert may_sign_in(keycloak, "grace") and may_sign_in(keycloak, "ada")


def test_what_git_does_not_know_stays_until_it_is_named(keycloak: str, wanted: dict[str, Any]) -> None:
    async def change(admin: Admin) -> None:
        await admin.write("POST", f"{REALM}/clients", {"clientId": "grafana"})
        await admin.write("POST", f"{REALM}/users", {"username": "linus", "enabled": True})
        own = f"{REALM}/clients/{(await the_client(admin))['id']}"
        mapper = {"name": "mine", "protocol": "openid-connect", "protocolMapper": "oidc-audience-mapper"}
        await admin.write("POST", f"{own}/protocol-mappers/models", {**mapper, "config": {}})

    def unknown(drift: Drift) -> list[str]:
        return [f"{one.kind} {one.name}" for one in drift.unknown]

    drift = look(keycloak, wanted, change)
    assert drift.differences == []
    assert unknown(drift) == ["client grafana", "mapper oauth2-proxy/mine"]
    bring(keycloak, wanted)
    assert unknown(look(keycloak, wanted)) == unknown(drift)
    bring(keycloak, wanted, prune=True)

    async def nothing_else_went(admin: Admin) -> None:
        assert (await the_user(admin, "linus"))["enabled"]

    after = look(keycloak, wanted, nothing_else_went)
    assert (after.differences, after.unknown) == ([], [])
