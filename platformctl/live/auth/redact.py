"""What must not be shown: tokens, cookies, codes, passwords. Enough is left to tell one from another."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from urllib.parse import parse_qsl, quote, urlsplit

# A JSON web token: three parts, of which the first two are JSON objects. The signature may be stripped.
_TOKEN = re.compile(r"eyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)*")
# In forms and in JSON alike.
_NAMED = re.compile(
    r"""(?P<name>["']?(?:access_token|refresh_token|id_token|client_secret|password|code|code_verifier)["']?"""
    r"""\s*[=:]\s*["']?)(?P<value>[^"'&\s,;}]+)"""
)
# The session cookie's name followed by its value; attributes such as Secure have none.
_COOKIE = re.compile(r"(?P<name>[^=;,\s]+)=(?P<value>[^;]*)")
_COOKIE_ATTRIBUTES = {"domain", "path", "expires", "max-age", "samesite", "version"}
_SECRET_PARAMETERS = {
    "code",
    "state",
    "nonce",
    "session_state",
    "session_code",
    "code_challenge",
    "execution",
    "tab_id",
    "client_data",
    "id_token_hint",
    "ticket",
}


def shown(secret: str) -> str:
    """A stand-in for a secret, the same for the same secret: the first letters of its SHA-256.

    None of the secret itself: the beginning of a short one would be much of it.
    """
    return f"<{hashlib.sha256(secret.encode()).hexdigest()[:8]}>" if secret else ""


def text(value: str) -> str:
    """Free text, such as a body."""
    value = _TOKEN.sub(lambda found: shown(found[0]), value)
    return _NAMED.sub(
        lambda found: found["name"] + (value if (value := found["value"]).startswith("<") else shown(value)),
        value,
    )


def url(value: str) -> str:
    """A URL; secrets in its query are replaced, URLs within it included."""
    parts = urlsplit(value)
    if not parts.query:
        return text(value)
    pairs = [
        (name, shown(inner) if name in _SECRET_PARAMETERS else url(inner) if "?" in inner else text(inner))
        for name, inner in parse_qsl(parts.query, keep_blank_values=True)
    ]
    query = "&".join(f"{name}={quote(inner, safe='/:<>?=&+ ')}" for name, inner in pairs)
    return parts._replace(query=query).geturl()


def header(name: str, value: str) -> str:
    """The value of a header."""
    match name.lower():
        case "cookie" | "set-cookie":
            return _COOKIE.sub(_cookie, value)
        case "authorization" | "proxy-authorization":
            scheme, _, credentials = value.partition(" ")
            return f"{scheme} {shown(credentials)}"
        case "location" | "referer" | "x-auth-request-redirect":
            return url(value)
        case other if other.startswith("x-auth-request-") and other.endswith("token"):
            return shown(value)
        case _:
            return text(value)


def headers(pairs: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """All of them, in their order."""
    return tuple((name, header(name, value)) for name, value in pairs)


def _cookie(found: re.Match[str]) -> str:
    name, value = found["name"], found["value"]
    return found[0] if name.lower() in _COOKIE_ATTRIBUTES else f"{name}={shown(value)}"
