"""Objects as an API server gives them, cut down to what is read."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from platformctl.live.artifact import Artifact
from platformctl.live.kinds import GIT_REPOSITORY, HELM_RELEASE, KUSTOMIZATION, Kind
from platformctl.live.status import Observed

COMMIT = "6003360b1f0c4d0ea9c2f3f0e1f0a1b2c3d4e5f6"
REVISION = f"main@sha1:{COMMIT}"
FOLDER = "clusters/service/flux-system"
PATCHED = json.dumps(
    {
        "patches": [
            {
                "target": {"kind": "GitRepository", "name": "flux-system"},
                "patch": "[{op: add, path: /spec/recurseSubmodules, value: true}]",
            }
        ]
    }
)
CHART = {"components/chatbot-api/chart/Chart.yaml": b"name: chatbot-api\n"}


def flux(
    kind: Kind,
    name: str,
    *,
    namespace: str = "flux-system",
    ready: str = "True",
    reason: str = "Succeeded",
    message: str = "",
    since: str = "2026-11-21T06:00:00Z",
    observed: int | None = 1,
    stalled: bool = False,
    spec: Mapping[str, Any] | None = None,
    status: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    conditions = [
        {"type": "Ready", "status": ready, "reason": reason, "message": message, "lastTransitionTime": since}
    ]
    if stalled:
        conditions.append({"type": "Stalled", "status": "True", "reason": reason})
    return {
        "apiVersion": kind.api_version,
        "kind": kind.name,
        "metadata": {"name": name, "namespace": namespace, "generation": 1},
        "spec": dict(spec or {}),
        "status": {"conditions": conditions, "observedGeneration": observed} | dict(status or {}),
    }


def source(
    *, submodules: bool = True, served: bool = True, revision: str = REVISION, **more: Any
) -> dict[str, Any]:
    return flux(
        GIT_REPOSITORY,
        "flux-system",
        spec={"recurseSubmodules": True} if submodules else {},
        status={"artifact": {"revision": revision}} | ({"observedRecurseSubmodules": True} if served else {}),
        **more,
    )


def kustomization(
    name: str, *, revision: str = REVISION, attempted: str | None = None, **more: Any
) -> dict[str, Any]:
    spec = {"path": "./clusters/service", "sourceRef": {"kind": "GitRepository", "name": "flux-system"}}
    status = {"lastAppliedRevision": revision, "lastAttemptedRevision": attempted or revision}
    return flux(KUSTOMIZATION, name, spec=spec, status=status, **more)


def root(**more: Any) -> dict[str, Any]:
    return kustomization("flux-system", **more)


def release(
    *,
    version: str = "0.1.0+6003360b1f0c",
    attempted: str | None = None,
    strategy: str = "Revision",
    **more: Any,
) -> dict[str, Any]:
    reference = {"kind": "GitRepository", "name": "flux-system", "namespace": "flux-system"}
    chart = {"chart": "./components/chatbot-api/chart", "sourceRef": reference}
    spec = {"chart": {"spec": chart | {"reconcileStrategy": strategy}}}
    status = {"history": [{"chartVersion": version}], "lastAttemptedRevision": attempted or version}
    return flux(HELM_RELEASE, "chatbot-api", namespace="chat", spec=spec, status=status, **more)


def artifact(
    *, patch: str = PATCHED, sync: str = "", files: Mapping[str, bytes] = CHART, empty: Sequence[str] = ()
) -> Artifact:
    own = {f"{FOLDER}/kustomization.yaml": patch.encode(), f"{FOLDER}/gotk-sync.yaml": sync.encode()}
    return Artifact(REVISION, "sha256:0", own | dict(files), frozenset(empty))


def observed(objects: Mapping[Kind, Sequence[dict[str, Any]]] | None = None, **more: Any) -> Observed:
    """A platform that is well, but for what is given."""
    there = {GIT_REPOSITORY: [source()], KUSTOMIZATION: [root()], HELM_RELEASE: [release()]}
    settings: dict[str, Any] = {"artifact": artifact()} | more
    return Observed("https://10.199.0.2:6443", "v1.34.4", there | dict(objects or {}), **settings)


def pod(name: str = "ollama-0", *, owner: tuple[str, str] | None = None, **status: Any) -> dict[str, Any]:
    owners = [{"kind": owner[0], "name": owner[1]}] if owner else []
    return {
        "kind": "Pod",
        "metadata": {"name": name, "namespace": "inference", "ownerReferences": owners},
        "spec": {"containers": [{"name": "ollama"}]},
        "status": {"phase": "Running"} | status,
    }


def container(
    *, ready: bool = True, restarts: int = 0, waiting: str | None = None, **more: Any
) -> dict[str, Any]:
    state: dict[str, Any] = {"waiting": {"reason": waiting} | more} if waiting else {"running": {}}
    return {"name": "ollama", "ready": ready, "restartCount": restarts, "state": state}
