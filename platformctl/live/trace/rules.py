"""What a browser's own rules make of the chain: CORS, connections that are shared, streams."""

from __future__ import annotations

import time

import httpx
from httpx_sse import connect_sse

from platformctl.live.trace.reading import summary
from platformctl.live.trace.result import Result, hit, may, miss, other_miss
from platformctl.live.trace.walk import Walk

LONG = "Please repeat: yes, yes, yes, yes, yes, yes, yes, yes"
SHORT = "Say hello."
HELD_SECONDS = 90.0


def unauthenticated(walk: Walk) -> Result:
    """Without a session the page is served, and the API refuses a script with 401, on every path."""
    login = walk.login
    with walk.new_browser() as nobody:
        page = nobody.get(f"{login.app_origin}/")
        if page.status_code != httpx.codes.OK:
            note = f"{login.app_origin}/ answers {summary(page)}"
            if page.has_redirect_location:
                return miss(note, 3)
            return other_miss(note, "the gateway does not serve the page", "platformctl status")
        script = nobody.get(walk.api, accept="application/json")
        if script.has_redirect_location:
            return miss(f"a script's request gets {summary(script)}", 18)
        if script.status_code == httpx.codes.FORBIDDEN:
            trouble = walk.inside.provider_trouble() if walk.inside else ""
            return miss(f"a script's request gets {summary(script)}{trouble and f'; {trouble}'}", 2)
        if script.status_code == httpx.codes.OK:
            return other_miss(
                f"{walk.api} answers 200 to everybody",
                "no policy asks for a login at the API's host",
                "look at AuthorizationPolicy istio-ingress/session",
            )
        if script.status_code != httpx.codes.UNAUTHORIZED:
            return other_miss(
                f"a script's request gets {summary(script)}", "wanted 401", "look at oauth2-proxy's log"
            )
        for path in ("/robots.txt", "/ping", "/ready", "/api/%2e%2e/ping"):
            found = nobody.get(f"{login.api_origin}{path}", accept="application/json")
            if found.is_success:
                return miss(f"{path} answers {summary(found)} without a session", 32)
    return hit("page 200, API 401, nothing else is open")


def forged(walk: Walk) -> Result:
    """Headers that a client makes up let nobody in."""
    login = walk.login
    made_up = {
        "x-auth-request-user": "ada",
        "x-auth-request-email": "ada@example.com",
        "x-auth-request-access-token": "e30.e30.",
        "x-forwarded-user": "ada",
    }
    tries: list[tuple[str, dict[str, str], int | None]] = [
        (", ".join(made_up), made_up, None),
        ("X-Forwarded-Uri", {"x-forwarded-uri": "/ping", "x-original-url": "/oauth2/start"}, 33),
        ("a token without a signature", {"authorization": f"Bearer {UNSIGNED}"}, None),
        ("a cookie that nobody was given", {"cookie": f"{login.cookie_name}=e30|1|x"}, None),
    ]
    with walk.new_browser() as nobody:
        for what, sent, number in tries:
            found = nobody.get(walk.api, accept="application/json", headers=sent)
            if found.is_success:
                note = f"{what}: {summary(found)}"
                if number is not None:
                    return miss(note, number)
                return other_miss(note, "the chain believes what a client says", "see AuthorizationPolicy")
    return hit(f"{len(tries)} forgeries, all refused")


# {"alg":"none"}.{"sub":"ada"}. : no signature at all.
UNSIGNED = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZGEifQ."


def preflight(walk: Walk) -> Result:
    """A browser may ask the API from the page's origin, with its cookies."""
    asked = {
        "origin": walk.login.app_origin,
        "access-control-request-method": "POST",
        "access-control-request-headers": "content-type",
    }
    with walk.new_browser() as nobody:
        found = nobody.request("OPTIONS", f"{walk.login.api_origin}/api/chat", headers=asked)
        if not found.is_success or not _allows(found, walk.login.app_origin):
            return miss(f"preflight: {summary(found)}, {_allowed(found)}", 16)
        # Asked with no-cors, the page sees only whether an answer came; a redirect would hide even that.
        ended = nobody.get(
            f"{walk.login.api_origin}/oauth2/userinfo",
            accept="application/json",
            headers={"origin": walk.login.app_origin},
        )
        if ended.status_code != httpx.codes.UNAUTHORIZED:
            return miss(f"/oauth2/userinfo without a session: {summary(ended)}", 17)
    return hit(f"preflight {found.status_code}; an ended session is told by /oauth2/userinfo")


def _allows(response: httpx.Response, origin: str) -> bool:
    allowed = (
        response.headers.get("access-control-allow-origin"),
        response.headers.get("access-control-allow-credentials"),
    )
    return allowed == (origin, "true")


def _allowed(response: httpx.Response) -> str:
    origin = response.headers.get("access-control-allow-origin")
    return f"allows {origin}" if origin else "no CORS headers"


def coalescing(walk: Walk) -> Result:
    """A connection that was opened for the page serves the API as well: HTTP/2 browsers share it."""
    login = walk.login
    with walk.new_browser() as shared:
        host = httpx.URL(login.api_origin).netloc.decode()
        found = shared.get(
            f"{login.app_origin}/oauth2/userinfo", accept="application/json", headers={"host": host}
        )
    if found.status_code == httpx.codes.NOT_FOUND:
        return miss(f"{login.api_host} on a connection of {login.app_host}: 404", 24)
    return hit(f"{login.api_host} on a connection of {login.app_host}: {found.status_code}")


def stream(walk: Walk) -> Result:
    """An answer streams, piece by piece, to its end."""
    body = {"messages": [{"role": "user", "content": LONG if walk.patience else SHORT}], "stream": True}
    pieces: list[float] = []
    start, ended = time.monotonic(), False
    headers = {"origin": walk.login.app_origin}
    url = f"{walk.login.api_origin}/api/chat"
    try:
        with connect_sse(walk.browser.client, "POST", url, json=body, headers=headers) as source:
            if source.response.status_code != httpx.codes.OK:
                source.response.read()
                return other_miss(
                    f"{url} answers {summary(source.response)}",
                    "the API takes no question from this user",
                    "platformctl models verify",
                )
            for event in source.iter_sse():
                if event.event == "token":
                    pieces.append(time.monotonic() - start)
                ended = ended or event.event in ("done", "error")
                if time.monotonic() - start > HELD_SECONDS:
                    return hit(f"held open for {HELD_SECONDS:.0f} s, {len(pieces)} pieces")
    except httpx.HTTPError as error:
        return miss(f"cut off after {time.monotonic() - start:.0f} s: {error}", 31)
    if not ended:
        return miss(f"ends after {time.monotonic() - start:.0f} s without an end", 31)
    if len(pieces) > 3 and pieces[-1] - pieces[0] < 0.01:
        return may(f"{len(pieces)} pieces at once", "something on the way keeps the answer until it is whole")
    return hit(f"{len(pieces)} pieces in {pieces[-1] if pieces else 0:.1f} s, to the end")
