"""Tokens that Keycloak really gave, for others than the API, and tokens that somebody made up."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import httpx
import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.e2e.running import RunningPlatform
from tests.login.faults.realm import administration

Data = dict[str, Any]
OTHER_REALM = "strangers"
SECONDS_TO_LIVE = 5


def _audience(name: str, *, in_id_token: bool = False) -> Data:
    return {
        "name": name,
        "protocol": "openid-connect",
        "protocolMapper": "oidc-audience-mapper",
        "config": {
            "included.custom.audience": name,
            "access.token.claim": "true",
            "id.token.claim": str(in_id_token).lower(),
        },
    }


def _client(name: str, *mappers: Data, seconds: int | None = None) -> Data:
    return {
        "clientId": f"test-{name}",
        "publicClient": True,
        "standardFlowEnabled": False,
        "directAccessGrantsEnabled": True,
        "fullScopeAllowed": False,
        "defaultClientScopes": ["basic", "profile", "email"],
        "protocolMappers": list(mappers),
        "attributes": {"access.token.lifespan": str(seconds)} if seconds else {},
    }


@contextmanager
def given_tokens(
    platform: RunningPlatform, realm: str, audience: str, user: str, password: str
) -> Iterator[dict[str, str]]:
    """Tokens of Keycloak for a user, by what they are; their clients and the other realm go at the end.

    ``right`` is for the API, and ``short-lived`` for `SECONDS_TO_LIVE`; no other may let anybody in.
    """
    clients = {
        "right": _client("right", _audience(audience)),
        "short-lived": _client("short-lived", _audience(audience), seconds=SECONDS_TO_LIVE),
        "for nobody": _client("for-nobody"),
        "for the proxy": _client("for-the-proxy", _audience("oauth2-proxy")),
        "of an ID": _client("of-an-id", _audience(audience, in_id_token=True)),
    }
    twin = {
        "realm": OTHER_REALM,
        "enabled": True,
        "clients": [_client("twin", _audience(audience))],
        "users": [
            {
                "username": user,
                "enabled": True,
                "email": f"{user}@chat.localhost",
                "emailVerified": True,
                "firstName": user,
                "lastName": "Test",
                "credentials": [{"type": "password", "value": password, "temporary": False}],
            }
        ],
    }
    _remove(platform, realm, clients.values())  # of a run that was interrupted
    try:
        with administration(platform) as client:
            for one in clients.values():
                client.post(f"/admin/realms/{realm}/clients", json=one).raise_for_status()
            client.post("/admin/realms", json=twin).raise_for_status()
            answers = {
                name: _grant(client, realm, one["clientId"], user, password) for name, one in clients.items()
            }
            tokens = {name: str(answer["access_token"]) for name, answer in answers.items()}
            tokens["of an ID"] = str(answers["of an ID"]["id_token"])
            tokens["to renew"] = str(answers["right"]["refresh_token"])
            tokens["of another realm"] = str(
                _grant(client, OTHER_REALM, "test-twin", user, password)["access_token"]
            )
        yield tokens
    finally:
        _remove(platform, realm, clients.values())


def _grant(client: httpx.Client, realm: str, name: str, user: str, password: str) -> Data:
    form = {
        "grant_type": "password",
        "client_id": name,
        "username": user,
        "password": password,
        "scope": "openid",
    }
    # Without the administrator's own token.
    answer = httpx.post(
        client.base_url.join(f"/realms/{realm}/protocol/openid-connect/token"), data=form, trust_env=False
    )
    found: Data = answer.raise_for_status().json()
    return found


def _remove(platform: RunningPlatform, realm: str, clients: Any) -> None:
    wanted = {one["clientId"] for one in clients}
    with administration(platform) as client:
        client.delete(f"/admin/realms/{OTHER_REALM}")
        for one in client.get(f"/admin/realms/{realm}/clients").raise_for_status().json():
            if one["clientId"] in wanted:
                client.delete(f"/admin/realms/{realm}/clients/{one['id']}").raise_for_status()


def forged_tokens(right: str, keys: Mapping[str, Any]) -> dict[str, str]:
    """What an attacker makes of a right token and the issuer's public keys (a JWKS document), by its name."""
    head, body, signature = right.split(".")
    header, claims = _decoded(head), _decoded(body)
    (public,) = [key for key in jwt.PyJWKSet.from_dict(dict(keys)).keys if key.key_id == header["kid"]]
    pem: bytes = public.key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    der: bytes = public.key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    own = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    own_key = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(own.public_key()))
    other = {**claims, "sub": "00000000-0000-4000-8000-000000000000", "preferred_username": "root"}
    later = {**claims, "exp": int(time.time()) + 86_400}
    made = {
        "no signature": f"{head}.{body}.",
        "no signature and no dot": f"{head}.{body}",
        "half a signature": f"{head}.{body}.{signature[: len(signature) // 2]}",
        "another user in it": f"{head}.{_encoded(other)}.{signature}",
        "a longer life": f"{head}.{_encoded(later)}.{signature}",
        "another key's signature": jwt.encode(claims, own, "RS256", headers={"kid": header["kid"]}),
        "a key in its header": jwt.encode(claims, own, "RS256", headers={"kid": "own", "jwk": own_key}),
        "a key that nobody has": jwt.encode(claims, own, "RS256", headers={"kid": "own"}),
        "no key's name": jwt.encode(claims, own, "RS256"),
    }
    for spelling in ("none", "None", "NONE", "nOnE"):
        made[f"alg {spelling}"] = f"{_encoded({'alg': spelling, 'typ': 'JWT'})}.{body}."
        made[f"alg {spelling}, signed"] = f"{_encoded({**header, 'alg': spelling})}.{body}.{signature}"
    for name, secret in {"PEM": pem, "PEM, trimmed": pem.strip(), "DER": der, "nothing": b""}.items():
        signed = f"{_encoded({**header, 'alg': 'HS256'})}.{body}"
        made[f"HS256 with {name}"] = (
            f"{signed}.{_base64(hmac.digest(secret, signed.encode(), hashlib.sha256))}"
        )
    return made


def _decoded(part: str) -> Data:
    found: Data = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return found


def _encoded(part: Data) -> str:
    return _base64(json.dumps(part).encode())


def _base64(text: bytes) -> str:
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()
