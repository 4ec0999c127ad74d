"""How far Flux's objects are, read from their conditions; pure functions over objects as JSON gives them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

Object = Mapping[str, Any]


class State(StrEnum):
    """How an object stands."""

    READY = "ready"
    PROGRESSING = "progressing"
    FAILED = "failed"
    SUSPENDED = "suspended"


@dataclass(frozen=True, order=True)
class Identity:
    """An object's identity."""

    kind: str
    namespace: str
    name: str

    @classmethod
    def of(cls, found: Object) -> Identity:
        """The identity of an object."""
        metadata = found.get("metadata", {})
        return cls(found.get("kind", ""), metadata.get("namespace", ""), metadata.get("name", ""))

    def __str__(self) -> str:
        return "/".join(filter(None, (self.kind, self.namespace, self.name)))


@dataclass(frozen=True)
class Readiness:
    """How far one of Flux's objects is.

    Attributes:
        revision: what it last brought, as ``main@sha1:...``; for a release the version of its chart.
        reason, message: of the condition that says so.
        stalled: Flux itself has given up until something changes.
        attempted: the revision that it last tried to bring; empty for a source.
    """

    identity: Identity
    state: State
    revision: str
    reason: str
    message: str
    stalled: bool = False
    attempted: str = ""

    @property
    def ready(self) -> bool:
        """Whether it is Ready, or somebody suspended it on purpose."""
        return self.state in (State.READY, State.SUSPENDED)


def readiness(found: Object) -> Readiness:
    """The readiness of a GitRepository, Kustomization, HelmRelease or any object with Flux's conditions."""
    conditions = {condition["type"]: condition for condition in found.get("status", {}).get("conditions", [])}
    ready, stalled = conditions.get("Ready", {}), conditions.get("Stalled", {})
    return Readiness(
        Identity.of(found),
        _state(found, ready, stalled),
        revision_of(found),
        ready.get("reason", ""),
        " ".join(str(ready.get("message", "")).split()),
        stalled.get("status") == "True",
        found.get("status", {}).get("lastAttemptedRevision", ""),
    )


def _state(found: Object, ready: Object, stalled: Object) -> State:
    if found.get("spec", {}).get("suspend"):
        return State.SUSPENDED
    observed = found.get("status", {}).get("observedGeneration")
    current = observed is None or observed == found.get("metadata", {}).get("generation")
    if ready.get("status") == "True" and current:
        return State.READY
    # A dependency that is not ready yet is no failure of this object.
    failed = ready.get("status") == "False" and ready.get("reason") not in (
        "DependencyNotReady",
        "Progressing",
    )
    if current and (failed or stalled.get("status") == "True"):
        return State.FAILED
    return State.PROGRESSING


def revision_of(found: Object) -> str:
    """The revision that an object last brought; empty when none yet."""
    status = found.get("status", {})
    artifact = status.get("artifact") or {}
    history: Sequence[Object] = status.get("history") or []
    return str(
        artifact.get("revision")
        or status.get("lastAppliedRevision")
        or (history[0].get("chartVersion") if history and "chartVersion" in history[0] else "")
        or ""
    )


def commit_in(revision: str) -> str:
    """The commit in ``main@sha1:0123...``; empty when there is none."""
    return revision.rpartition(":")[2] if "@" in revision else ""


def short(revision: str) -> str:
    """A revision with seven digits of its commit, as ``main@0123456``."""
    commit = commit_in(revision)
    return f"{revision.split('@')[0]}@{commit[:7]}" if commit else revision


def pod_trouble(pod: Object) -> str | None:
    """Why a pod does not run as it should, in a few words, or None.

    A finished pod, and one that merely starts, are no trouble.
    """
    status = pod.get("status", {})
    if status.get("phase") == "Succeeded" or "deletionTimestamp" in pod.get("metadata", {}):
        return None
    containers: Iterable[Object] = [
        *status.get("initContainerStatuses", []),
        *status.get("containerStatuses", []),
    ]
    for container in containers:
        waiting = container.get("state", {}).get("waiting", {})
        if waiting.get("reason") in (None, "ContainerCreating", "PodInitializing"):
            continue
        ended = container.get("lastState", {}).get("terminated", {})
        why = waiting.get("message") or ended.get("reason") or ""
        return f"{container.get('name')}: {waiting['reason']} {' '.join(str(why).split())}".strip()
    for condition in status.get("conditions", []):
        if condition.get("type") == "PodScheduled" and condition.get("status") == "False":
            return f"{condition.get('reason')}: {condition.get('message', '')}".strip(": ")
    if status.get("phase") == "Failed":
        return " ".join(filter(None, (status.get("reason", "Failed"), status.get("message"))))
    return None
