"""The links of the login itself: from the first request without a session to the session's cookie."""

from __future__ import annotations

import time
from urllib.parse import parse_qs, urlsplit

import httpx

from platformctl.live.auth.form import login_form
from platformctl.live.trace.reading import cookies, known_failure, summary
from platformctl.live.trace.result import Result, hit, may, miss, other_miss
from platformctl.live.trace.walk import Walk

COOKIE_LIMIT = 4096  # bytes that browsers keep of one cookie
SECONDS_FOR_THE_LOG = 1.0


def start(walk: Walk) -> Result:
    """The way to the login leads to Keycloak, with PKCE and a nonce, and is to come back to the page."""
    login = walk.login
    wanted = f"{login.app_origin}/"
    response = walk.browser.get(f"{login.api_origin}/oauth2/start", params={"rd": wanted})
    if not response.has_redirect_location:
        return _no_way_to_the_login(walk, response)
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
        return miss(f'asked to come back to {wanted}, and would come back to "{back}"', 5)
    csrf = [one for one in cookies(response) if "csrf" in one.name]
    if not csrf:
        return miss("the redirect sets no _csrf cookie", 6)
    if csrf[0].same_site == "strict" or not _covers(csrf[0].domain, urlsplit(login.callback_url).hostname):
        return miss(f"_csrf: SameSite={csrf[0].same_site}, domain {csrf[0].domain or 'none'}", 6)
    walk.page = response
    return hit("302 to Keycloak: PKCE S256, nonce, _csrf cookie")


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


def authorize(walk: Walk) -> Result:
    """Keycloak takes the request and shows its form, with cookies that the browser sends back."""
    assert walk.page is not None
    page = walk.browser.get(walk.page.headers["location"])
    if page.has_redirect_location:
        query = parse_qs(urlsplit(page.headers["location"]).query)
        said = " ".join(query.get("error_description", query.get("error", ["a redirect"])))
        return known_failure(said, said) or may(f"no form: {said}", "somebody is signed in already")
    if page.status_code != httpx.codes.OK or login_form(page.text) is None:
        note = f"Keycloak answers {page.status_code} without a form"
        return known_failure(page.text, note) or other_miss(
            note, "Keycloak refuses the request", "kubectl -n auth logs statefulset/keycloak"
        )
    insecure = [one.name for one in cookies(page) if not one.secure and not one.cleared]
    if insecure:
        return miss(f"{', '.join(insecure)}: not Secure", 28)
    walk.page = page
    return hit(f"form, {len(cookies(page))} cookies, all Secure")


def form(walk: Walk) -> Result:
    """Keycloak takes the user's name and password and answers with a code."""
    assert walk.page is not None
    if walk.credentials is None:
        return other_miss("nobody to sign in", "no user was given", "platformctl auth trace --user NAME")
    filled = login_form(walk.page.text)
    assert filled is not None
    user = walk.credentials
    response = walk.browser.request(
        "POST",
        str(walk.page.url.join(filled.action)),
        accept="text/html",
        data=filled.fields | {"username": user.user, "password": user.password},
    )
    location = response.headers.get("location", "")
    if location.startswith(walk.login.callback_url) and "code=" in location:
        walk.callback = response
        return hit(f"302 to {walk.login.callback_url} with a code")
    note = f"Keycloak answers {summary(response)}"
    if known := known_failure(response.text + location, note):
        return known
    if response.status_code == httpx.codes.OK and login_form(response.text):
        return other_miss(
            f"the form again for {user.user}",
            "Keycloak does not take this name and password, or has locked the user for a while",
            "rotate the password: platformctl secrets rotate auth/keycloak-users",
        )
    return other_miss(
        note, "Keycloak wants something else of the user first", "look at the user's required actions"
    )


def callback(walk: Walk) -> Result:
    """oauth2-proxy turns the code into a session, whose cookie all hosts get."""
    assert walk.callback is not None
    login = walk.login
    response = walk.browser.get(walk.callback.headers["location"])
    if not response.has_redirect_location:
        note = f"callback answers {summary(response)}"
        said = response.text
        if walk.inside:
            time.sleep(SECONDS_FOR_THE_LOG)
            said += walk.inside.proxy_says()
        if known := known_failure(said, note):
            return known
        if response.status_code == httpx.codes.FORBIDDEN:
            return miss(note, 6)
        return other_miss(
            note, "oauth2-proxy does not get a session out of the code", "look at oauth2-proxy's log"
        )
    back = response.headers["location"]
    if back != f"{login.app_origin}/":
        return miss(f"the way back leads to {back}", 5)
    session = [
        one
        for one in cookies(response)
        if one.name.startswith(login.cookie_name) and "csrf" not in one.name and not one.cleared
    ]
    if not session:
        return miss("no session cookie is set", 4)
    first = session[0]
    if not _covers(first.domain, login.api_host) or not _covers(first.domain, login.app_host):
        return miss(f"{first.name}: domain {first.domain or 'of the host alone'}", 4)
    if len(session) > 1 or first.size > COOKIE_LIMIT:
        return miss(f"{len(session)} cookies, {sum(one.size for one in session)} bytes", 20)
    if first.same_site == "strict":
        return miss(f"{first.name}: SameSite=Strict", 4)
    weak = [name for name, well in (("Secure", first.secure), ("HttpOnly", first.http_only)) if not well]
    if weak:
        return other_miss(
            f"{first.name}: not {' and not '.join(weak)}",
            "others than this browser's own requests can get at the session",
            "set cookie-secure and cookie-httponly",
        )
    return hit(f"302, {first.name}: Secure, HttpOnly, {first.same_site.title()}, .{first.domain}")


def _covers(domain: str, host: str | None) -> bool:
    return bool(domain) and host is not None and (host == domain or host.endswith(f".{domain}"))
