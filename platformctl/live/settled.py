"""Waits for what is true now: what a restarted cluster kept in etcd is what was true before."""

from __future__ import annotations

import calendar
import time
from collections.abc import Callable, Iterable

from platformctl.errors import StepFailed, Unreachable
from platformctl.live.flux import Identity, Object, State, pod_trouble
from platformctl.live.kinds import POD
from platformctl.live.kubernetes import Cluster
from platformctl.live.status import Observed, observe, report
from platformctl.steps import Task

SECONDS_BETWEEN_LOOKS = 1.0
SECONDS_FOR_PODS = 600.0
SECONDS_FOR_STATUS = 180.0


def wait_for_pods(kube: Cluster, since: float, task: Task) -> str:
    """Wait until every pod that should run is Ready, with containers that this start of the node started.

    Args:
        since: when the node was started, in seconds since the epoch.

    Raises:
        StepFailed: not in time; names each pod and what is wrong with it.
    """
    counted = 0

    def look() -> list[str]:
        nonlocal counted
        pods = [pod for pod in kube.list(POD) if _should_run(pod)]
        counted = len(pods)
        return waiting_for(pods, since)

    _wait(look, SECONDS_FOR_PODS, task)
    return f"{counted} pods ready"


def wait_until_healthy(kube: Cluster, task: Task) -> str:
    """Wait until ``status`` would call the platform healthy; autoscalers measure last, after a minute or so.

    Raises:
        StepFailed: not in time; names what is not.
    """
    seen: Observed | None = None

    def look() -> list[str]:
        nonlocal seen
        seen = observe(kube, seen)
        found = report(seen)
        if found.healthy:
            return []
        troubles = [f"{trouble.place}: {trouble.message}" for trouble in found.troubles]
        rows = [
            row for section in found.sections.values() for row in section if row.state is State.PROGRESSING
        ]
        loading = [model.name for model in found.models if model.state is State.PROGRESSING]
        return [*troubles, *(f"{row.identity}: {row.message or row.detail}" for row in rows), *loading]

    _wait(look, SECONDS_FOR_STATUS, task)
    return "healthy"


def waiting_for(pods: Iterable[Object], since: float) -> list[str]:
    """The pods that are not Ready yet with containers started since then, each with what is known of it."""
    return [f"{Identity.of(pod)}: {why}" for pod in pods if (why := _why_not(pod, since))]


def _should_run(pod: Object) -> bool:
    """Not what is finished or going, nor what runs to an end: a Job's pod is nobody's server."""
    metadata, phase = pod.get("metadata", {}), pod.get("status", {}).get("phase")
    owners = {owner.get("kind") for owner in metadata.get("ownerReferences", [])}
    return (
        phase not in ("Succeeded", "Failed") and "deletionTimestamp" not in metadata and "Job" not in owners
    )


def _why_not(pod: Object, since: float) -> str:
    status = pod.get("status", {})
    containers = status.get("containerStatuses", [])
    for container in containers:
        started = container.get("state", {}).get("running", {}).get("startedAt")
        if started and _epoch(started) < int(since):
            return f"{container.get('name')} is not started again yet"
    total = len(pod.get("spec", {}).get("containers", []))
    ready = sum(bool(container.get("ready")) for container in containers)
    if ready == total and any(
        condition.get("type") == "Ready" and condition.get("status") == "True"
        for condition in status.get("conditions", [])
    ):
        return ""
    return pod_trouble(pod) or f"{ready}/{total} ready"


def _epoch(timestamp: str) -> int:
    return calendar.timegm(time.strptime(timestamp, "%Y-%m-%dT%H:%M:%SZ"))


def _wait(look: Callable[[], list[str]], seconds: float, task: Task) -> None:
    end = time.monotonic() + seconds
    while True:
        away: Unreachable | None = None
        try:
            missing = look()
        except Unreachable as error:
            away, missing = error, [error.message]
        if not missing:
            return
        task.update(detail=missing[0])
        if time.monotonic() > end:
            if away:
                raise away
            raise StepFailed(
                f"after {seconds:.0f} s: {'; '.join(missing[:5])}",
                fix="platformctl status shows what goes on",
            )
        time.sleep(SECONDS_BETWEEN_LOOKS)
