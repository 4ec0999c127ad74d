"""Ollama and its sidecar in a cluster, reached through the API server whether the pod is Ready or not."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from platformctl.errors import NotHealthy
from platformctl.live.connection import Refused
from platformctl.live.endpoint import Endpoint
from platformctl.live.kinds import JOB, POD
from platformctl.live.kubernetes import Cluster, Object

NAMESPACE = "inference"
# The pods themselves: a Service would leave out a pod that is not Ready, which is when one wants to look.
ENGINE_SET = "ollama"
ENGINE = Endpoint(NAMESPACE, f"{ENGINE_SET}-0", 11434, "pods")
SIDECAR = Endpoint(NAMESPACE, f"{ENGINE_SET}-0", 8080, "pods")
PULL_JOBS = "app.kubernetes.io/name=ollama-pull"

PROMPT = "Answer with one word: are you there?"
TOKENS = 4
# Ollama itself gives a model five minutes to load.
SECONDS_TO_LOAD = 330.0


@dataclass(frozen=True)
class Held:
    """A model that the engine has: its digest and its bytes."""

    digest: str
    size: int


class Engine:
    """The inference engine of a cluster. Raises NotHealthy, with the place, when it does not run."""

    def __init__(self, kube: Cluster) -> None:
        self._kube = kube

    def held(self) -> dict[str, Held]:
        """What it has, by name."""
        listed = self._ask("GET", ENGINE, "/api/tags")["models"]
        return {one["name"]: Held(f"sha256:{one['digest']}", one["size"]) for one in listed}

    def loaded(self) -> dict[str, Mapping[str, Any]]:
        """What it holds in memory, by name."""
        keys = ("size", "size_vram", "context_length", "expires_at")
        listed = self._ask("GET", ENGINE, "/api/ps")["models"]
        return {one["name"]: {key: one.get(key) for key in keys} for one in listed}

    def generate(self, name: str) -> None:
        """A short generation, which loads the model if need be; NotHealthy says why it fails."""
        body = {"model": name, "prompt": PROMPT, "stream": False, "options": {"num_predict": TOKENS}}
        answer = self._ask("POST", ENGINE, "/api/generate", body=body, seconds=SECONDS_TO_LOAD)
        if not answer.get("done"):
            raise NotHealthy(f"the generation with {name} did not end", place=str(ENGINE))

    def wanted_by_cluster(self) -> dict[str, str | None]:
        """What the release in the cluster wants, digests by name: it may be behind platform.yaml."""
        return {one["name"]: one["wanted"] for one in self._ask("GET", SIDECAR, "/status").get("models", [])}

    def verify_files(self, name: str, *, deep: bool) -> Iterator[Mapping[str, Any]]:
        """The sidecar's events about the files of a model: sizes compared, or (deep) contents hashed."""
        return self._events("GET", f"/verify?model={quote(name)}&deep={str(deep).lower()}")

    def repair(self, name: str) -> Iterator[Mapping[str, Any]]:
        """The sidecar's events while it removes a model and pulls it again; the last one has ``ok``."""
        return self._events("POST", f"/repair?model={quote(name)}")

    def pull_trouble(self) -> str | None:
        """What the Jobs that pull say: that one is at work, or the last words of one that failed."""
        for job in self._kube.list(JOB, NAMESPACE, PULL_JOBS):
            status, name = job.get("status", {}), job["metadata"]["name"]
            if status.get("succeeded"):
                continue
            said = self._last_words(name)
            if said:
                return f"Job {name} failed: {said}"
            return f"Job {name} is pulling it" if status.get("active") else f"Job {name} has not run yet"
        return None

    def _last_words(self, job: str) -> str:
        pods = self._kube.list(POD, NAMESPACE, f"batch.kubernetes.io/job-name={job}")
        said = [message for pod in sorted(pods, key=_created) for message in _messages(pod)]
        return said[-1].strip().splitlines()[-1] if said else ""

    def _events(self, method: str, path: str) -> Iterator[Mapping[str, Any]]:
        try:
            for line in self._kube.http_lines(method, SIDECAR, path):
                event: Mapping[str, Any] = json.loads(line)
                yield event
        except Refused as error:
            self._require_pod()
            raise error

    def _ask(
        self,
        method: str,
        endpoint: Endpoint,
        path: str,
        *,
        body: Mapping[str, Any] | None = None,
        seconds: float = 30,
    ) -> dict[str, Any]:
        answer = self._kube.http(method, endpoint, path, body=body, seconds=seconds)
        try:
            said = answer.json()
        except ValueError:
            said = None
        if answer.ok and isinstance(said, dict):
            return said
        if isinstance(said, dict) and "error" in said:
            raise Refused(answer.text(), status=answer.status, place=str(endpoint))
        self._require_pod()
        raise NotHealthy(
            f"{endpoint} answers {answer.status}: {answer.text()}",
            place=str(endpoint),
            fix="platformctl status",
        )

    def _require_pod(self) -> None:
        if self._kube.get(POD, ENGINE.name, NAMESPACE) is None:
            raise NotHealthy(
                f"there is no pod {ENGINE.name} in namespace {NAMESPACE}",
                place=f"Pod/{NAMESPACE}/{ENGINE.name}",
                fix="platformctl status",
            )


def _created(found: Object) -> str:
    return str(found["metadata"].get("creationTimestamp", ""))


def _messages(pod: Object) -> Iterator[str]:
    for container in pod.get("status", {}).get("containerStatuses", []):
        ended = container.get("state", {}).get("terminated") or {}
        if ended.get("exitCode") and ended.get("message"):
            yield ended["message"]
