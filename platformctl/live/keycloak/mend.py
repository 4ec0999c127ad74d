"""Tells Keycloak what Git says. Nothing goes that Git does not know, unless it is named."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from platformctl.errors import NotHealthy
from platformctl.live.keycloak.admin import PLACE, Admin
from platformctl.live.keycloak.compare import Difference, Unknown, is_kept, name_of
from platformctl.live.keycloak.wanted import Data

_SCOPES = {"defaultClientScopes": "default-client-scopes", "optionalClientScopes": "optional-client-scopes"}


async def mend(
    admin: Admin, wanted: Data, found: Data | None, differences: Sequence[Difference], gone: Sequence[Unknown]
) -> None:
    """Do it: the realm first, then what is in it.

    Args:
        found: the realm as Keycloak has it, None where it has none.
        differences: what to bring; of `compare` for these two.
        gone: what to delete.

    Raises:
        NotHealthy: Keycloak refuses; what came before is done.
    """
    if found is None:
        await admin.write("POST", "/admin/realms", wanted)
        return
    path = f"/admin/realms/{wanted['realm']}"
    if keys := _keys(differences, "realm", str(wanted["realm"])):
        await admin.write("PUT", path, _changed(wanted, found, keys))
    # A mapper that goes is left out of its client, and the client is written whole.
    mappers = {one.name for one in gone if one.kind == "mapper"}
    for client in wanted.get("clients") or ():
        await _client(admin, path, client, found, differences, mappers)
    for user in wanted.get("users") or ():
        await _user(admin, f"{path}/users", user, found, differences)
    for one in found["clients"]:
        if Unknown("client", one["clientId"]) in gone:
            await admin.write("DELETE", f"{path}/clients/{one['id']}")


async def _client(
    admin: Admin,
    path: str,
    wanted: Data,
    realm: Data,
    differences: Sequence[Difference],
    gone: set[str],
) -> None:
    name = name_of("client", wanted)
    found = _find("client", name, realm["clients"])
    if found is None:
        await admin.write("POST", f"{path}/clients", wanted)
        return
    own = f"{path}/clients/{found['id']}"
    keys = _keys(differences, "client", name)
    scopes = keys & _SCOPES.keys()
    about = f"{name}/"
    mappers = any(one.kind == "mapper" and one.name.startswith(about) for one in differences)
    if keys - scopes or mappers or any(one.startswith(about) for one in gone):
        kept = [one for one in found.get("protocolMappers") or () if about + one["name"] not in gone]
        merged = _merged(wanted.get("protocolMappers") or (), kept)
        changed = {**found, **_changed(wanted, found, keys - scopes), "protocolMappers": merged}
        await admin.write("PUT", own, changed)
    if scopes:
        known = {one["name"]: one["id"] for one in await admin.read(f"{path}/client-scopes") or ()}
        for key in sorted(scopes):
            has = set(found.get(key) or ())
            await _scopes(admin, f"{own}/{_SCOPES[key]}", known, set(wanted[key]), has)


def _merged(wanted: Iterable[Data], found: Iterable[Data]) -> list[Data]:
    """Mappers by their name: Keycloak deletes what is not named to it, and keeps an id that is."""
    mappers = {str(one["name"]): one for one in found}
    for one in wanted:
        known = mappers.get(str(one["name"]), {})
        kept = {key: value for key, value in (known.get("config") or {}).items() if is_kept(key, one)}
        config = {**kept, **(one.get("config") or {})}
        mappers[str(one["name"])] = {**known, **one, "config": config}
    return list(mappers.values())


async def _scopes(
    admin: Admin, path: str, known: Mapping[str, str], wanted: set[str], found: set[str]
) -> None:
    """Keycloak takes no scopes with a client that there is already."""
    for name in sorted(wanted - found):
        if name not in known:
            raise NotHealthy(f"the realm has no client scope {name}", place=PLACE)
        await admin.write("PUT", f"{path}/{known[name]}")
    for name in sorted(found - wanted):
        await admin.write("DELETE", f"{path}/{known[name]}")


async def _user(
    admin: Admin, path: str, wanted: Data, realm: Data, differences: Sequence[Difference]
) -> None:
    name = name_of("user", wanted)
    found = _find("user", name, realm["users"])
    if found is None:
        await admin.write("POST", path, wanted)
    elif keys := _keys(differences, "user", name):
        await admin.write("PUT", f"{path}/{found['id']}", {**found, **_changed(wanted, found, keys)})


def _find(kind: str, name: str, all_of_them: Iterable[Data]) -> Data | None:
    return next((one for one in all_of_them if name_of(kind, one) == name), None)


def _keys(differences: Sequence[Difference], kind: str, name: str) -> set[str]:
    """The keys of a representation that something differs in."""
    return {
        one.field.partition(".")[0]
        for one in differences
        if (one.kind, one.name) == (kind, name) and one.field
    }


def _changed(wanted: Data, found: Data, keys: set[str]) -> dict[str, Any]:
    """These keys as Git has them; of a map, what Git does not say stays."""
    return {
        key: {**(found.get(key) or {}), **wanted[key]} if isinstance(wanted[key], dict) else wanted[key]
        for key in keys
    }
