"""The links that a session goes through: the check, the token, what the API gets, and its renewal."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx

from platformctl.live.trace.reading import cookies, known_failure, summary
from platformctl.live.trace.result import Result, hit, may, miss, other_miss
from platformctl.live.trace.walk import Walk

BURST = 10
SECONDS_OF_SKEW = 60
SECONDS_AFTER_REFRESH = 3.0


def check(walk: Walk) -> Result:
    """With the session the gateway lets the request through to the API."""
    response = walk.browser.get(walk.api, accept="application/json")
    if response.status_code == httpx.codes.OK:
        return hit(f"200 from {walk.api}")
    note = f"{walk.api} with a session answers {summary(response)}"
    if known := known_failure(response.text, note):
        return known
    match response.status_code:
        case httpx.codes.FORBIDDEN:
            # Who has no session was refused with 401, so the check works; what lacks is what it should add.
            return miss(note, 14)
        case httpx.codes.ACCEPTED | httpx.codes.NOT_FOUND:
            return miss(note, 1)
        case httpx.codes.FOUND | httpx.codes.UNAUTHORIZED:
            return miss(note, 4)
        case httpx.codes.REQUEST_HEADER_FIELDS_TOO_LARGE:
            return miss(note, 20 if "_csrf" not in walk.cookie else 21)
        case _:
            return other_miss(note, "the way to the API is broken behind the gateway", "platformctl status")


def headers(walk: Walk) -> Result:
    """The API gets the access token, and nothing that a client made up."""
    said = _me(walk)
    received = said.get("received", [])
    if said.get("login") == "none":
        return other_miss(
            "the API asks for no token",
            "chatbot-api has no issuer to check tokens of",
            "render chatbot-api with the cluster's login",
        )
    if "x-auth-request-access-token" not in received:
        return miss(f"the API gets {', '.join(received) or 'no header of the login'}", 14)
    return hit(f"the API gets {', '.join(received)}")


def token(walk: Walk) -> Result:
    """Issuer, audience and life of the token that the API gets."""
    said, login = _me(walk), walk.login
    if said.get("issuer") != login.issuer:
        return miss(f"issuer {said.get('issuer')}", 10)
    if login.audience not in said.get("audience", []):
        return miss(f"audiences {', '.join(said.get('audience', []))}", 9)
    left = float(said.get("expires_at", 0)) - time.time()
    if walk.session is None and left < login.session.refresh.seconds:
        return miss(f"expires in {left:.0f} s, and is renewed after {login.session.refresh}", 22)
    if left <= 0:
        return miss(f"expired {-left:.0f} s ago by this machine's clock", 30)
    if left > login.session.access_token.seconds + SECONDS_OF_SKEW:
        return may(
            f"{left:.0f} s left, wanted {login.session.access_token} at most",
            "Keycloak gives tokens a longer life than Git says",
            "platformctl auth realm diff",
        )
    return hit(f"for {login.audience}, of {login.issuer}, {left:.0f} s left")


def keys(walk: Walk) -> Result:
    """istiod has fetched the issuer's keys."""
    if walk.inside is None:
        return hit("a token was taken, so Envoy has the keys")
    failed = walk.inside.failed_key_fetches()
    if failed:
        return may(
            f"istiod failed {failed} times to fetch keys",
            "it has them now; before, it gave Envoy a key of its own, and every login was refused",
            "make istiod reach the jwksUri before the RequestAuthentication is there",
        )
    return hit("istiod never failed to fetch them" if failed == 0 else "a token was taken")


def refresh(walk: Walk) -> Result:
    """A burst of requests after the refresh age is served, renewed once, and the new cookie arrives."""
    if not walk.patience:
        return may(f"not waited for ({walk.login.session.refresh})", "--full waits for it")
    time.sleep(walk.login.session.refresh.seconds + SECONDS_AFTER_REFRESH)
    cookie = walk.cookie

    def ask(_: int) -> httpx.Response:
        with walk.new_browser() as one:
            return one.get(walk.api, accept="application/json", headers={"Cookie": cookie})

    with ThreadPoolExecutor(BURST) as pool:
        answers = list(pool.map(ask, range(BURST)))
    refused = [one for one in answers if one.status_code != httpx.codes.OK]
    if refused:
        note = f"{len(refused)} of {BURST} requests after the refresh age: {summary(refused[0])}"
        said = walk.inside.proxy_says() if walk.inside else ""
        return known_failure(said, note) or miss(note, 22)
    renewed = [one for one in answers if any("csrf" not in found.name for found in cookies(one))]
    if not renewed:
        return miss(f"{BURST} requests after the refresh age, and no Set-Cookie", 23)
    for one in renewed:
        walk.browser.client.cookies.extract_cookies(one)
    return hit(f"{BURST} requests at once: all 200, {len(renewed)} with the renewed cookie")


def _me(walk: Walk) -> dict[str, Any]:
    response = walk.browser.get(walk.api, accept="application/json")
    found: dict[str, Any] = response.json() if response.status_code == httpx.codes.OK else {}
    return found
