"""Nothing that lets somebody in is shown, and what helps to find a fault is."""

from __future__ import annotations

import httpx
import pytest

from platformctl.live.auth import redact
from platformctl.live.auth.exchange import Exchange

TOKEN = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJodHRwcyJ9.c2lnbmF0dXJl"


@pytest.mark.parametrize(
    ("value", "secrets", "kept"),
    [
        (f"token {TOKEN} is bad", [TOKEN, "c2lnbmF0dXJl"], ["token", "is bad"]),
        (TOKEN.rpartition(".")[0] + ".", ["eyJpc3MiOiJodHRwcyJ9"], []),
        ('{"access_token":"opaque-1","expires_in":300}', ["opaque-1"], ["access_token", "300"]),
        ("username=ada&password=pa55word&credentialId=", ["pa55word"], ["username=ada", "credentialId"]),
        ("grant_type=code&code=abc.def&code_verifier=xyz", ["abc.def", "xyz"], ["grant_type=code"]),
    ],
)
def test_text(value: str, secrets: list[str], kept: list[str]) -> None:
    found = redact.text(value)
    assert not [secret for secret in secrets if secret in found]
    assert not [part for part in kept if part not in found]


def test_a_url_within_a_url() -> None:
    inner = "https://auth.example.com/logout?id_token_hint=opaque"
    found = redact.url(f"https://api.example.com/oauth2/callback?code=c0de&state=n0nce%3A/&rd={inner}")
    assert "c0de" not in found
    assert "n0nce" not in found
    assert "opaque" not in found
    assert "https://api.example.com/oauth2/callback?code=<" in found
    assert "rd=https://auth.example.com/logout" in found


@pytest.mark.parametrize(
    ("name", "value", "found"),
    [
        ("Authorization", "Bearer opaque", f"Bearer {redact.shown('opaque')}"),
        ("Cookie", "__Secure-chat=a; x=b", f"__Secure-chat={redact.shown('a')}; x={redact.shown('b')}"),
        (
            "Set-Cookie",
            "__Secure-chat=a; Path=/; Domain=chat.localhost; Secure; SameSite=Lax",
            f"__Secure-chat={redact.shown('a')}; Path=/; Domain=chat.localhost; Secure; SameSite=Lax",
        ),
        ("X-Auth-Request-Access-Token", "opaque", redact.shown("opaque")),
        ("Content-Type", "text/html", "text/html"),
    ],
)
def test_header(name: str, value: str, found: str) -> None:
    assert redact.header(name, value) == found


def test_an_exchange_holds_no_secret() -> None:
    request = httpx.Request(
        "POST", f"https://a.example.com/?code=c0de&x={TOKEN}", headers={"Cookie": "s=t0p"}
    )
    headers = [("Location", "https://a.example.com/?state=n0nce"), ("Set-Cookie", "s=n3w; Secure")]
    response = httpx.Response(302, headers=headers, text=f"see {TOKEN}", request=request)

    found = repr(Exchange.of(response))

    assert not [secret for secret in ("c0de", TOKEN, "t0p", "n0nce", "n3w") if secret in found]
    assert Exchange.of(response).answer.startswith("302 https://a.example.com/?state=<")


def test_a_stream_that_was_not_read_has_no_body() -> None:
    request = httpx.Request("GET", "https://a.example.com/")
    response = httpx.Response(200, stream=httpx.ByteStream(b"x"), request=request)
    assert Exchange.of(response).body == ""
