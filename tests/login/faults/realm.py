"""Faults of the realm, by Keycloak's Admin API, as an administrator makes them."""

from __future__ import annotations

import base64
import copy
import re
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.e2e.running import RunningPlatform

Data = dict[str, Any]
REALM = "/admin/realms/chat"


@contextmanager
def administration(platform: RunningPlatform) -> Iterator[httpx.Client]:
    """A client of the Admin API that is logged in, through a port-forward."""
    kubectl = platform.embedded.toolchain.binary("kubectl")
    command: list[str | Path] = [kubectl, "--kubeconfig", platform.kubeconfig]
    command += ["-n", "auth", "port-forward", "service/keycloak", ":8080", "--address=127.0.0.1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as forward:
        try:
            assert forward.stdout is not None
            found = re.search(r"127\.0\.0\.1:(\d+)", forward.stdout.readline())
            assert found, "kubectl port-forward names no port"
            with httpx.Client(base_url=f"http://127.0.0.1:{found[1]}", timeout=30, trust_env=False) as client:
                secret = platform.get("secret", "-n", "auth", "keycloak-admin")["data"]["password"]
                form = {
                    "grant_type": "password",
                    "client_id": "admin-cli",
                    "username": "admin",
                    "password": base64.b64decode(secret).decode(),
                }
                answer = client.post("/realms/master/protocol/openid-connect/token", data=form)
                client.headers["Authorization"] = f"Bearer {answer.raise_for_status().json()['access_token']}"
                yield client
        finally:
            forward.terminate()


@dataclass(frozen=True)
class Represented:
    """A part of the realm, changed.

    Attributes:
        find: the path of its representation below the realm, found by the client.
        change: changes the representation in place.
    """

    find: Callable[[httpx.Client], str]
    change: Callable[[Data], None]

    @contextmanager
    def into(self, platform: RunningPlatform) -> Iterator[None]:
        with administration(platform) as client:
            path = self.find(client)
            before: Data = client.get(path).raise_for_status().json()
            after = copy.deepcopy(before)
            self.change(after)
            assert after != before, f"nothing changes in {path}"
            client.put(path, json=after).raise_for_status()
        # An attribute that is left out stays as it is; an empty one is taken away.
        empty = dict.fromkeys(after.get("attributes", {}), "")
        try:
            yield
        finally:
            with administration(platform) as client:
                restored = before | {"attributes": empty | before.get("attributes", {})}
                client.put(path, json=restored).raise_for_status()


@dataclass(frozen=True)
class Mappers:
    """The mappers of the proxy's client, without one and with another."""

    without: str = ""
    more: Callable[[], Data] | None = None

    @contextmanager
    def into(self, platform: RunningPlatform) -> Iterator[None]:
        with administration(platform) as client:
            path = f"{the_client(client)}/protocol-mappers/models"
            taken = [one for one in client.get(path).json() if one["name"] == self.without]
            assert bool(taken) == bool(self.without), f"there is no mapper {self.without}"
            for one in taken:
                client.delete(f"{path}/{one['id']}").raise_for_status()
            more = self.more() if self.more else {}
            if more:
                client.post(path, json=more).raise_for_status()
        try:
            yield
        finally:
            with administration(platform) as client:
                for one in client.get(path).json():
                    if more and one["name"] == more["name"]:
                        client.delete(f"{path}/{one['id']}").raise_for_status()
                for one in taken:
                    client.post(path, json=one).raise_for_status()


def the_client(client: httpx.Client) -> str:
    """The path of the proxy's client."""
    (found,) = client.get(f"{REALM}/clients", params={"clientId": "oauth2-proxy"}).raise_for_status().json()
    return f"{REALM}/clients/{found['id']}"


def the_user(client: httpx.Client) -> str:
    """The path of the test user."""
    query = {"username": "ada", "exact": "true"}
    (found,) = client.get(f"{REALM}/users", params=query).raise_for_status().json()
    return f"{REALM}/users/{found['id']}"


def realm_with(**settings: Any) -> Represented:
    return Represented(lambda _: REALM, lambda data: data.update(settings))


def realm_attribute(name: str, value: str) -> Represented:
    return Represented(lambda _: REALM, lambda data: data.setdefault("attributes", {}).update({name: value}))


def client_with(**settings: Any) -> Represented:
    return Represented(the_client, lambda data: data.update(settings))


def client_attribute(name: str, value: str) -> Represented:
    return Represented(the_client, lambda data: data["attributes"].update({name: value}))


def user_with(**settings: Any) -> Represented:
    return Represented(the_user, lambda data: data.update(settings))
