"""The last link: signing out ends the session at the proxy and at Keycloak."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import httpx

from platformctl.live.trace.reading import summary
from platformctl.live.trace.result import Result, hit, miss, other_miss
from platformctl.live.trace.walk import Walk


def logout(walk: Walk) -> Result:
    """The old cookie is worth nothing any more, and Keycloak knows nobody."""
    login, old = walk.login, walk.cookie
    response = walk.browser.get(f"{login.api_origin}/oauth2/sign_out", params={"rd": f"{login.app_origin}/"})
    if not response.has_redirect_location:
        return other_miss(
            f"/oauth2/sign_out answers {summary(response)}",
            "oauth2-proxy does not sign out",
            "look at oauth2-proxy's log",
        )
    with walk.new_browser() as thief:
        again = thief.get(walk.api, accept="application/json", headers={"Cookie": old})
    if again.is_success:
        return other_miss(
            f"the old cookie still gets {again.status_code}",
            "the session is only in the cookie, which whoever has copied it can go on using",
            "keep sessions in Redis: session-store-type=redis",
        )
    asked = {
        "client_id": login.client_id,
        "redirect_uri": login.callback_url,
        "response_type": "code",
        "scope": "openid",
        "prompt": "none",
        "code_challenge": "A" * 43,
        "code_challenge_method": "S256",
    }
    silent = walk.browser.get(f"{login.issuer}/protocol/openid-connect/auth", params=asked)
    query = parse_qs(urlsplit(silent.headers.get("location", "")).query)
    if silent.status_code == httpx.codes.FOUND and query.get("error") == ["login_required"]:
        return hit("the old cookie is refused, Keycloak wants a login")
    if "code" in query:
        return miss("Keycloak still knows the user", 25)
    return other_miss(
        f"Keycloak answers {summary(silent)} to prompt=none",
        "whether its session has ended cannot be told",
        "look at Keycloak's log",
    )
