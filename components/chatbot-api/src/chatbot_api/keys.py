"""The identity provider's public keys, as its JWKS document has them."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Mapping
from typing import Any

import aiohttp
import jwt

from .errors import IdentityUnavailable

logger = logging.getLogger("chatbot_api.keys")

MAX_DOCUMENT_BYTES = 262_144
KINDS = frozenset({"RSA", "EC"})


class Keys:
    """Public keys by their ``kid``, fetched when they are first needed and again when they have grown old.

    A token with an unknown ``kid`` makes it ask again, because the provider may have a new key. Anybody can
    make up such a token, so it asks at most once per ``pause_seconds``, whatever the reason and the outcome.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        url: str,
        *,
        cache_seconds: float,
        pause_seconds: float,
        timeout_seconds: float = 3.0,
    ) -> None:
        self._session = session
        self._url = url
        self._cache = cache_seconds
        self._pause = pause_seconds
        self._timeout = aiohttp.ClientTimeout(total=timeout_seconds)
        self._lock = asyncio.Lock()
        self._keys: Mapping[str, jwt.PyJWK] = {}
        self._asked = float("-inf")
        self._answered = float("-inf")

    async def find(self, kid: str) -> jwt.PyJWK | None:
        """The key of that name; None when the provider has none.

        Raises:
            IdentityUnavailable: there is no document to look into.
        """
        if not self._knows(kid):
            async with self._lock:
                # Another request may have asked while this one waited.
                if not self._knows(kid) and time.monotonic() - self._asked >= self._pause:
                    await self._fetch()
        if not self._keys:
            reason = "the identity provider's keys cannot be had now"
            raise IdentityUnavailable(reason, retry_after=max(1, round(self._pause)))
        return self._keys.get(kid)

    def _knows(self, kid: str) -> bool:
        return kid in self._keys and time.monotonic() - self._answered < self._cache

    async def _fetch(self) -> None:
        """Replaces the keys. Where the provider does not answer they stay: sessions outlive its restart."""
        self._asked = time.monotonic()
        try:
            async with self._session.get(
                self._url,
                timeout=self._timeout,
                allow_redirects=False,
                headers={"Accept": "application/json"},
            ) as response:
                if response.status != 200:
                    raise ValueError(f"status {response.status}")
                self._keys = signing_keys(await read_json(response))
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            logger.warning("no keys from %s: %s", self._url, str(error) or type(error).__name__)
            return
        self._answered = time.monotonic()


async def read_json(response: aiohttp.ClientResponse) -> Any:
    """The body, if it is JSON of a sensible size.

    Raises:
        ValueError: it is not.
    """
    body = bytearray()
    async for piece in response.content.iter_any():
        body += piece
        if len(body) > MAX_DOCUMENT_BYTES:
            raise ValueError(f"more than {MAX_DOCUMENT_BYTES} bytes")
    return json.loads(body)


def signing_keys(document: Any) -> dict[str, jwt.PyJWK]:
    """The public keys for signatures by ``kid``. Keys for encryption and of unknown kinds are passed over.

    Raises:
        ValueError: ``document`` is no JWKS document, or it holds no key for signatures.
    """
    listed = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(listed, list):
        raise ValueError("no JWKS document")
    keys = {}
    for each in listed:
        # Symmetric keys do not belong there: whoever reads the document could sign with them.
        if not isinstance(each, dict) or each.get("kty") not in KINDS or each.get("use", "sig") != "sig":
            continue
        try:
            keys[str(each["kid"])] = jwt.PyJWK(each)
        except (KeyError, jwt.PyJWTError) as error:
            logger.warning("a key that cannot be used: %s", type(error).__name__)
    if not keys:
        raise ValueError("no key for signatures")
    return keys
