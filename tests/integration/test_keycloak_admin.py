"""The Admin API of a real Keycloak that has its realm in memory. Needs the toolchain, Java, and a minute."""

from __future__ import annotations

import httpx
import pytest

from platformctl.errors import NotHealthy
from platformctl.live.keycloak import Admin
from tests.integration.keycloak import REALM, does


def token(url: str, client_secret: str, password: str) -> httpx.Response:
    form = {"grant_type": "password", "client_id": "oauth2-proxy", "client_secret": client_secret}
    form |= {"username": "ada", "password": password}
    return httpx.post(
        f"{url}/realms/chat/protocol/openid-connect/token", data=form, trust_env=False, timeout=60
    )


def test_a_client_gets_another_secret_and_keeps_the_rest(keycloak: str) -> None:
    assert token(keycloak, "first", "first").is_success

    async def work(admin: Admin) -> None:
        await admin.login(["wrong", "first"])
        await admin.set_client_secret("chat", "oauth2-proxy", "second")
        await admin.set_client_secret("chat", "oauth2-proxy", "second")  # as after an interruption
        found = await admin._one("/admin/realms/chat/clients", {"clientId": "oauth2-proxy"}, "", "")
        assert found["redirectUris"] == REALM["clients"][0]["redirectUris"]
        assert found["attributes"]["pkce.code.challenge.method"] == "S256"

    does(keycloak, work)
    assert token(keycloak, "second", "first").is_success
    assert token(keycloak, "first", "first").status_code == 401


def test_a_user_gets_another_password(keycloak: str) -> None:
    async def work(admin: Admin) -> None:
        await admin.login(["first"])
        await admin.set_client_secret("chat", "oauth2-proxy", "second")
        await admin.set_password("chat", "ada", "second")
        with pytest.raises(NotHealthy, match="realm chat has no user grace"):
            await admin.set_password("chat", "grace", "second")

    does(keycloak, work)
    assert token(keycloak, "second", "second").is_success
    assert not token(keycloak, "second", "first").is_success


def test_the_administrator_changes_its_own_password_and_back(keycloak: str) -> None:
    async def change(admin: Admin) -> None:
        await admin.login(["first", "second"])
        await admin.set_password("master", "admin", "second")

    async def again(admin: Admin) -> None:
        # The file still has the old one: the call that told Keycloak was interrupted.
        await admin.login(["first", "second"])
        await admin.set_password("master", "admin", "second")
        await admin.set_password("master", "admin", "first")

    does(keycloak, change)
    does(keycloak, again)


def test_a_refusal_quotes_nothing(keycloak: str) -> None:
    async def work(admin: Admin) -> None:
        with pytest.raises(NotHealthy, match='refuses the password of its administrator "admin"') as caught:
            await admin.login(["hunter2"])
        assert "hunter2" not in repr(caught.value.__dict__)
        await admin.login(["first"])
        with pytest.raises(NotHealthy, match="answers 404 to GET /admin/realms/nowhere/clients") as caught:
            await admin.set_client_secret("nowhere", "oauth2-proxy", "hunter2")
        assert "hunter2" not in repr(caught.value.__dict__)

    does(keycloak, work)
