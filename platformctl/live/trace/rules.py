"""What a browser's own rules make of the chain: CORS, connections that are shared, streams."""

from __future__ import annotations

import time

import httpx
from httpx_sse import connect_sse

from platformctl.live.auth import Exchange
from platformctl.live.trace.reading import summary
from platformctl.live.trace.result import Result, hit, may, miss, other_miss
from platformctl.live.trace.walk import Walk

LONG = "Please repeat: yes, yes, yes, yes, yes, yes, yes, yes"
SHORT = "Say hello."
HELD_SECONDS = 90.0


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
                walk.exchanges.append(Exchange.of(source.response))
                note = f"{url} answers {summary(source.response)}"
                if source.response.status_code == httpx.codes.GATEWAY_TIMEOUT:
                    return miss(f"{note} after {time.monotonic() - start:.1f} s", 31)
                return other_miss(
                    note,
                    "the API takes no question from this user",
                    "platformctl models verify",
                )
            walk.exchanges.append(Exchange.of(source.response))
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
