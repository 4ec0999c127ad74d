"""Answers are read as a browser reads them, and servers' words are known by their row."""

from __future__ import annotations

import httpx
import pytest

from platformctl.live.trace.reading import cookies, known_failure, summary

SESSION = (
    "__Secure-chat=abc|1|x; Path=/; Domain=.chat.localhost; Max-Age=36000; HttpOnly; Secure; SameSite=Lax"
)


def test_a_cookie_and_its_attributes() -> None:
    headers = [("set-cookie", SESSION), ("set-cookie", "gone=; Max-Age=0")]
    session, gone = cookies(httpx.Response(302, headers=headers))
    assert (session.name, session.domain, session.same_site) == ("__Secure-chat", "chat.localhost", "lax")
    assert session.secure and session.http_only and not session.cleared
    assert gone.cleared and not gone.secure


@pytest.mark.parametrize(
    ("said", "number"),
    [
        ("RBAC: access denied", None),
        ("Audiences in Jwt are not allowed", 9),
        ("Jwks doesn't have key to match kid or alg from Jwt", 12),
        ("Jwks remote fetch is failed", 13),
        ("Jwt issuer is not configured", 10),
        ("Jwt is expired", 30),
        ("audience from claim aud with value [account] does not match", 7),
        ("email in id_token (ada@example.com) isn't verified", 8),
        ("oidc: issuer did not match the issuer returned by provider", 10),
        ("tls: failed to verify certificate: x509: certificate signed by unknown authority", 11),
        ("Invalid parameter: redirect_uri", 26),
        ("Missing parameter: code_challenge_method", 27),
        ("nonce verification failed", 35),
        ("Unable to find a valid CSRF token. Please try again.", 6),
    ],
)
def test_what_servers_say(said: str, number: int | None) -> None:
    found = known_failure(f"... {said} ...", "note")
    assert (found.row.number if found and found.row else None) == number


def test_a_summary_shows_no_code() -> None:
    headers = {"location": "https://api.example.com/oauth2/callback?code=secret"}
    assert summary(httpx.Response(302, headers=headers)) == "302 to https://api.example.com/oauth2/callback"
