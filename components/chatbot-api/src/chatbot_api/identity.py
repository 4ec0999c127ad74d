"""Who asks: the access token that the gateway passes on, checked here once more.

Without a mesh anybody in the cluster can reach this service past the gateway. So no header is believed: the
token's signature, issuer, audience and times are checked, and every claim comes from the token.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import jwt
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from .errors import ApiError, InvalidToken, LoginRequired
from .keys import Keys
from .middleware import PROBES
from .record import record_of

TOKEN_HEADER = "x-auth-request-access-token"
"""The one header that is read. oauth2-proxy fills it from browsers' sessions and programs' Bearer tokens."""

# Signatures by public key only: neither `none` nor a shared secret can pass.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
MAX_TOKEN_LENGTH = 16_384
_KEY = "chatbot_api.identity"


@dataclass(frozen=True)
class Identity:
    """What a checked token says. ``expires_at`` is in seconds since 1970."""

    subject: str
    username: str | None
    email: str | None
    issuer: str
    audience: tuple[str, ...]
    expires_at: int


class Verifier:
    """Checks tokens of one issuer for one audience."""

    def __init__(self, keys: Keys, *, issuer: str, audience: str, leeway_seconds: float) -> None:
        self._keys = keys
        self._issuer = issuer
        self._audience = audience
        self._leeway = leeway_seconds

    async def verify(self, token: str) -> Identity:
        """Who the token stands for.

        Raises:
            InvalidToken: it is no token, not of this issuer, not for this service, or not valid now.
            IdentityUnavailable: the issuer's keys are not known (yet).
        """
        if len(token) > MAX_TOKEN_LENGTH:
            raise InvalidToken(f"the token has more than {MAX_TOKEN_LENGTH} characters")
        try:
            header = jwt.get_unverified_header(token)
            if header.get("alg") not in ALGORITHMS:
                raise InvalidToken("the token is not signed by an algorithm that is allowed here")
            key = await self._keys.find(str(header.get("kid")))
            if key is None:
                raise InvalidToken("the identity provider has no key of the name that the token gives")
            claims = jwt.decode(
                token,
                key,
                algorithms=ALGORITHMS,
                issuer=self._issuer,
                audience=self._audience,
                leeway=self._leeway,
                options={"require": ["exp", "iat", "iss", "aud", "sub"]},
            )
        except jwt.PyJWTError as error:
            raise InvalidToken(reason_of(error)) from error
        # Keycloak says what a token is for; an ID token may name the same audience.
        if claims.get("typ", "Bearer") != "Bearer":
            raise InvalidToken("the token is no access token")
        return identity_of(claims)


REASONS: Mapping[type[jwt.PyJWTError], str] = {
    jwt.ExpiredSignatureError: "the token has expired",
    jwt.ImmatureSignatureError: "the token is not valid yet",
    jwt.InvalidAudienceError: "the token is not for this service",
    jwt.InvalidIssuerError: "the token is of another issuer",
    jwt.MissingRequiredClaimError: "the token lacks a claim",
    jwt.InvalidSignatureError: "the token's signature is wrong",
}


def reason_of(error: jwt.PyJWTError) -> str:
    """What is wrong, without anything that the token holds."""
    return REASONS.get(type(error), "this is no token that can be checked")


def identity_of(claims: Mapping[str, Any]) -> Identity:
    audience = claims["aud"]
    return Identity(
        subject=claims["sub"],
        username=text_in(claims, "preferred_username"),
        email=text_in(claims, "email"),
        issuer=claims["iss"],
        audience=(audience,) if isinstance(audience, str) else tuple(audience),
        expires_at=int(claims["exp"]),
    )


def text_in(claims: Mapping[str, Any], name: str) -> str | None:
    value = claims.get(name)
    return value if isinstance(value, str) else None


class Gate:
    """Lets nothing but the probes through without a valid token. Routes need no check of their own."""

    def __init__(self, app: ASGIApp, verifier: Callable[[], Verifier]) -> None:
        """``verifier`` is asked for at each request: it lives as long as the application's connections."""
        self.app = app
        self.verifier = verifier

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in PROBES:
            await self.app(scope, receive, send)
            return
        try:
            scope[_KEY] = await self._identity(Headers(scope=scope))
        except ApiError as error:
            record = record_of(scope)
            record.fields |= {"code": error.code, "reason": error.detail}
            response = error.response(record.request_id)
            if error.status == 401:
                response.headers["WWW-Authenticate"] = "Bearer"
            await response(scope, receive, send)
            return
        await self.app(scope, receive, send)

    async def _identity(self, headers: Headers) -> Identity:
        tokens = headers.getlist(TOKEN_HEADER)
        if not tokens or not tokens[0]:
            raise LoginRequired(f"sign in: the request came without {TOKEN_HEADER}")
        if len(tokens) > 1:
            raise InvalidToken(f"the request has {TOKEN_HEADER} more than once")
        return await self.verifier().verify(tokens[0])


def identity_in(scope: Scope) -> Identity | None:
    """Who asks; None where nobody has to sign in."""
    identity = scope.get(_KEY)
    assert identity is None or isinstance(identity, Identity)
    return identity
