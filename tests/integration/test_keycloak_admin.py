"""The Admin API of a real Keycloak that has its realm in memory. Needs the toolchain, Java, and a minute."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Awaitable, Callable, Iterator

import httpx
import pytest

from platformctl.errors import NotHealthy
from platformctl.live.keycloak import Admin
from platformctl.local.paths import cache_folder
from platformctl.local.toolchain import Toolchain

REALM = {
    "realm": "chat",
    "enabled": True,
    "clients": [
        {
            "clientId": "oauth2-proxy",
            "secret": "first",
            "directAccessGrantsEnabled": True,
            "redirectUris": ["https://api.chat.localhost/oauth2/callback"],
            "attributes": {"pkce.code.challenge.method": "S256"},
        }
    ],
    "users": [
        {
            "username": "ada",
            "enabled": True,
            "email": "ada@example.com",
            "emailVerified": True,
            "firstName": "Ada",
            "lastName": "L",
            "credentials": [{"type": "password", "value": "first"}],
        }
    ],
}
PATIENCE = 600


@pytest.fixture(scope="module")
def keycloak(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a Keycloak that has the realm, and the administrator admin with the password "first"."""
    toolchain = Toolchain(cache_folder())
    if toolchain.missing(("keycloak",)) or shutil.which("java") is None:
        pytest.skip("Keycloak or Java is not there: run platformctl up once")
    folder = tmp_path_factory.mktemp("keycloak") / "keycloak"
    shutil.copytree(toolchain.folder("keycloak"), folder)
    (folder / "data/import").mkdir(parents=True)
    (folder / "data/import/chat-realm.json").write_text(json.dumps(REALM))
    with socket.create_server(("127.0.0.1", 0)) as free, socket.create_server(("127.0.0.1", 0)) as other:
        port, management = free.getsockname()[1], other.getsockname()[1]
    options = [f"--http-port={port}", f"--http-management-port={management}", "--http-host=127.0.0.1"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            ["bin/kc.sh", "start-dev", "--db=dev-mem", "--import-realm", "--cache=local", *options],
            cwd=folder,
            env={
                **os.environ,
                "KC_BOOTSTRAP_ADMIN_USERNAME": "admin",
                "KC_BOOTSTRAP_ADMIN_PASSWORD": "first",
                "JAVA_OPTS_KC_HEAP": "-Xmx512m",
            },
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    url = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + PATIENCE
        while not _answers(f"{url}/realms/chat"):
            assert process.poll() is None, (folder / "log").read_text()[-3000:]
            assert time.monotonic() < deadline, (folder / "log").read_text()[-3000:]
            time.sleep(0.5)
        yield url
    finally:
        process.terminate()
        process.wait()
        shutil.rmtree(folder)


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, trust_env=False).is_success
    except httpx.TransportError:
        return False


def does(url: str, work: Callable[[Admin], Awaitable[None]]) -> None:
    async def go() -> None:
        async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=60) as client:
            await work(Admin(client))

    asyncio.run(go())


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
        assert found["redirectUris"] == REALM["clients"][0]["redirectUris"]  # type: ignore[index]
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
