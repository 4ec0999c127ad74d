"""What a file that SOPS encrypted shows to everybody: its keys, whom it is encrypted to, and when."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from platformctl.build.documents import Data

METADATA = "sops"
_VALUE = "ENC["


@dataclass(frozen=True)
class Encryption:
    """The readable part of SOPS's metadata.

    Attributes:
        recipients: public age keys, any of whose private halves opens the file.
        changed: when it was last encrypted, as RFC 3339.
    """

    recipients: tuple[str, ...]
    changed: str


def encryption(document: Any) -> Encryption | None:
    """The metadata of a document; None where SOPS did not write it."""
    metadata = document.get(METADATA) if isinstance(document, dict) else None
    if not isinstance(metadata, dict) or "mac" not in metadata:
        return None
    entries = metadata.get("age") or []
    found = [str(entry.get("recipient")) for entry in entries if isinstance(entry, dict)]
    return Encryption(tuple(found), str(metadata.get("lastmodified") or ""))


def without_metadata(document: Data) -> Data:
    """A document as Flux applies it, but for its values: SOPS's own part goes when it is decrypted."""
    return {key: value for key, value in document.items() if key != METADATA}


def values(secret: Data) -> Iterator[tuple[str, str, str]]:
    """The section, the key and the value of all that a Secret holds, encrypted or not."""
    for section in ("data", "stringData"):
        entries = secret.get(section)
        if isinstance(entries, dict):
            for key, value in entries.items():
                yield section, str(key), "" if value is None else str(value)


def is_encrypted(value: str) -> bool:
    """Whether SOPS encrypted this value."""
    return value.startswith(_VALUE)
