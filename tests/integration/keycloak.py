"""A real Keycloak with its data in memory, for the tests of its administration."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import httpx
import pytest

from platformctl.live.keycloak import Admin
from platformctl.local.paths import cache_folder
from platformctl.local.toolchain import Toolchain

REALM: dict[str, Any] = {
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


@pytest.fixture(scope="session")
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
    """Run work with an Admin, who is not logged in yet."""

    async def go() -> None:
        async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=60) as client:
            await work(Admin(client))

    asyncio.run(go())
