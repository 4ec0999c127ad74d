"""Asks a cluster for all that its status is made from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from platformctl.build.flux_patch import SOURCE
from platformctl.errors import NotHealthy, Unreachable
from platformctl.live.artifact import Artifact, fetch_artifact
from platformctl.live.flux import Object
from platformctl.live.kinds import (
    GIT_REPOSITORY,
    HELM_RELEASE,
    HORIZONTAL_POD_AUTOSCALER,
    INGRESS,
    JOB,
    KUSTOMIZATION,
    NODE,
    POD,
    SERVICE,
    STATEFUL_SET,
    Kind,
)
from platformctl.live.kubernetes import Cluster
from platformctl.live.models.engine import ENGINE_SET, SIDECAR

CERTIFICATE = Kind("cert-manager.io/v1", "Certificate")
ISTIO_GATEWAY = Kind("networking.istio.io/v1", "Gateway")
VIRTUAL_SERVICE = Kind("networking.istio.io/v1", "VirtualService")
KINDS = (
    *(NODE, POD, JOB, HORIZONTAL_POD_AUTOSCALER, SERVICE, INGRESS, STATEFUL_SET),
    *(GIT_REPOSITORY, KUSTOMIZATION, HELM_RELEASE, CERTIFICATE, ISTIO_GATEWAY, VIRTUAL_SERVICE),
)
SECONDS_FOR_MODELS = 10


@dataclass(frozen=True)
class Observed:
    """A cluster at one moment.

    Attributes:
        objects: by kind; an empty list also for a kind that the cluster does not know.
        artifact: what Flux's own source serves, or None with the reason in ``artifact_error``.
        models: what the sidecar of the inference engine reports, or None with the reason in ``models_error``
            (both None: there is no such engine).
        at: when it was looked.
    """

    server: str
    version: str
    objects: Mapping[Kind, Sequence[Object]]
    artifact: Artifact | None = None
    artifact_error: str | None = None
    models: Mapping[str, Any] | None = None
    models_error: str | None = None
    at: datetime = field(default_factory=lambda: datetime.now(UTC))

    def own(self, kind: Kind) -> Object | None:
        """Flux's own object of a kind: the one that bootstrap made."""
        for found in self.objects.get(kind, ()):
            metadata = found.get("metadata", {})
            if (metadata.get("namespace"), metadata.get("name")) == (SOURCE, SOURCE):
                return found
        return None


def observe(kube: Cluster, before: Observed | None = None) -> Observed:
    """Look once; with an earlier look, an artifact that is still the same is not fetched again.

    Raises Unreachable when the API server does not answer.
    """
    objects = {kind: kube.list(kind) for kind in KINDS}
    seen = Observed(kube.server, kube.version, objects)
    artifact, artifact_error = _artifact(kube, seen.own(GIT_REPOSITORY), before)
    models, models_error = _models(kube, objects[STATEFUL_SET])
    return Observed(kube.server, kube.version, objects, artifact, artifact_error, models, models_error)


def _artifact(
    kube: Cluster, source: Object | None, before: Observed | None
) -> tuple[Artifact | None, str | None]:
    if source is None:
        return None, None
    described = (source.get("status") or {}).get("artifact") or {}
    if before and before.artifact and before.artifact.digest == described.get("digest"):
        return before.artifact, None
    try:
        return fetch_artifact(kube, source), None
    except (NotHealthy, Unreachable) as error:
        return None, error.message


def _models(kube: Cluster, sets: Sequence[Object]) -> tuple[Mapping[str, Any] | None, str | None]:
    names = {(found["metadata"]["namespace"], found["metadata"]["name"]) for found in sets}
    if (SIDECAR.namespace, ENGINE_SET) not in names:
        return None, None
    try:
        answer = kube.http("GET", SIDECAR, "/status", seconds=SECONDS_FOR_MODELS)
        if not answer.ok:
            return None, f"the engine does not say: {answer.status} {answer.text()}"
        return answer.json(), None
    except ValueError:
        return None, "the engine's report is no JSON"
    except (NotHealthy, Unreachable) as error:
        return None, error.message
