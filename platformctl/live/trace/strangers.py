"""What somebody without a session gets, who may also lie."""

from __future__ import annotations

import httpx

from platformctl.live.trace.reading import summary
from platformctl.live.trace.result import Result, hit, miss, other_miss
from platformctl.live.trace.walk import Walk

OWN_PATHS = ("/robots.txt", "/ping", "/ready", "/api/%2e%2e/ping")
REFUSED = (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN)
# What people let through without a login; the routes of this proxy are added where they can be seen.
FREE_PATHS = ("/", "/ping", "/health", "/healthz", "/metrics", "/favicon.ico", "/static/", "/public/")
# {"alg":"none"}.{"sub":"ada"}. : no signature at all.
UNSIGNED = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZGEifQ."


def unauthenticated(walk: Walk) -> Result:
    """Without a session the page is served, and the API refuses a script with 401."""
    login = walk.login
    with walk.new_browser() as nobody:
        page = nobody.get(f"{login.app_origin}/")
        script = nobody.get(walk.api, accept="application/json")
    if page.status_code != httpx.codes.OK:
        note = f"{login.app_origin}/ answers {summary(page)}"
        if page.has_redirect_location or page.status_code == httpx.codes.UNAUTHORIZED:
            return miss(note, 3)
        return other_miss(note, "the gateway does not serve the page", "platformctl status")
    note = f"a script's request gets {summary(script)}"
    if script.has_redirect_location:
        return miss(note, 18)
    match script.status_code:
        case httpx.codes.UNAUTHORIZED:
            return hit("page 200, API 401")
        case httpx.codes.FORBIDDEN:
            trouble = walk.inside.provider_trouble() if walk.inside else ""
            return miss("; ".join(filter(None, (note, trouble))), 2)
        case httpx.codes.OK:
            return other_miss(
                f"{walk.api} answers 200 to everybody",
                "no policy asks for a login at the API's host",
                "look at AuthorizationPolicy istio-ingress/session",
            )
        case httpx.codes.SERVICE_UNAVAILABLE | httpx.codes.BAD_GATEWAY:
            return other_miss(note, "the gateway does not reach oauth2-proxy", "kubectl -n auth get pods")
        case _:
            return other_miss(note, "only 401 is an answer that a page expects", "look at oauth2-proxy's log")


def open_paths(walk: Walk) -> Result:
    """Paths that oauth2-proxy answers itself lead nobody past the gateway.

    404 is no refusal: the request was let on, and only found no route.
    """
    with walk.new_browser() as nobody:
        for path in OWN_PATHS:
            found = nobody.get(f"{walk.login.api_origin}{path}", accept="application/json")
            if found.status_code not in REFUSED:
                said = summary(found) if found.text else f"{found.status_code}, which is no refusal"
                return miss(f"{path} without a session: {said}", 32)
    return hit(f"{len(OWN_PATHS)} of oauth2-proxy's own paths, all refused")


def forged(walk: Walk) -> Result:
    """Headers that a client makes up let nobody in."""
    login = walk.login
    made_up = {
        "x-auth-request-user": "ada",
        "x-auth-request-email": "ada@example.com",
        "x-auth-request-access-token": "e30.e30.",
        "x-forwarded-user": "ada",
    }
    tries = (
        (", ".join(made_up), made_up),
        ("a token without a signature", {"authorization": f"Bearer {UNSIGNED}"}),
        ("a cookie that nobody was given", {"cookie": f"{login.cookie_name}=e30|1|x"}),
    )
    free = (*FREE_PATHS, *(walk.inside.free_paths() if walk.inside else ()))
    with walk.new_browser() as nobody:
        for what, sent in tries:
            found = nobody.get(walk.api, accept="application/json", headers=sent)
            if found.is_success:
                return other_miss(
                    f"{what}: {summary(found)}",
                    "the chain believes what a client says",
                    "let the gateway take identities only from a token that it has verified",
                )
        for path in dict.fromkeys(free):
            sent = {"x-forwarded-uri": path, "x-original-url": path}
            found = nobody.get(walk.api, accept="application/json", headers=sent)
            # 403: oauth2-proxy let it through, and only the policy behind it did not.
            if found.status_code != httpx.codes.UNAUTHORIZED:
                return miss(f"X-Forwarded-Uri: {path} turns 401 into {summary(found)}", 33)
    return hit(f"{len(tries) + len(set(free))} forgeries, all refused")
