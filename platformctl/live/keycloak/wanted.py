"""The realm that Git wants: what Keycloak takes at a start without a realm, as the cluster has it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from platformctl.errors import NotHealthy
from platformctl.live import secret
from platformctl.live.flux import readiness, short
from platformctl.live.keycloak.admin import NAMESPACE
from platformctl.live.kinds import CONFIG_MAP, KUSTOMIZATION, STATEFUL_SET
from platformctl.live.kubernetes import Cluster

NAME = "keycloak"
REALM_MAP = "keycloak-realm"
ENDING = "-realm.json"
# Keycloak's own syntax: a name, and what stands for it where nothing else does.
_PLACEHOLDER = re.compile(r"\$\{([^}:]+)(?::([^}]*))?\}")

Data = dict[str, Any]


class Hidden(str):
    """A text with a secret's value in it: compared and sent, never shown."""

    __slots__ = ()


@dataclass(frozen=True)
class Wanted:
    """A realm as Git has it.

    Attributes:
        realm: Keycloak's representation; a text that a Secret has a part in is `Hidden`.
        revision: the commit that Flux brought, as ``main@0123456``; empty where nobody can tell.
    """

    realm: Data = field(repr=False)
    revision: str = ""

    @property
    def name(self) -> str:
        return str(self.realm["realm"])


def wanted_realm(kube: Cluster) -> Wanted:
    """What Flux brought to the cluster, with the Secrets' values in it.

    Raises:
        NotHealthy: there is no realm, or a Secret that it needs is not there.
    """
    place = f"ConfigMap/{NAMESPACE}/{REALM_MAP}"
    found = kube.get(CONFIG_MAP, REALM_MAP, NAMESPACE)
    texts = [text for key, text in (found or {}).get("data", {}).items() if key.endswith(ENDING)]
    if not texts:
        raise NotHealthy("Flux has not brought a realm yet", place=place, fix="platformctl status")
    try:
        realm = json.loads(texts[0])
    except ValueError as error:
        raise NotHealthy(f"the realm is no JSON: {error}", place=place) from error
    applied = kube.get(KUSTOMIZATION, NAME, "flux-system")
    revision = short(readiness(applied).revision) if applied else ""
    return Wanted(resolved(realm, _environment(kube, texts[0])), revision)


def resolved(value: Any, environment: Mapping[str, str]) -> Any:
    """A representation with all placeholders replaced that the environment, or they themselves, know.

    What a `Hidden` part was put in is `Hidden`.
    """
    if isinstance(value, Mapping):
        return {key: resolved(part, environment) for key, part in value.items()}
    if isinstance(value, list):
        return [resolved(part, environment) for part in value]
    if not isinstance(value, str):
        return value
    hidden = False

    def put(found: re.Match[str]) -> str:
        nonlocal hidden
        text = environment.get(found[1], found[2] if found[2] is not None else found[0])
        hidden = hidden or isinstance(text, Hidden)
        return str(text)

    text = _PLACEHOLDER.sub(put, value)
    return Hidden(text) if hidden else text


def _environment(kube: Cluster, text: str) -> dict[str, str]:
    """Those variables of Keycloak's container that the realm names."""
    names = {found[1] for found in _PLACEHOLDER.finditer(text)}
    server = kube.get(STATEFUL_SET, NAME, NAMESPACE)
    if not names or server is None:
        return {}
    variables: Sequence[Data] = [
        one for each in server["spec"]["template"]["spec"]["containers"] for one in each.get("env", ())
    ]
    found: dict[str, str] = {}
    for one in variables:
        reference = (one.get("valueFrom") or {}).get("secretKeyRef")
        if one["name"] in names:
            found[one["name"]] = (
                Hidden(secret_value(kube, reference["name"], reference["key"]))
                if reference
                else str(one.get("value", ""))
            )
    return found


def secret_value(kube: Cluster, name: str, key: str) -> str:
    """A value of one of Keycloak's Secrets.

    Raises:
        NotHealthy: it is not there.
    """
    found = secret.read(kube, NAMESPACE, name, key)
    if found is None:
        raise NotHealthy(f"there is no {key}", place=f"Secret/{NAMESPACE}/{name}", fix="platformctl status")
    return found
