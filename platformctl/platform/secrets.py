"""The Secrets that components need: what they are called, and what is in them. No value is here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

KeyKind = Literal["password", "key32"]
"""``password``: 32 URL-safe characters. ``key32``: 32 random bytes in Base64."""


@dataclass(frozen=True)
class Secret:
    """A Secret that somebody has to make before its readers start.

    Attributes:
        keys: what each key of it holds.
        per_user: it has a password for each test user of the cluster beside its ``keys``.
    """

    namespace: str
    name: str
    keys: Mapping[str, KeyKind] = field(hash=False)
    per_user: bool = False

    def for_users(self, users: tuple[str, ...]) -> Secret:
        """The same with a password for each user."""
        passwords: dict[str, KeyKind] = dict.fromkeys(users, "password")
        return replace(self, keys={**self.keys, **passwords})

    @property
    def file(self) -> str:
        """Its file's name in the secrets folder of a cluster."""
        return f"{self.namespace}-{self.name}.yaml"


KEYCLOAK_DATABASE = Secret("auth", "keycloak-database", {"password": "password"})
KEYCLOAK_ADMIN = Secret("auth", "keycloak-admin", {"password": "password"})
KEYCLOAK_USERS = Secret("auth", "keycloak-users", {}, per_user=True)
OAUTH2_PROXY = Secret("auth", "oauth2-proxy", {"client-secret": "password", "cookie-secret": "key32"})
REDIS = Secret("auth", "redis", {"password": "password"})
TSIG = Secret("dns", "tsig", {"secret": "key32"})
