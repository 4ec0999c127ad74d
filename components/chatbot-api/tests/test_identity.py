"""Who may ask, with an identity provider over a real socket."""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from .conftest import Api, Start, read_problem
from .fake_identity import AUDIENCE, ISSUER, FakeIdentity, SigningKey, claims, signed, unsigned

KEY = SigningKey("first")
STRANGER = SigningKey("first")
HEADER = "X-Auth-Request-Access-Token"


@pytest.fixture
async def provider() -> AsyncIterator[FakeIdentity]:
    fake = FakeIdentity([KEY.public()])
    await fake.start()
    yield fake
    await fake.stop()


@pytest.fixture
async def api(start: Start, provider: FakeIdentity) -> Api:
    return await start(**settings(provider))


def settings(provider: FakeIdentity) -> dict[str, Any]:
    return {
        "IDENTITY_ISSUER": ISSUER,
        "IDENTITY_JWKS_URL": provider.url,
        "IDENTITY_AUDIENCE": AUDIENCE,
        # A test has to see the pause begin, and none has to see it end.
        "IDENTITY_PAUSE_SECONDS": 3600,
    }


async def refusal(api: Api, headers: dict[str, str], path: str = "/api/me") -> dict[str, Any]:
    async with api.session.get(f"{api.url}{path}", headers=headers) as response:
        problem = await read_problem(response)
        assert response.headers["Cache-Control"] == "no-store"
        if response.status == 401:
            assert response.headers["WWW-Authenticate"] == "Bearer"
        return problem


async def name(api: Api, token: str) -> str:
    async with api.session.get(f"{api.url}/api/me", headers={HEADER: token}) as response:
        assert response.status == 200, await response.text()
        return str((await response.json())["preferred_username"])


async def test_me_says_what_the_token_says(api: Api) -> None:
    end = int(time.time()) + 200
    headers = {HEADER: signed(KEY, exp=end), "X-Auth-Request-User": "grace", "X-Forwarded-Email": "g@h.i"}
    async with api.session.get(f"{api.url}/api/me", headers=headers) as response:
        assert response.status == 200, await response.text()
        assert response.headers["Cache-Control"] == "no-store"
        assert await response.json() == {
            "login": "oidc",
            "sub": claims()["sub"],
            "preferred_username": "ada",
            "email": "ada@example.com",
            "issuer": ISSUER,
            "audience": [AUDIENCE, "account"],
            "expires_at": end,
            "received": ["x-auth-request-access-token", "x-auth-request-user", "x-forwarded-email"],
        }


async def test_without_an_identity_provider_nobody_has_to_sign_in(start: Start) -> None:
    api = await start()
    async with api.session.get(f"{api.url}/api/me", headers={HEADER: "forged"}) as response:
        assert response.status == 200
        body = await response.json()
    assert body.pop("received") == ["x-auth-request-access-token"]
    assert body.pop("login") == "none"
    assert set(body.values()) == {None}


@pytest.mark.parametrize("path", ["/api/me", "/api/models", "/api/openapi.json", "/api/nothing"])
async def test_every_path_but_the_probes_wants_a_token(api: Api, path: str) -> None:
    token = signed(KEY)
    forged = {
        "Authorization": f"Bearer {token}",
        "X-Auth-Request-User": "ada",
        "X-Auth-Request-Email": "ada@example.com",
        "X-Forwarded-Access-Token": token,
        "X-Forwarded-User": "ada",
        "X-Forwarded-Uri": "/health",
    }
    problem = await refusal(api, forged, path)
    assert (problem["status"], problem["code"]) == (401, "login_required")
    for probe in ("/health", "/ready", "/api/health", "/api/ready"):
        async with api.session.get(f"{api.url}{probe}") as response:
            assert response.status == 200


async def test_a_question_wants_a_token(api: Api) -> None:
    assert (await api.problem("Hi"))["code"] == "login_required"
    async with aiohttp.ClientSession(headers={HEADER: signed(KEY)}) as api.session:
        assert (await api.events("Hi"))[-1][0] == "done"


def hs256_with_the_public_key() -> str:
    """The classic confusion: the public key, which everybody has, taken as a shared secret."""
    header = {"alg": "HS256", "typ": "JWT", "kid": KEY.kid}
    public = KEY.private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    message = unsigned(header).rpartition(".")[0]
    return unsigned(header, hmac.new(public, message.encode(), hashlib.sha256).digest())


def minutes(number: int) -> int:
    return int(time.time()) + 60 * number


@pytest.mark.parametrize(
    ("token", "reason"),
    [
        (lambda: signed(KEY, exp=minutes(-1)), "expired"),
        (lambda: signed(KEY, nbf=minutes(1)), "not valid yet"),
        (lambda: signed(KEY, aud="account"), "not for this service"),
        (lambda: signed(KEY, aud=["account", "chatbot-api2"]), "not for this service"),
        (lambda: signed(KEY, iss=ISSUER + "/"), "another issuer"),
        (lambda: signed(KEY, iss="https://auth.chat.localhost:8443/realms/master"), "another issuer"),
        (lambda: signed(KEY, typ="ID"), "no access token"),
        (lambda: signed(KEY, typ="Refresh"), "no access token"),
        *((lambda gone=gone: signed(KEY, **{gone: None}), "lacks a claim") for gone in ("exp", "iat", "sub")),
        (lambda: signed(STRANGER), "signature is wrong"),
        (lambda: signed(KEY).rpartition(".")[0] + ".", "signature is wrong"),
        (lambda: signed(KEY, kid="other"), "no key of the name"),
        (lambda: signed(KEY, algorithm="PS256"), "no token that can"),
        (lambda: unsigned({"alg": "none", "typ": "JWT", "kid": KEY.kid}), "algorithm"),
        (lambda: unsigned({"alg": "None", "typ": "JWT", "kid": KEY.kid}), "algorithm"),
        (lambda: unsigned({"alg": ["RS256"], "typ": "JWT", "kid": KEY.kid}), "algorithm"),
        (lambda: unsigned({"typ": "JWT", "kid": KEY.kid}), "algorithm"),
        (hs256_with_the_public_key, "algorithm"),
        (lambda: "ada", "no token that can"),
        (lambda: "a.b.c", "no token that can"),
        (lambda: signed(KEY, padding="x" * 6_000), "16384 characters"),
    ],
)
async def test_a_token_that_does_not_count_is_refused(api: Api, token: Any, reason: str) -> None:
    given = token()
    if "16384" in reason:
        given *= 3
        assert len(given) < 60_000
    problem = await refusal(api, {HEADER: given})
    assert (problem["status"], problem["code"]) == (401, "invalid_token")
    assert reason in problem["detail"]
    line = await api.request_line(code="invalid_token")
    assert line["reason"] == problem["detail"]
    assert given not in "".join(api.lines)


async def test_a_clock_that_is_a_little_off_does_not_matter(api: Api) -> None:
    assert await name(api, signed(KEY, exp=int(time.time()) - 4)) == "ada"
    assert await name(api, signed(KEY, nbf=int(time.time()) + 4, iat=int(time.time()) + 4)) == "ada"


async def test_the_header_twice_is_refused(api: Api) -> None:
    twice = [(HEADER, signed(KEY)), (HEADER, signed(KEY))]
    async with api.session.get(f"{api.url}/api/me", headers=twice) as response:
        assert (await read_problem(response))["code"] == "invalid_token"


async def test_the_keys_are_fetched_once_for_many_tokens(api: Api, provider: FakeIdentity) -> None:
    assert [await name(api, signed(KEY)) for _ in range(3)] == ["ada"] * 3
    assert provider.asked == 1


async def test_a_new_key_is_found_without_a_restart(start: Start, provider: FakeIdentity) -> None:
    api = await start(**settings(provider) | {"IDENTITY_PAUSE_SECONDS": 0.001})
    assert await name(api, signed(KEY)) == "ada"
    second = SigningKey("second")
    provider.keys = [second.public(), KEY.public()]
    assert await name(api, signed(second, preferred_username="grace")) == "grace"
    assert await name(api, signed(KEY)) == "ada"


async def test_made_up_key_names_do_not_make_it_ask_more_than_once_per_pause(
    api: Api, provider: FakeIdentity
) -> None:
    for number in range(20):
        problem = await refusal(api, {HEADER: signed(KEY, kid=f"made-up-{number}")})
        assert problem["code"] == "invalid_token"
    assert provider.asked == 1


async def test_keys_that_grew_old_still_count_while_the_provider_is_away(
    start: Start, provider: FakeIdentity
) -> None:
    quick = {"IDENTITY_PAUSE_SECONDS": 0.001, "IDENTITY_CACHE_SECONDS": 0.001}
    api = await start(**settings(provider) | quick)
    assert await name(api, signed(KEY)) == "ada"
    provider.status = 503
    assert await name(api, signed(KEY)) == "ada"
    provider.status, provider.keys = 200, []
    assert await name(api, signed(KEY)) == "ada"
    assert provider.asked >= 3


async def test_a_withdrawn_key_counts_no_more(start: Start, provider: FakeIdentity) -> None:
    quick = {"IDENTITY_PAUSE_SECONDS": 0.001, "IDENTITY_CACHE_SECONDS": 0.001}
    api = await start(**settings(provider) | quick)
    assert await name(api, signed(KEY)) == "ada"
    provider.keys = [SigningKey("second").public()]
    assert "no key of the name" in (await refusal(api, {HEADER: signed(KEY)}))["detail"]


async def test_a_provider_that_was_never_there_is_no_reason_to_sign_in_again(
    start: Start, provider: FakeIdentity
) -> None:
    provider.status = 503
    api = await start(**settings(provider) | {"IDENTITY_PAUSE_SECONDS": 0.001})
    problem = await refusal(api, {HEADER: signed(KEY)})
    assert (problem["status"], problem["code"]) == (503, "identity_unavailable")
    provider.status = 200
    assert await name(api, signed(KEY)) == "ada"


@pytest.mark.parametrize(
    "listed",
    [
        [],
        [KEY.public(use="enc", alg="RSA-OAEP")],
        [KEY.public(use="enc")],
        [{"kty": "oct", "kid": "first", "k": "c2VjcmV0", "alg": "HS256"}],
        ["nonsense", {"kty": "RSA", "kid": "first"}],
    ],
)
async def test_a_document_without_a_usable_key_is_none(
    api: Api, provider: FakeIdentity, listed: list[Any]
) -> None:
    provider.keys = listed
    assert (await refusal(api, {HEADER: signed(KEY)}))["code"] == "identity_unavailable"


async def test_a_key_that_cannot_be_used_does_not_hide_the_others(api: Api, provider: FakeIdentity) -> None:
    provider.keys = [{"kty": "RSA", "kid": "broken", "n": "?", "e": "?"}, KEY.public(alg="RS256")]
    provider.keys.insert(0, SigningKey("sealing").public(use="enc", alg="RSA-OAEP"))
    assert await name(api, signed(KEY)) == "ada"
