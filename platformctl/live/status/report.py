"""Objects -> the status of a platform. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from platformctl.live.flux import Identity, Object, State, pod_trouble, readiness, short
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
    Kind,
)
from platformctl.live.models.engine import SIDECAR
from platformctl.live.revisions import behind
from platformctl.live.status.certificates import certificates
from platformctl.live.status.hosts import Host, of_gateways, of_ingresses
from platformctl.live.status.observe import CERTIFICATE, ISTIO_GATEWAY, VIRTUAL_SERVICE, Observed
from platformctl.live.status.row import Row
from platformctl.live.status.submodules import Submodules, submodules
from platformctl.live.status.trouble import Trouble

CERTIFICATE_FIX = "kubectl -n cert-manager logs deployment/cert-manager"
_WORST_FIRST = (State.FAILED, State.PROGRESSING, State.SUSPENDED, State.READY)


@dataclass(frozen=True)
class ModelRow:
    """One wanted model: ``size`` in bytes, ``digest`` as present."""

    name: str
    state: State
    size: int | None
    digest: str
    message: str = ""


@dataclass(frozen=True)
class Status:
    """A platform at one moment.

    Attributes:
        sections: rows by title, the worst first in each; a section without rows is left out.
        submodules: None when Flux has no source.
        troubles: all that is wrong, the first to look at first.
    """

    server: str
    version: str
    sections: Mapping[str, Sequence[Row]]
    submodules: Submodules | None
    models: Sequence[ModelRow]
    hosts: Sequence[Host]
    troubles: Sequence[Trouble]

    @property
    def healthy(self) -> bool:
        """Nothing is wrong and nothing is under way."""
        rows = [row for section in self.sections.values() for row in section] + list(self.models)
        return not self.troubles and all(row.state in (State.READY, State.SUSPENDED) for row in rows)

    @property
    def waiting(self) -> Sequence[Trouble]:
        """All that is under way: nothing is wrong with it, and it is not Ready."""
        rows = [row for section in self.sections.values() for row in section]
        return [
            Trouble(row.message or row.detail or "is under way", str(row.identity))
            for row in rows
            if row.state is State.PROGRESSING
        ] + [
            Trouble(f"model {model.name}: {model.message or 'is under way'}", str(SIDECAR))
            for model in self.models
            if model.state is State.PROGRESSING
        ]

    def as_json(self) -> dict[str, Any]:
        """The same for a program: ``healthy`` first, identities as fields."""
        waiting = [asdict(each) for each in self.waiting]
        return {"healthy": self.healthy} | asdict(self) | {"waiting": waiting}


def report(seen: Observed) -> Status:
    """The status of what was observed."""
    source, root = seen.own(GIT_REPOSITORY), seen.own(KUSTOMIZATION)
    releases = seen.objects.get(HELM_RELEASE, ())
    judged = submodules(source, root, seen.artifact, releases) if source else None
    sections = {
        "sources": _flux_rows(seen.objects.get(GIT_REPOSITORY, ())),
        "kustomizations": _following(seen, KUSTOMIZATION),
        "releases": _following(seen, HELM_RELEASE),
        "pods": list(_pods(seen.objects.get(POD, ()), seen.objects.get(JOB, ()))),
        "autoscalers": [_autoscaler(found) for found in seen.objects.get(HORIZONTAL_POD_AUTOSCALER, ())],
        "certificates": list(certificates(seen.objects.get(CERTIFICATE, ()), seen.at)),
    }
    models = _models(seen.models)
    shown = {title: sorted(rows, key=_worst_first) for title, rows in sections.items() if rows}
    return Status(
        seen.server,
        seen.version,
        shown,
        judged,
        models,
        _hosts(seen),
        [*_troubles(seen, judged), *_row_troubles(shown, models)],
    )


def _troubles(seen: Observed, judged: Submodules | None) -> Iterator[Trouble]:
    if seen.own(GIT_REPOSITORY) is None:
        yield Trouble("Flux follows no repository here", seen.server, "platformctl bootstrap")
    if judged:
        yield from judged.troubles
    for node in seen.objects.get(NODE, ()):
        conditions = {found["type"]: found for found in node.get("status", {}).get("conditions", [])}
        ready = conditions.get("Ready", {})
        if ready.get("status") != "True":
            yield Trouble(f"the node is not Ready: {ready.get('message', '')}", str(Identity.of(node)))
    if seen.artifact_error:
        yield Trouble(
            f"what Flux serves cannot be read, submodules are unproven: {seen.artifact_error}",
            str(Identity.of(seen.own(GIT_REPOSITORY) or {})),
        )
    if seen.models_error:
        yield Trouble(f"the models are unknown: {seen.models_error}", str(SIDECAR))


def _row_troubles(sections: Mapping[str, Sequence[Row]], models: Sequence[ModelRow]) -> Iterator[Trouble]:
    for rows in sections.values():
        for row in rows:
            if row.state is State.FAILED:
                fix = CERTIFICATE_FIX if row.identity.kind == CERTIFICATE.name else ""
                yield Trouble(row.message or row.detail, str(row.identity), fix)
    for model in models:
        if model.state is State.FAILED:
            yield Trouble(
                f"model {model.name}: {model.message}",
                str(SIDECAR),
                f"platformctl models repair {model.name}",
            )


def _flux_rows(found: Sequence[Object]) -> list[Row]:
    rows = []
    for one in map(readiness, found):
        message = "" if one.ready else f"{one.reason}: {one.message}".strip(": ")
        rows.append(Row(one.identity, one.state, short(one.revision), message))
    return rows


def _following(seen: Observed, kind: Kind) -> list[Row]:
    """What is Ready with an older revision than its source serves is still under way."""
    found = seen.objects.get(kind, ())
    awaited = behind([*seen.objects.get(GIT_REPOSITORY, ()), *found])
    return [
        Row(row.identity, State.PROGRESSING, row.detail, f"{short(awaited[row.identity])} is on its way")
        if row.state is State.READY and row.identity in awaited
        else row
        for row in _flux_rows(found)
    ]


def _pods(pods: Sequence[Object], jobs: Sequence[Object]) -> Iterator[Row]:
    """Pods that run or should; not those that are finished, replaced or going."""
    done = {
        (Identity.of(job).namespace, Identity.of(job).name)
        for job in jobs
        if job.get("status", {}).get("succeeded")
    }
    for pod in pods:
        identity, status = Identity.of(pod), pod.get("status", {})
        metadata = pod.get("metadata", {})
        owner: Object = next(iter(metadata.get("ownerReferences", [])), {})
        replaced = status.get("phase") == "Failed" and (
            owner.get("kind") == "ReplicaSet" or (identity.namespace, owner.get("name")) in done
        )
        if status.get("phase") == "Succeeded" or replaced or "deletionTimestamp" in metadata:
            continue
        containers = status.get("containerStatuses", [])
        ready = sum(bool(container.get("ready")) for container in containers)
        restarts = sum(int(container.get("restartCount", 0)) for container in containers)
        total = len(pod.get("spec", {}).get("containers", []))
        detail = f"{ready}/{total} ready" + (f", {restarts} restarts" if restarts else "")
        trouble = pod_trouble(pod)
        state = State.FAILED if trouble else State.READY if ready == total else State.PROGRESSING
        yield Row(identity, state, detail, trouble or "")


def _autoscaler(found: Object) -> Row:
    spec, status = found.get("spec", {}), found.get("status", {})
    active: Mapping[str, Any] = next(
        (one for one in status.get("conditions", []) if one.get("type") == "ScalingActive"), {}
    )
    replicas = f"{status.get('currentReplicas', 0)} of {spec.get('minReplicas', 1)}-{spec.get('maxReplicas')}"
    detail = ", ".join([f"{replicas} replicas", *_measured(spec, status)])
    working = active.get("status") == "True"
    message = "" if working else f"{active.get('reason', 'not looked at yet')}: {active.get('message', '')}"
    return Row(Identity.of(found), State.READY if working else State.PROGRESSING, detail, message.strip(": "))


def _measured(spec: Object, status: Object) -> Iterator[str]:
    """As ``cpu 12% of 50%``."""
    now = {
        metric.get("resource", {}).get("name"): metric.get("resource", {}).get("current", {})
        for metric in status.get("currentMetrics") or []
    }
    for metric in spec.get("metrics") or []:
        resource = metric.get("resource", {})
        target = resource.get("target", {}).get("averageUtilization")
        current = now.get(resource.get("name"), {}).get("averageUtilization")
        if target is not None:
            yield f"{resource.get('name')} {'?' if current is None else current}% of {target}%"


def _models(said: Mapping[str, Any] | None) -> list[ModelRow]:
    rows = []
    for model in (said or {}).get("models", []):
        reason = model.get("reason") or ""
        present, wanted = model.get("present"), model.get("wanted")
        other = bool(wanted) and _digits(present) != _digits(wanted)
        state = State.READY if model.get("ready") else State.PROGRESSING
        if not present or other:
            state = State.FAILED
        rows.append(
            ModelRow(str(model.get("name")), state, model.get("size"), str(present or ""), str(reason))
        )
    return rows


def _digits(digest: str | None) -> str:
    return (digest or "").removeprefix("sha256:")


def _hosts(seen: Observed) -> list[Host]:
    kinds = (ISTIO_GATEWAY, VIRTUAL_SERVICE, SERVICE, POD)
    gateways, routes, services, pods = (seen.objects.get(kind, ()) for kind in kinds)
    return [
        *of_ingresses(seen.objects.get(INGRESS, ())),
        *of_gateways(gateways, routes, services, pods),
    ]


def _worst_first(row: Row) -> tuple[int, Identity]:
    return _WORST_FIRST.index(row.state), row.identity
