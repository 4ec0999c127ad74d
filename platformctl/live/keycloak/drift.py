"""What Keycloak has otherwise than Git, and bringing it back: it imports a realm once, and never again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from platformctl.errors import NotHealthy
from platformctl.live.keycloak.admin import PLACE, Admin, administered
from platformctl.live.keycloak.compare import Drift, compare, name_of
from platformctl.live.keycloak.mend import mend
from platformctl.live.keycloak.wanted import Data, Wanted, secret_value
from platformctl.live.kubernetes import Cluster
from platformctl.platform.secrets import KEYCLOAK_ADMIN

APPLY = "platformctl auth realm apply"
Result = TypeVar("Result")


def realm_drift(kube: Cluster, wanted: Wanted) -> Drift:
    """What a cluster's Keycloak has otherwise. Only looks.

    Raises:
        NotHealthy: Keycloak refuses; also its administrator's password is not the Secret's.
        Unreachable: no Keycloak is ready.
    """

    async def look(admin: Admin) -> Drift:
        return compare(wanted.realm, await observed(admin, wanted.realm))

    return _as_administrator(kube, look)


def mend_realm(kube: Cluster, wanted: Wanted, *, prune: bool = False) -> Drift:
    """Bring Keycloak to what Git says, and return what was otherwise; may be called again after an
    interruption.

    Args:
        prune: also delete what Git does not know.

    Raises:
        NotHealthy: Keycloak refuses, or took it and says otherwise.
        Unreachable: no Keycloak is ready.
    """

    async def work(admin: Admin) -> Drift:
        return await mended(admin, wanted.realm, prune=prune)

    return _as_administrator(kube, work)


async def mended(admin: Admin, wanted: Data, *, prune: bool = False) -> Drift:
    """As `mend_realm`, by an administrator who is logged in."""
    before = await observed(admin, wanted)
    drift = compare(wanted, before)
    gone = drift.unknown if prune else ()
    await mend(admin, wanted, before, drift.differences, gone)
    left = compare(wanted, await observed(admin, wanted))
    if left.differences or (prune and left.unknown):
        names = ", ".join(_names(left))
        raise NotHealthy(f"Keycloak took it, and still has otherwise: {names}", place=PLACE)
    return drift


def _names(left: Drift) -> Sequence[str]:
    return [f"{one.subject} {one.field}".strip() for one in left.differences] or [
        f"{one.kind} {one.name}" for one in left.unknown
    ]


async def observed(admin: Admin, wanted: Data) -> Data | None:
    """A realm as Keycloak has it, with all its clients and those of the wanted users that there are; None
    where there is no such realm."""
    path = f"/admin/realms/{wanted['realm']}"
    found: Data | None = await admin.read(path)
    if found is None:
        return None
    users: list[Data] = []
    for user in wanted.get("users") or ():
        query = {"username": name_of("user", user), "exact": "true"}
        users += await admin.read(f"{path}/users", query) or ()
    return {**found, "clients": await admin.read(f"{path}/clients") or [], "users": users}


def _as_administrator(kube: Cluster, work: Callable[[Admin], Awaitable[Result]]) -> Result:
    password = secret_value(kube, KEYCLOAK_ADMIN.name, "password")

    async def logged_in(admin: Admin) -> Result:
        await admin.login([password])
        return await work(admin)

    return administered(kube, logged_in)
