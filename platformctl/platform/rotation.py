"""What follows when a secret's value is replaced: who must be told, and what users notice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

ROTATED = ".rotated"
"""A key of every Secret that we make: when its values were made. No user's name can be equal to it.

The releases that read a Secret have it as a value (``rotated.<name of the Secret>``), and their pods as an
annotation: a pod reads a Secret once, when it starts, so it has to start anew with it.
"""


KEYCLOAK = "Keycloak"


@dataclass(frozen=True)
class Rotation:
    """One key that can be replaced.

    Attributes:
        notice: what the platform's users will notice, a sentence.
        interrupts: users lose what they are doing, or have to log in again: it is asked first.
        told: who keeps a copy of the value in its own data, and is told by its own interface first.
    """

    notice: str
    interrupts: bool = False
    told: str = ""


_USER = Rotation("this user logs in with the new password from now on; sessions go on", told=KEYCLOAK)

ROTATIONS: Mapping[tuple[str, str], Rotation] = {
    ("oauth2-proxy", "client-secret"): Rotation(
        "logins, and renewals of sessions, fail until oauth2-proxy has started anew: less than a minute after"
        " the new value is in Git",
        told=KEYCLOAK,
    ),
    ("oauth2-proxy", "cookie-secret"): Rotation(
        "every session ends; who is still logged in at Keycloak comes back by a redirect, without a form; a"
        " login that is under way has to be begun again",
        interrupts=True,
    ),
    ("keycloak-database", "password"): Rotation(
        "nobody can log in or renew a session while PostgreSQL and Keycloak start anew: about a minute",
        interrupts=True,
    ),
    ("keycloak-admin", "password"): Rotation("users notice nothing", told=KEYCLOAK),
    ("redis", "password"): Rotation(
        "sessions cannot be looked up while Redis and oauth2-proxy start anew, less than a minute; who asks"
        " then may have to come back by a redirect, without a form",
        interrupts=True,
    ),
    ("tsig", "secret"): Rotation("users notice nothing; no DNS record changes for less than a minute"),
}


def rotation(secret: str, key: str) -> Rotation:
    """What replacing this key of the Secret of this name means; a key that is not known is a user's."""
    return ROTATIONS.get((secret, key), _USER)


def starts_anew(component: str, secret: str) -> bool:
    """Whether a component's pods have to start anew when a Secret that they read has new values.

    Keycloak reads all but its database's password at its very first start only; later it is told.
    """
    return component != "keycloak" or secret == "keycloak-database"
