"""Every secret is replaced under somebody who is signed in: what was said beforehand is what happens."""

from __future__ import annotations

import base64
import json
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import httpx
import pytest

from platformctl.errors import NotHealthy
from platformctl.live.auth import Browser
from platformctl.platform.rotation import ROTATED, rotation
from tests.e2e.running import RunningPlatform, eventually
from tests.login.faults.realm import administration
from tests.login.observer import comes_back, working
from tests.login.visitor import (
    is_out,
    login_of,
    me_of,
    new_browser,
    session_of,
    signed_in,
    with_session,
)

Taken = Callable[[RunningPlatform, str], bool]
"""Whether a value is taken where it counts."""


def value_of(platform: RunningPlatform, namespace: str, secret: str, key: str) -> str:
    data = platform.get("secret", "-n", namespace, secret)["data"]
    return base64.b64decode(data[key]).decode()


def client_secret_taken(platform: RunningPlatform, value: str) -> bool:
    """Asked of Keycloak: a client may look at a token with its secret alone."""
    login = login_of(platform)
    with new_browser(platform) as program:
        answer = program.request(
            "POST",
            f"{login.issuer}/protocol/openid-connect/token/introspect",
            data={"client_id": login.client_id, "client_secret": value, "token": "x"},
        )
    assert answer.status_code in (200, 401), answer.text
    return answer.status_code == 200


def redis_password_taken(platform: RunningPlatform, value: str) -> bool:
    said = _in_pod(
        platform, "auth", "statefulset/redis", "redis-cli", "--no-auth-warning", "-a", value, "ping"
    )
    return "PONG" in said


def database_password_taken(platform: RunningPlatform, value: str) -> bool:
    address = f"postgresql://keycloak:{value}@postgresql.auth:5432/keycloak"
    said = _in_pod(platform, "auth", "statefulset/postgresql", "psql", address, "-tAc", "select 'taken'")
    return "taken" in said


def admin_password_taken(platform: RunningPlatform, value: str) -> bool:
    form = {"grant_type": "password", "client_id": "admin-cli", "username": "admin", "password": value}
    with administration(platform) as client:
        url = client.base_url.join("/realms/master/protocol/openid-connect/token")
        return httpx.post(url, data=form, trust_env=False).status_code == 200


def password_taken(platform: RunningPlatform, value: str) -> bool:
    with new_browser(platform) as browser:
        try:
            browser.sign_in(login_of(platform), "ada", value)
        except NotHealthy as error:
            assert "password" in error.message
            return False
    return True


def tsig_taken(platform: RunningPlatform, value: str) -> bool:
    transfer = f'dig @127.0.0.1 -p 5353 "$ZONE" AXFR -y "hmac-sha256:$TSIG_NAME:{value}"'
    return "SOA" in _in_pod(platform, "dns", "deployment/dns", "sh", "-c", transfer)


def _in_pod(platform: RunningPlatform, namespace: str, workload: str, *command: str) -> str:
    try:
        return platform.kubectl("exec", "-n", namespace, workload, "--", *command)
    except subprocess.CalledProcessError as error:
        return f"{error.stdout}{error.stderr}"


@dataclass(frozen=True)
class Turn:
    """One value that is replaced.

    Attributes:
        taken: tells an old value from a new one; None: the session's cookie does.
        readers: the workloads that start anew.
        kept: whether sessions go on.
        refusals: how a login that is under way may end.
    """

    namespace: str
    secret: str
    key: str
    taken: Taken | None
    readers: tuple[str, ...] = ()
    kept: bool = True
    refusals: frozenset[int] = frozenset()

    def __str__(self) -> str:
        return f"{self.secret}/{self.key}"


PROXY = "auth deployment/oauth2-proxy"
TURNS = (
    Turn("auth", "keycloak-admin", "password", admin_password_taken),
    Turn("auth", "keycloak-users", "ada", password_taken),
    Turn("dns", "tsig", "secret", tsig_taken, ("dns deployment/dns", "dns deployment/external-dns")),
    Turn("auth", "oauth2-proxy", "client-secret", client_secret_taken, (PROXY,)),
    # The login's own cookie (CSRF) is encrypted as well.
    Turn("auth", "oauth2-proxy", "cookie-secret", None, (PROXY,), kept=False, refusals=frozenset({403})),
    Turn("auth", "redis", "password", redis_password_taken, ("auth statefulset/redis", PROXY), kept=False),
    Turn(
        "auth",
        "keycloak-database",
        "password",
        database_password_taken,
        ("auth statefulset/postgresql", "auth statefulset/keycloak"),
    ),
)


@pytest.fixture(scope="module")
def ada(platform: RunningPlatform) -> Iterator[Browser]:
    with signed_in(platform, "ada") as browser:
        yield browser


def started_anew(platform: RunningPlatform, turn: Turn, before: str) -> None:
    """Awaits the new value in the cluster, and its readers with it."""
    eventually(
        f"{turn} has come into the cluster",
        lambda: value_of(platform, turn.namespace, turn.secret, turn.key) != before,
    )
    when = value_of(platform, turn.namespace, turn.secret, ROTATED)
    for reader in turn.readers:
        namespace, workload = reader.split()
        eventually(
            f"{workload} has the time of the change",
            lambda workload=workload, namespace=namespace: (  # type: ignore[misc]
                platform.get(workload, "-n", namespace)["spec"]["template"]["metadata"]["annotations"].get(
                    f"platformctl/rotated.{turn.secret}"
                )
                == when
            ),
        )
    for reader in turn.readers:
        namespace, workload = reader.split()
        platform.kubectl("rollout", "status", "-n", namespace, workload, "--timeout=180s", timeout=200)


@pytest.mark.parametrize("turn", TURNS, ids=str)
def test_a_secret_is_replaced(platform: RunningPlatform, ada: Browser, turn: Turn) -> None:
    old = value_of(platform, turn.namespace, turn.secret, turn.key)
    cookie = session_of(platform, ada)
    said = rotation(turn.secret, turn.key)
    command = ("secrets", "rotate", turn.secret, "--key", turn.key, "--cluster", platform.cluster)
    if said.interrupts:
        asked = platform.platformctl(*command)
        assert asked.returncode != 0 and "--yes" in asked.stderr
        assert value_of(platform, turn.namespace, turn.secret, turn.key) == old
    unnoticed = "users notice nothing" in said.notice
    with working(platform, ada, "ada", newcomer="grace" if unnoticed else None) as seen:
        done = platform.platformctl(*command, "--yes")
        assert done.returncode == 0, done.stderr
        assert said.notice in " ".join(done.stderr.split())
        started_anew(platform, turn, old)
        kept = comes_back(platform, ada, "ada", refusals=turn.refusals)
    if turn.kept:
        assert kept and seen.only_worked("api"), seen.statuses
    if unnoticed:
        assert all(seen.only_worked(what) for what in seen.statuses), seen.statuses

    new = value_of(platform, turn.namespace, turn.secret, turn.key)
    for value in (old, new):
        assert value not in done.stdout + done.stderr
    if turn.taken:
        assert turn.taken(platform, new)
        assert not turn.taken(platform, old)
    else:
        with new_browser(platform) as stranger:
            headers = with_session(platform, cookie)
            answer = stranger.get(me_of(platform), accept="application/json", headers=headers)
            assert is_out(answer.status_code, answer.text)
    healthy(platform)


def healthy(platform: RunningPlatform) -> None:
    """The trace finds nothing."""
    done = platform.platformctl("auth", "trace", "--cluster", platform.cluster, "-o", "json")
    missed = [step for step in json.loads(done.stdout)["steps"] if step["verdict"] not in ("hit", "may")]
    assert done.returncode == 0, missed


def test_names_are_still_written_with_the_new_key(platform: RunningPlatform) -> None:
    """A host that comes after the rotations is found by pods."""
    host = f"rotated.{platform.embedded.cluster.settings.domain}"
    gateway = {
        "apiVersion": "networking.istio.io/v1",
        "kind": "Gateway",
        "metadata": {"name": "rotated", "namespace": "istio-ingress"},
        "spec": {
            "selector": {"istio": "ingressgateway"},
            "servers": [{"port": {"number": 9999, "name": "http", "protocol": "HTTP"}, "hosts": [host]}],
        },
    }
    platform.kubectl("apply", "--filename=-", given=json.dumps(gateway))
    try:
        question = ("dig", "@127.0.0.1", "-p", "5353", "+short", host, "A")
        eventually(f"{host} is known", lambda: _in_pod(platform, "dns", "deployment/dns", *question).strip())
    finally:
        platform.kubectl("delete", "gateway.networking.istio.io", "-n", "istio-ingress", "rotated")
