"""New values of secrets, and the manifests that hold them."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime

from platformctl.build.documents import Data, dump
from platformctl.platform.rotation import ROTATED
from platformctl.platform.secrets import KeyKind, Secret

BYTES = 32
_LETTERS_FROM = 24
"""Bytes whose URL-safe Base64 has 32 characters."""


def new_value(kind: KeyKind) -> str:
    """A value that nobody has seen."""
    if kind == "key32":
        # BIND knows the usual alphabet of Base64, oauth2-proxy the URL-safe one: a value that fits both.
        value = "+"
        while not value.rstrip("=").isalnum():
            value = base64.b64encode(secrets.token_bytes(BYTES)).decode()
        return value
    return secrets.token_urlsafe(_LETTERS_FROM)


def manifest(secret: Secret, values: Mapping[str, str]) -> str:
    """The Secret as YAML, in clear text: for sops alone."""
    return dump(
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {
                "name": secret.name,
                "namespace": secret.namespace,
                # helm-controller then looks at the releases at once, not at their next interval.
                "labels": {"reconcile.fluxcd.io/watch": "Enabled"},
            },
            "stringData": {**values, ROTATED: _now()},
        }
    )


def with_values(document: Data, values: Mapping[str, str]) -> str:
    """The Secret of a document, as YAML in clear text, with these values and the time of now."""
    new = {**values, ROTATED: _now()}
    data = {key: value for key, value in (document.get("data") or {}).items() if key not in new}
    changed = {**document, "data": data, "stringData": {**(document.get("stringData") or {}), **new}}
    if not data:
        del changed["data"]
    return dump(changed)


def clear_values(document: Data) -> dict[str, str]:
    """The values of a decrypted Secret."""
    encoded = {str(key): str(value) for key, value in (document.get("data") or {}).items()}
    plain = {str(key): str(value) for key, value in (document.get("stringData") or {}).items()}
    return {key: base64.b64decode(value).decode() for key, value in encoded.items()} | plain


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
