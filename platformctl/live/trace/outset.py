"""How a login begins: by the gateway's refusal of a page, or because the page asks for it."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import httpx

from platformctl.live.trace.reading import cookies, covers, known_failure, summary
from platformctl.live.trace.result import Result, hit, may, miss, other_miss
from platformctl.live.trace.walk import Walk


def challenge(walk: Walk) -> Result:
    """Who opens a protected address is refused, or sent to the login and to come back to that address."""
    with walk.new_browser() as nobody:
        response = nobody.get(walk.api)
    if response.has_redirect_location:
        return _sent_well(walk, response, walk.api) or hit("302 to Keycloak, and back")
    note = f"{walk.api}, opened as a page, answers {summary(response)}"
    if response.status_code == httpx.codes.UNAUTHORIZED:
        return hit(f"{note}: only the page begins a login")
    return known_failure(response.text, note) or other_miss(
        note, "neither a refusal nor the way to the login", "look at oauth2-proxy's log"
    )


def start(walk: Walk) -> Result:
    """The way to the login leads to Keycloak, with PKCE and a nonce, and is to come back to the page."""
    login = walk.login
    wanted = f"{login.app_origin}/"
    response = walk.browser.get(f"{login.api_origin}/oauth2/start", params={"rd": wanted})
    if not response.has_redirect_location:
        return _no_way_to_the_login(walk, response)
    if wrong := _sent_well(walk, response, wanted):
        return wrong
    walk.page = response
    return hit("302 to Keycloak: PKCE S256, nonce, _csrf cookie")


def _sent_well(walk: Walk, response: httpx.Response, wanted: str) -> Result | None:
    """What is wrong with a redirect to the login that is to come back to an address."""
    login = walk.login
    location = httpx.URL(response.headers["location"])
    if location.host != login.auth_host:
        return miss(f"sent to {location.copy_with(query=None)}", 3 if "/oauth2/" in location.path else 10)
    query = parse_qs(location.query.decode())
    redirect = query.get("redirect_uri", [""])[0]
    if redirect != login.callback_url:
        return miss(f"redirect_uri {redirect}, wanted {login.callback_url}", 26)
    if query.get("code_challenge_method") != ["S256"]:
        return miss(f"code_challenge_method {query.get('code_challenge_method', ['is missing'])[0]}", 27)
    if "nonce" not in query:
        return may("no nonce", "a token that was made for another login would be taken", "check the nonce")
    back = query.get("state", [""])[0].partition(":")[2]
    if back != wanted:
        return miss(f'to come back to {wanted}, and would come back to "{back}"', 5)
    csrf = [one for one in cookies(response) if "csrf" in one.name]
    if not csrf:
        return miss("the redirect sets no _csrf cookie", 6)
    host = urlsplit(login.callback_url).hostname or ""
    if not covers(csrf[0].domain, host):
        return miss(f"_csrf is for {csrf[0].domain or 'one host alone'}, and the callback is at {host}", 4)
    if csrf[0].same_site == "strict":
        return miss("_csrf: SameSite=Strict", 6)
    return None


def _no_way_to_the_login(walk: Walk, response: httpx.Response) -> Result:
    note = f"{walk.login.api_origin}/oauth2/start answers {summary(response)}"
    if known := known_failure(response.text, note):
        return known
    match response.status_code:
        case httpx.codes.FORBIDDEN | httpx.codes.UNAUTHORIZED:
            return miss(note, 3)
        case httpx.codes.NOT_FOUND:
            return other_miss(
                note,
                "the gateway has no route to oauth2-proxy on the API's host",
                "look at VirtualService auth/oauth2-proxy, and at Gateway istio-ingress/platform",
            )
        case _:
            return other_miss(note, "the gateway does not reach oauth2-proxy", "kubectl -n auth get pods")
