"""The links of the login itself: from Keycloak's page to the session's cookie."""

from __future__ import annotations

import time
from urllib.parse import parse_qs, urlsplit

import httpx

from platformctl.live.auth.form import login_form
from platformctl.live.trace.reading import cookies, covers, known_failure, summary
from platformctl.live.trace.result import Result, hit, may, miss, other_miss
from platformctl.live.trace.walk import Walk

TICKET_LIMIT = 1024  # bytes; a session that lies elsewhere needs a few hundred
SECONDS_FOR_THE_LOG = 1.0


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
    if not covers(first.domain, login.api_host) or not covers(first.domain, login.app_host):
        return miss(f"{first.name}: domain {first.domain or 'of the host alone'}", 4)
    size = sum(one.size for one in session)
    if len(session) > 1 or size > TICKET_LIMIT:
        return miss(f"{len(session)} session cookies with {size} bytes: the tokens are in them", 20)
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
