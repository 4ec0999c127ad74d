"""The realm in Keycloak, which is taken from Git only once."""

from __future__ import annotations

from platformctl.errors import PlatformctlError
from platformctl.live.keycloak import APPLY, realm_drift, wanted_realm
from platformctl.live.trace.result import Result, hit, may
from platformctl.live.trace.walk import Walk

SHOWN = 3


def realm(walk: Walk) -> Result:
    """Keycloak has what Git says. A difference need not break the login: the links behind tell."""
    if walk.inside is None:
        return may("not seen from outside", "no kubeconfig leads to the cluster")
    kube = walk.inside.kube
    try:
        wanted = wanted_realm(kube)
        found = realm_drift(kube, wanted)
    except PlatformctlError as error:
        return may(f"not compared with Git: {error.message}", "Keycloak could not be asked", error.fix or "")
    if not found.differences:
        return hit(f"realm {found.realm} is what Git says")
    places = [f"{one.subject} {one.field or 'is missing'}" for one in found.differences]
    more = f" and {len(places) - SHOWN} more" if len(places) > SHOWN else ""
    return may(
        f"otherwise than in Git: {', '.join(places[:SHOWN])}{more}",
        "it was changed in Keycloak, or in Git after Keycloak had taken it",
        APPLY,
    )
