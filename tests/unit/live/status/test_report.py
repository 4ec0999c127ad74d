"""Objects -> status: what counts as healthy, and what is said of what is not."""

from __future__ import annotations

import json
from typing import Any

import pytest

from platformctl.live.flux import State
from platformctl.live.kinds import (
    GIT_REPOSITORY,
    HELM_RELEASE,
    HORIZONTAL_POD_AUTOSCALER,
    INGRESS,
    JOB,
    KUSTOMIZATION,
    NODE,
    POD,
    Kind,
)
from platformctl.live.status import Status, report
from platformctl.live.status.observe import CERTIFICATE
from tests.unit.live.status.objects import container, flux, observed, pod, release, root, source

OLDER = "main@sha1:0000000000000000000000000000000000000000"
WELL = pod(containerStatuses=[container()])


def said(status: Status) -> list[tuple[str, str]]:
    return [(trouble.place, trouble.message) for trouble in status.troubles]


def test_platform_that_is_well() -> None:
    status = report(observed({POD: [WELL]}))

    assert status.healthy
    assert said(status) == []
    assert [row.detail for row in status.sections["sources"]] == ["main@6003360"]
    assert [row.detail for row in status.sections["releases"]] == ["0.1.0+6003360b1f0c"]
    assert "certificates" not in status.sections


def test_cluster_without_flux() -> None:
    status = report(observed({GIT_REPOSITORY: [], KUSTOMIZATION: [], HELM_RELEASE: []}, artifact=None))

    assert not status.healthy
    assert status.troubles[0].fix == "platformctl bootstrap"
    assert status.submodules is None


@pytest.mark.parametrize(
    ("kind", "found", "state"),
    [
        (GIT_REPOSITORY, source(ready="False", reason="GitOperationFailed", message="no auth"), State.FAILED),
        (KUSTOMIZATION, root(ready="False", reason="BuildFailed", message="bad"), State.FAILED),
        (KUSTOMIZATION, root(ready="False", reason="DependencyNotReady"), State.PROGRESSING),
        (KUSTOMIZATION, root(ready="Unknown", reason="Progressing"), State.PROGRESSING),
        (HELM_RELEASE, release(ready="False", reason="InstallFailed", message="timeout"), State.FAILED),
        (HELM_RELEASE, release(ready="Unknown", stalled=True), State.FAILED),
        (HELM_RELEASE, release(observed=0), State.PROGRESSING),
        (
            CERTIFICATE,
            flux(CERTIFICATE, "chat", ready="False", observed=None, reason="Issuing"),
            State.FAILED,
        ),
    ],
)
def test_object_that_is_not_ready(kind: Kind, found: dict[str, Any], state: State) -> None:
    status = report(observed({kind: [found]}))

    assert not status.healthy
    [row] = [row for rows in status.sections.values() for row in rows if row.identity.kind == kind.name]
    assert row.state is state
    assert bool(said(status)) == (state is State.FAILED)


def test_suspended_on_purpose_is_no_trouble() -> None:
    found = release(ready="False")
    found["spec"]["suspend"] = True

    status = report(observed({HELM_RELEASE: [found]}))

    assert status.healthy
    assert status.sections["releases"][0].state is State.SUSPENDED


@pytest.mark.parametrize(
    ("kind", "found", "section"),
    [
        (KUSTOMIZATION, root(revision=OLDER), "kustomizations"),
        (HELM_RELEASE, release(version="0.1.0+000000000000"), "releases"),
    ],
)
def test_what_is_behind_its_source_is_under_way(kind: Kind, found: dict[str, Any], section: str) -> None:
    status = report(observed({kind: [found]}))

    assert not status.healthy
    [row] = status.sections[section]
    assert (row.state, row.message) == (State.PROGRESSING, "main@6003360 is on its way")


@pytest.mark.parametrize(
    ("found", "state", "message"),
    [
        (pod(containerStatuses=[container(ready=False)]), State.PROGRESSING, ""),
        (
            pod(
                phase="Pending",
                containerStatuses=[container(ready=False, waiting="ContainerCreating")],
            ),
            State.PROGRESSING,
            "",
        ),
        (
            pod(
                containerStatuses=[container(ready=False, waiting="ImagePullBackOff", message="no such tag")]
            ),
            State.FAILED,
            "ollama: ImagePullBackOff no such tag",
        ),
        (
            pod(initContainerStatuses=[container(ready=False, waiting="CrashLoopBackOff")]),
            State.FAILED,
            "ollama: CrashLoopBackOff",
        ),
        (
            pod(
                phase="Pending",
                conditions=[
                    {
                        "type": "PodScheduled",
                        "status": "False",
                        "reason": "Unschedulable",
                        "message": "no memory",
                    }
                ],
            ),
            State.FAILED,
            "Unschedulable: no memory",
        ),
        (pod(phase="Failed", reason="Evicted", message="disk"), State.FAILED, "Evicted disk"),
    ],
)
def test_pod_that_does_not_run(found: dict[str, Any], state: State, message: str) -> None:
    status = report(observed({POD: [found]}))

    assert not status.healthy
    [row] = status.sections["pods"]
    assert (row.state, row.message) == (state, message)


def test_pods_that_do_not_count() -> None:
    going = pod("going", containerStatuses=[])
    going["metadata"]["deletionTimestamp"] = "2026-11-21T06:00:00Z"
    pods = [
        going,
        pod("done", phase="Succeeded"),
        pod("evicted", phase="Failed", owner=("ReplicaSet", "chatbot-api-1")),
        pod("first-try", phase="Failed", owner=("Job", "pull")),
    ]
    job = {"metadata": {"name": "pull", "namespace": "inference"}, "status": {"succeeded": 1}}

    assert report(observed({POD: pods, JOB: [job]})).healthy
    unfinished = report(observed({POD: pods, JOB: [job | {"status": {"failed": 1}}]}))
    assert [row.identity.name for row in unfinished.sections["pods"]] == ["first-try"]


def test_problems_come_first() -> None:
    broken = pod("z", containerStatuses=[container(ready=False, waiting="CrashLoopBackOff")])
    starting = pod("y", containerStatuses=[container(ready=False, restarts=3)])

    rows = report(observed({POD: [WELL, starting, broken]})).sections["pods"]

    assert [row.identity.name for row in rows] == ["z", "y", "ollama-0"]
    assert rows[1].detail == "0/1 ready, 3 restarts"


def test_node_that_is_not_ready() -> None:
    node = {
        "kind": "Node",
        "metadata": {"name": "node-1"},
        "status": {"conditions": [{"type": "Ready", "status": "Unknown", "message": "kubelet is silent"}]},
    }

    assert said(report(observed({NODE: [node]}))) == [
        ("Node/node-1", "the node is not Ready: kubelet is silent")
    ]


AUTOSCALER = {
    "kind": "HorizontalPodAutoscaler",
    "metadata": {"name": "chatbot-api", "namespace": "chat"},
    "spec": {
        "minReplicas": 2,
        "maxReplicas": 4,
        "metrics": [{"resource": {"name": "cpu", "target": {"averageUtilization": 50}}}],
    },
}


def test_autoscaler() -> None:
    status = {
        "currentReplicas": 3,
        "currentMetrics": [{"resource": {"name": "cpu", "current": {"averageUtilization": 71}}}],
        "conditions": [{"type": "ScalingActive", "status": "True"}],
    }
    working = report(observed({HORIZONTAL_POD_AUTOSCALER: [AUTOSCALER | {"status": status}]}))
    blind = report(observed({HORIZONTAL_POD_AUTOSCALER: [AUTOSCALER]}))

    assert working.healthy
    assert working.sections["autoscalers"][0].detail == "3 of 2-4 replicas, cpu 71% of 50%"
    assert not blind.healthy
    assert blind.sections["autoscalers"][0].detail == "0 of 2-4 replicas, cpu ?% of 50%"


def model(**change: Any) -> dict[str, Any]:
    well = {"name": "gemma3:270m", "wanted": "sha256:8be5", "present": "8be5", "size": 253, "ready": True}
    return well | {"reason": None} | change


@pytest.mark.parametrize(
    ("found", "state"),
    [
        (model(), State.READY),
        (model(wanted=None), State.READY),
        (model(ready=False, reason="has not answered yet"), State.PROGRESSING),
        (model(ready=False, present=None, reason="is not there"), State.FAILED),
        (model(ready=False, present="sha256:ffff", reason="is another"), State.FAILED),
    ],
)
def test_model(found: dict[str, Any], state: State) -> None:
    status = report(observed(models={"models": [found]}))

    assert [row.state for row in status.models] == [state]
    assert status.healthy == (state is State.READY)
    fixes = [trouble.fix for trouble in status.troubles]
    assert fixes == (["platformctl models repair gemma3:270m"] if state is State.FAILED else [])


def test_what_could_not_be_read_is_no_health() -> None:
    blind = report(observed(artifact=None, artifact_error="503 no endpoints"))
    silent = report(observed(models_error="503 no endpoints"))

    assert "submodules are unproven: 503" in said(blind)[0][1]
    assert said(silent) == [("pod/inference/ollama-0:8080", "the models are unknown: 503 no endpoints")]
    assert not blind.healthy
    assert not silent.healthy


def test_hosts_are_gathered() -> None:
    def ingress(namespace: str, name: str, path: str) -> dict[str, Any]:
        backend = {"service": {"name": name, "port": {"number": 80}}}
        rule = {"host": "chat.localhost", "http": {"paths": [{"path": path, "backend": backend}]}}
        return {
            "metadata": {"name": name, "namespace": namespace},
            "spec": {"ingressClassName": "traefik", "rules": [rule]},
        }

    found = [ingress("chat", "chatbot-ui", "/"), ingress("chat", "chatbot-api", "/api")]
    [host] = report(observed({INGRESS: found})).hosts

    assert (host.name, host.ingress_class) == ("chat.localhost", "traefik")
    assert host.paths == {"/": "chat/chatbot-ui", "/api": "chat/chatbot-api"}


def test_json_for_programs() -> None:
    written = json.loads(json.dumps(report(observed({POD: [WELL]})).as_json()))

    assert written["healthy"] is True
    assert written["submodules"]["in_git"] is True
    assert written["sections"]["pods"][0]["identity"]["name"] == "ollama-0"
