"""Certificates and discovery: what a server shows tells which row it is."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import cast

import httpx
import pytest

from platformctl.live.kubernetes import Cluster
from platformctl.live.trace import Inside, Verdict
from platformctl.live.trace.reach import bearer, discovery, proxy, tls
from platformctl.platform.login import Login
from tests.unit.live.trace.answering import answering


@pytest.fixture
def plain() -> Iterator[int]:
    """The port of a server that answers everybody in plain HTTP."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            with server.accept()[0] as one:
                one.recv(4096)
                one.sendall(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n")

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        thread.join(5)


def test_plain_http_where_tls_is_wanted(login: Login, plain: int) -> None:
    walk = answering(
        replace(login, app_origin=f"https://app.example.com:{plain}"), lambda _: httpx.Response(200)
    )
    walk.address = "127.0.0.1"
    found = tls(walk)
    assert found.row and found.row.number == 29


def test_a_connection_that_is_closed_at_once(login: Login) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=lambda: server.accept()[0].close(), daemon=True)
        thread.start()
        port = server.getsockname()[1]
        walk = answering(
            replace(login, app_origin=f"https://app.example.com:{port}"), lambda _: httpx.Response(200)
        )
        walk.address = "127.0.0.1"
        found = tls(walk)
        thread.join(5)
    assert found.row and found.row.number == 34


def test_who_checks_a_token_for_keycloak(login: Login) -> None:
    own = httpx.Response(401, headers={"www-authenticate": "Bearer"}, json={"error": "invalid_token"})
    assert bearer(answering(login, lambda _: own)).verdict is Verdict.HIT
    found = bearer(answering(login, lambda _: httpx.Response(401, text="Jwt verification fails")))
    assert found.row and found.row.number == 36


@pytest.mark.parametrize(
    ("issuer", "number"),
    [("http://auth.example.com/realms/chat", 28), ("https://keycloak.auth:8080/realms/chat", 10)],
)
def test_an_issuer_of_another_name(login: Login, issuer: str, number: int) -> None:
    found = discovery(answering(login, lambda _: httpx.Response(200, json={"issuer": issuer})))
    assert found.row and found.row.number == number


def test_a_proxy_that_ends(login: Login) -> None:
    class Seen(Inside):
        def proxy_trouble(self) -> tuple[str, str]:
            return "CrashLoopBackOff", "x509: certificate signed by unknown authority"

    def answer(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200)

    found = proxy(answering(login, answer, inside=Seen(cast(Cluster, None))))
    assert found.row and found.row.number == 11
    assert proxy(answering(login, answer)).verdict is Verdict.MAY
