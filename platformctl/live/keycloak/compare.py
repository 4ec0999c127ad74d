"""A realm as Git has it against a realm as Keycloak has it. Pure.

Only what Git says is compared: Keycloak adds a hundred defaults to a realm, which differ by its version.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from platformctl.live.keycloak.wanted import Data, Hidden

# Keycloak makes them in every realm.
OWN_CLIENTS = frozenset(
    {"account", "account-console", "admin-cli", "broker", "realm-management", "security-admin-console"}
)
# Keycloak takes them with a new user, and never tells them.
PASSWORDS = "credentials"
_APART = {"realm": {"clients", "users"}, "client": {"protocolMappers"}, "user": {PASSWORDS}}
_UNTOLD_OF_A_USER = frozenset({"realmRoles", "clientRoles", "groups"})
_MASK = "**********"
_SECRET_ENDINGS = ("secret", "password")
_LIFETIMES = frozenset(
    f"{session}{end}"
    for session in ("ssoSession", "clientSession", "offlineSession")
    for end in ("IdleTimeout", "MaxLifespan")
)


@dataclass(frozen=True)
class Difference:
    """One thing that Keycloak has otherwise than Git.

    Attributes:
        kind: ``realm``, ``client``, ``mapper`` or ``user``.
        name: of a mapper with its client's, as ``oauth2-proxy/own-audience``.
        field: as ``attributes.pkce.code.challenge.method``; empty where the whole is not there.
        wanted: as Git has it; None where the field is a secret, or is empty.
        found: the same of Keycloak.
        secret: the values are not to be shown, and are not here.
        ends_sessions: what users lose when Keycloak gets what Git says; empty: nothing.
    """

    kind: str
    name: str
    field: str
    wanted: Any = None
    found: Any = None
    secret: bool = False
    ends_sessions: str = ""

    @property
    def subject(self) -> str:
        return f"{self.kind} {self.name}"


@dataclass(frozen=True)
class Unknown:
    """A client, or a mapper of a client of ours, that Keycloak has and Git does not."""

    kind: str
    name: str


@dataclass(frozen=True)
class Drift:
    """All that was found.

    Attributes:
        differences: what `mend` brings back.
        unknown: what is left alone unless somebody says that it goes.
        not_compared: what Git says and Keycloak does not tell in the same form.
    """

    realm: str
    differences: Sequence[Difference] = ()
    unknown: Sequence[Unknown] = ()
    not_compared: Sequence[str] = ()


def compare(wanted: Data, found: Data | None) -> Drift:
    """What differs.

    Args:
        wanted: a realm's representation, with its clients and users.
        found: the same of Keycloak, with all clients and at least the wanted users; None: no such realm.
    """
    name = str(wanted["realm"])
    if found is None:
        return Drift(name, [Difference("realm", name, "")])
    differences = list(_fields("realm", name, wanted, found))
    not_compared = [f"realm {name}: {key}" for key in nested(wanted, "realm")]
    unknown: list[Unknown] = []
    for kind, key in (("client", "clients"), ("user", "users")):
        theirs = {name_of(kind, one): one for one in found.get(key) or ()}
        for one in wanted.get(key) or ():
            own = name_of(kind, one)
            if own not in theirs:
                differences.append(Difference(kind, own, ""))
                continue
            differences += _fields(kind, own, one, theirs[own])
            not_compared += [f"{kind} {own}: {each}" for each in nested(one, kind)]
            if kind == "client":
                mine, more = _mappers(own, one, theirs[own])
                differences += mine
                unknown += more
    # Users come to a realm by themselves or by administrators: one that Git does not know is no drift.
    if "clients" in wanted:
        ours = {name_of("client", one) for one in wanted["clients"]} | OWN_CLIENTS
        others = [name_of("client", one) for one in found.get("clients") or ()]
        unknown = [*(Unknown("client", other) for other in sorted(others) if other not in ours), *unknown]
    return Drift(name, differences, unknown, not_compared)


def name_of(kind: str, one: Data) -> str:
    """What Keycloak knows a client or a user by; it has names of users in lower case."""
    return str(one.get("clientId")) if kind == "client" else str(one.get("username")).lower()


def nested(wanted: Data, kind: str) -> list[str]:
    """The keys of a representation whose parts are objects of their own, which are not looked into."""
    return [
        key
        for key, value in wanted.items()
        if key not in _APART[kind]
        and ((kind == "user" and key in _UNTOLD_OF_A_USER) or _holds_objects(value))
    ]


def _holds_objects(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(isinstance(part, Mapping | list) for part in value.values())
    return isinstance(value, list) and any(isinstance(part, Mapping) for part in value)


def _mappers(client: str, wanted: Data, found: Data) -> tuple[list[Difference], list[Unknown]]:
    theirs = {str(one["name"]): one for one in found.get("protocolMappers") or ()}
    differences = []
    for one in wanted.get("protocolMappers") or ():
        name = str(one["name"])
        known = theirs.pop(name, None)
        if known is None:
            differences.append(Difference("mapper", f"{client}/{name}", ""))
        else:
            differences += _fields("mapper", f"{client}/{name}", one, known)
            differences += [
                Difference("mapper", f"{client}/{name}", f"config.{key}", found=value)
                for key, value in (known.get("config") or {}).items()
                if value and not is_kept(key, one)
            ]
    more = [Unknown("mapper", f"{client}/{name}") for name in sorted(theirs)]
    return differences, more if "protocolMappers" in wanted else []


def is_kept(key: str, mapper: Data) -> bool:
    """Whether a key may stand in the configuration of a mapper of Git's.

    Keycloak adds in which tokens the claim is (``userinfo.token.claim``). Any other key makes it another one:
    an audience mapper with ``included.client.audience`` ignores ``included.custom.audience``.
    """
    return key in (mapper.get("config") or {}) or key.endswith(".claim")


def _fields(kind: str, name: str, wanted: Data, found: Data) -> Iterator[Difference]:
    left_out = {*_APART.get(kind, ()), *(nested(wanted, kind) if kind != "mapper" else ())}
    for key, value in wanted.items():
        if key in left_out or value is None:
            continue
        pairs = (
            [
                (f"{key}.{inner}", _text(one), (found.get(key) or {}).get(inner))
                for inner, one in value.items()
            ]
            if isinstance(value, Mapping)  # of texts: attributes, a mapper's configuration
            else [(key, value, found.get(key))]
        )
        for field, mine, theirs in pairs:
            if not _same(kind, field, mine, theirs):
                secret = isinstance(mine, Hidden) or field.lower().endswith(_SECRET_ENDINGS)
                yield Difference(
                    kind,
                    name,
                    field,
                    None if secret else mine,
                    None if secret else theirs,
                    secret,
                    _ends_sessions(field, mine, theirs),
                )


def _text(value: Any) -> Any:
    """As a map of Keycloak's holds it."""
    if value is None or isinstance(value, str):
        return value
    return str(value).lower() if isinstance(value, bool) else str(value)


def _same(kind: str, field: str, wanted: Any, found: Any) -> bool:
    if wanted in ("", [], None):
        return found in ("", [], None)
    if isinstance(wanted, list):
        return sorted(map(str, wanted)) == sorted(map(str, found or ()))  # they are sets in Keycloak
    if kind == "user" and field in ("username", "email"):
        return str(wanted).lower() == str(found).lower()
    return bool(wanted == found or found == _MASK)


def _ends_sessions(field: str, wanted: Any, found: Any) -> str:
    """In Keycloak 0 stands for the lifetime of another kind of session, which is longer or the same."""
    if field in _LIFETIMES and wanted and (not found or wanted < found):
        return "sessions that are older end"
    if field == "enabled" and wanted is False:
        return "its sessions end"
    if field == "revokeRefreshToken" and wanted is True:
        return "a session ends when two requests renew it at once"
    return ""
