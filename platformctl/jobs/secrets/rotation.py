"""Replacing values: who keeps a copy is told first, then the file changes, then its readers start anew."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from platformctl.errors import ConfigError
from platformctl.jobs.secrets.store import SecretStore
from platformctl.live.keycloak import Admin, administered
from platformctl.live.kubernetes import Cluster
from platformctl.platform.rotation import Rotation, rotation
from platformctl.platform.secrets import KEYCLOAK_ADMIN, KEYCLOAK_USERS, OAUTH2_PROXY, Secret

MASTER = "master"
ADMINISTRATOR = "admin"


@dataclass(frozen=True)
class Plan:
    """What a rotation is going to do.

    Attributes:
        keys: what follows for each key that gets a new value.
    """

    secret: Secret
    keys: Mapping[str, Rotation]

    @property
    def interrupts(self) -> bool:
        """Whether users lose what they are doing."""
        return any(each.interrupts for each in self.keys.values())


def plan(secret: Secret, keys: Sequence[str] = ()) -> Plan:
    """What replacing keys of a Secret means; all of them, if none is named.

    Raises:
        ConfigError: the Secret has no such key.
    """
    for key in keys:
        if key not in secret.keys:
            known = ", ".join(secret.keys)
            raise ConfigError(f'Secret {secret.name} has no key "{key}"; it has: {known}')
    return Plan(secret, {key: rotation(secret.name, key) for key in keys or secret.keys})


def rotate(store: SecretStore, wanted: Plan, connect: Callable[[], Cluster]) -> None:
    """Do it. May be interrupted anywhere and be called again: the second call goes on with the same values.

    Args:
        connect: opens the cluster, if somebody in it has to be told.

    Raises:
        NotHealthy: a file cannot be read, or Keycloak refuses; the file then has the old value.
        Unreachable: the cluster or Keycloak does not answer; the same.
    """
    secret = wanted.secret
    old = store.values(secret)
    new = store.prepare(secret, tuple(wanted.keys))
    told = {key: value for key, value in new.items() if rotation(secret.name, key).told}
    if told:
        passwords = (
            [old["password"], new["password"]]
            if secret.name == KEYCLOAK_ADMIN.name
            else [store.values(store.find(KEYCLOAK_ADMIN.name))["password"]]
        )
        with connect() as kube:
            administered(kube, lambda admin: _tell(admin, passwords, store, secret, told))
    store.adopt(secret, new)


async def _tell(
    admin: Admin, passwords: Sequence[str], store: SecretStore, secret: Secret, told: Mapping[str, str]
) -> None:
    """Give Keycloak its copies."""
    login = store.cluster.login
    assert login is not None  # its secrets are there with a login alone
    await admin.login(passwords)
    for key, value in told.items():
        if secret.name == OAUTH2_PROXY.name:
            await admin.set_client_secret(login.realm, login.client_id, value)
        elif secret.name == KEYCLOAK_USERS.name:
            await admin.set_password(login.realm, key, value)
        else:
            await admin.set_password(MASTER, ADMINISTRATOR, value)
