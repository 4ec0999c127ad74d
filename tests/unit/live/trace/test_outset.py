"""A redirect to the login is well only if the way back, the challenge and the cookie are."""

from __future__ import annotations

from urllib.parse import urlencode

import httpx
import pytest

from platformctl.live.trace import Verdict
from platformctl.live.trace.outset import challenge, start
from platformctl.platform.login import Login
from tests.unit.live.trace.answering import answering

COOKIE = "__Secure-chat_csrf_1=x; Path=/; Domain=.example.com; Secure; HttpOnly; SameSite=Lax"


def redirect(login: Login, back: str, cookie: str = COOKIE, **changed: str) -> httpx.Response:
    query = {
        "redirect_uri": login.callback_url,
        "code_challenge_method": "S256",
        "nonce": "n",
        "state": f"s:{back}",
    } | changed
    location = f"{login.issuer}/protocol/openid-connect/auth?{urlencode(query)}"
    headers = [("location", location), *([("set-cookie", cookie)] if cookie else [])]
    return httpx.Response(302, headers=headers)


def test_a_good_beginning(login: Login) -> None:
    walk = answering(login, lambda request: redirect(login, f"{login.app_origin}/"))
    assert start(walk).verdict is Verdict.HIT
    assert walk.page is not None
    walk = answering(login, lambda request: redirect(login, f"{login.api_origin}/api/me"))
    assert challenge(walk).verdict is Verdict.HIT
    assert walk.page is None


@pytest.mark.parametrize(
    ("changed", "number"),
    [
        ({"redirect_uri": "http://api.example.com/oauth2/callback"}, 26),
        ({"code_challenge_method": "plain"}, 27),
        ({"state": "s:/"}, 5),
    ],
)
def test_what_keycloak_is_asked_for(login: Login, changed: dict[str, str], number: int) -> None:
    found = start(answering(login, lambda _: redirect(login, f"{login.app_origin}/", **changed)))
    assert found.row and found.row.number == number


@pytest.mark.parametrize(
    ("cookie", "number"),
    [
        ("", 6),
        (COOKIE.replace("Lax", "Strict"), 6),
        (COOKIE.replace(".example.com", "app.example.com"), 4),
    ],
)
def test_the_cookie_that_has_to_come_back(login: Login, cookie: str, number: int) -> None:
    found = challenge(answering(login, lambda _: redirect(login, f"{login.api_origin}/api/me", cookie)))
    assert found.row and found.row.number == number


def test_another_host(login: Login) -> None:
    def answer(_: httpx.Request) -> httpx.Response:
        return httpx.Response(302, headers={"location": "http://keycloak.auth:8080/realms/chat"})

    found = start(answering(login, answer))
    assert found.row and found.row.number == 10


def test_a_gateway_that_does_not_let_anybody_begin(login: Login) -> None:
    found = start(answering(login, lambda _: httpx.Response(403, text="RBAC: access denied")))
    assert found.row and found.row.number == 3


@pytest.mark.parametrize(
    ("status", "verdict"), [(401, Verdict.HIT), (200, Verdict.MISS), (503, Verdict.MISS)]
)
def test_a_page_that_is_not_sent_to_the_login(login: Login, status: int, verdict: Verdict) -> None:
    assert challenge(answering(login, lambda _: httpx.Response(status))).verdict is verdict
