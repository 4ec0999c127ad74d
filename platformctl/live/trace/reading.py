"""Reading answers: cookies with their attributes, and failures by what is said of them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import httpx

from platformctl.live.trace.result import Result, miss


@dataclass(frozen=True)
class Cookie:
    """A ``Set-Cookie``. ``attributes`` are by lower-case name; a flag's value is empty."""

    name: str
    size: int
    attributes: Mapping[str, str]

    @property
    def secure(self) -> bool:
        return "secure" in self.attributes

    @property
    def http_only(self) -> bool:
        return "httponly" in self.attributes

    @property
    def same_site(self) -> str:
        """In lower case; what browsers take when nothing is said."""
        return self.attributes.get("samesite", "lax").lower()

    @property
    def domain(self) -> str:
        """Without the dot; empty: the host alone."""
        return self.attributes.get("domain", "").removeprefix(".").lower()

    @property
    def cleared(self) -> bool:
        """Whether it takes a cookie away."""
        return self.attributes.get("max-age", "") in ("0", "-1") or self.size == 0


def cookies(response: httpx.Response) -> list[Cookie]:
    """All cookies that an answer sets."""
    return [_cookie(text) for text in response.headers.get_list("set-cookie")]


def _cookie(text: str) -> Cookie:
    first, *more = text.split(";")
    name, _, value = first.partition("=")
    pairs = (part.strip().partition("=") for part in more)
    return Cookie(name.strip(), len(value), {key.lower(): inner for key, _, inner in pairs})


def covers(domain: str, host: str) -> bool:
    """Whether a cookie's domain, without its dot, has a host."""
    return bool(domain) and (host == domain or host.endswith(f".{domain}"))


# What servers say, and the row that it means. The most exact first.
SAID: Sequence[tuple[re.Pattern[str], int]] = [
    (re.compile(pattern, re.I), number)
    for pattern, number in (
        (r"nonce verification failed", 35),
        (r'could not get claim "groups".*Jwt verification fails', 36),
        (r"Invalid parameter: redirect_uri", 26),
        (r"code_challenge_method|PKCE (flow )?code challenge|Missing parameter: code_challenge", 27),
        (r"cookie_not_found|Cookie not found", 28),
        (r"valid CSRF token|unable to (find|obtain) .*CSRF|CSRF cookie", 6),
        (r"audience from claim \S+|audience claims .*do not exist", 7),
        (r"email in id_token .*isn't verified|isn't verified", 8),
        (r"issuer did not match", 10),
        (r"x509: certificate signed by unknown authority", 11),
        (r"Audiences in Jwt are not allowed", 9),
        (r"Jwks remote fetch is failed", 13),
        (r"Jwks doesn't have key to match kid", 12),
        # With the key that istiod puts in the place of those that it could not fetch.
        (r"Jwt verification fails", 12),
        (r"Jwt issuer is not configured", 10),
        (r"Jwt is expired|Jwt not yet valid|before the nbf|oidc: token is expired", 30),
        (r"Multiple cookies are required", 20),
        (r"invalid_grant|Token is not active|Stale token", 22),
        (r"without x-auth-request-access-token", 14),
        (r"is no access token", 15),
    )
]


def known_failure(said: str, note: str) -> Result | None:
    """The failure of the catalogue that a text speaks of."""
    for pattern, number in SAID:
        if pattern.search(said):
            return miss(note, number)
    return None


def summary(response: httpx.Response, characters: int = 80) -> str:
    """The status and the beginning of what is said, in one line."""
    location = response.headers.get("location")
    if location:
        return f"{response.status_code} to {httpx.URL(location).copy_with(query=None)}"
    kind = response.headers.get("content-type", "")
    said = " ".join(response.text.split()) if "html" not in kind else ""
    return f"{response.status_code} {said[:characters]}".rstrip()
