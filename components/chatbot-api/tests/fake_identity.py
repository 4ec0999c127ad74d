"""An identity provider as far as this service sees one: a JWKS document, and tokens signed by its keys."""

from __future__ import annotations

import base64
import json
import time
from dataclasses import dataclass, field
from typing import Any

import jwt
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import rsa

ISSUER = "https://auth.chat.localhost:8443/realms/chat"
AUDIENCE = "chatbot-api"


class SigningKey:
    """A key pair of the provider, made anew in each run."""

    def __init__(self, kid: str) -> None:
        self.kid = kid
        self.private = rsa.generate_private_key(public_exponent=65537, key_size=2048)

    def public(self, **members: str) -> dict[str, Any]:
        found = jwt.algorithms.RSAAlgorithm.to_jwk(self.private.public_key(), as_dict=True)
        return {**found, "kid": self.kid, "use": "sig", "alg": "RS256", **members}


@dataclass
class FakeIdentity:
    """``keys`` is what the document lists; ``status`` other than 200 stands for a provider that is away."""

    keys: list[dict[str, Any]]
    url: str = ""
    status: int = 200
    asked: int = 0
    runner: web.AppRunner | None = field(default=None, repr=False)

    async def start(self) -> None:
        app = web.Application()
        app.router.add_get("/certs", self._certs)
        self.runner = web.AppRunner(app, access_log=None)
        await self.runner.setup()
        site = web.TCPSite(self.runner, "127.0.0.1", 0)
        await site.start()
        assert site._server
        port = site._server.sockets[0].getsockname()[1]  # type: ignore[attr-defined]
        self.url = f"http://127.0.0.1:{port}/certs"

    async def stop(self) -> None:
        assert self.runner
        await self.runner.cleanup()

    async def _certs(self, request: web.Request) -> web.Response:
        self.asked += 1
        return web.json_response({"keys": self.keys}, status=self.status)


def claims(**changed: Any) -> dict[str, Any]:
    """What Keycloak puts into an access token; a claim that is changed to None is left out."""
    now = int(time.time())
    usual = {
        "iss": ISSUER,
        "aud": [AUDIENCE, "account"],
        "sub": "6f1c9a52-0000-4000-8000-000000000001",
        "typ": "Bearer",
        "azp": "oauth2-proxy",
        "iat": now,
        "exp": now + 300,
        "preferred_username": "ada",
        "email": "ada@example.com",
    }
    return {name: value for name, value in (usual | changed).items() if value is not None}


def signed(key: SigningKey, *, algorithm: str = "RS256", kid: str | None = None, **changed: Any) -> str:
    return jwt.encode(claims(**changed), key.private, algorithm, {"kid": kid or key.kid})


def unsigned(header: dict[str, Any], signature: bytes = b"", **changed: Any) -> str:
    """A token that is put together by hand, as a forger would."""
    parts = [json.dumps(header).encode(), json.dumps(claims(**changed)).encode(), signature]
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)
