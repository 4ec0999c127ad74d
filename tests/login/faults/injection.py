"""Putting a fault into the running cluster, and taking it out again."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

import yaml

from tests.e2e.running import RunningPlatform, eventually

Data = dict[str, Any]
ROLLOUT_SECONDS = 150


class Injection(Protocol):
    """Something that is wrong while the context is open."""

    def into(self, platform: RunningPlatform) -> AbstractContextManager[None]: ...


@dataclass(frozen=True)
class Changed:
    """A field of an object, changed in the cluster; Flux does not look meanwhile.

    Attributes:
        target: kind, namespace and name.
        change: changes the field in place.
        field: of the object, such as ``spec``.
        rollout: wait until the pods are new.
        alone: wait until the pods before are gone as well: who is connected to one stays with it until then.
    """

    target: tuple[str, str, str]
    change: Callable[[Data], None]
    field: str = "spec"
    rollout: bool = False
    alone: bool = False

    @contextmanager
    def into(self, platform: RunningPlatform) -> Iterator[None]:
        kind, namespace, name = self.target
        before: Data = platform.get(kind, "-n", namespace, name)[self.field]
        after = copy.deepcopy(before)
        self.change(after)
        assert after != before, f"nothing changes in {self.target}"
        try:
            self._write(platform, after)
            yield
        finally:
            self._write(platform, before, always=True)

    def _write(self, platform: RunningPlatform, value: Data, *, always: bool = False) -> None:
        kind, namespace, name = self.target
        patch = [{"op": "replace", "path": f"/{self.field}", "value": value}]
        platform.kubectl("patch", kind, "-n", namespace, name, "--type=json", "-p", json.dumps(patch))
        if self.rollout or (always and kind in ("deployment", "statefulset")):
            rolled_out(platform, self.target)
        if self.alone:
            eventually("the pods before are gone", lambda: self._newest_only(platform), seconds=90)

    def _newest_only(self, platform: RunningPlatform) -> bool:
        kind, namespace, name = self.target
        labels: Data = platform.get(kind, "-n", namespace, name)["spec"]["selector"]["matchLabels"]
        selector = ",".join(f"{key}={value}" for key, value in labels.items())
        pods = platform.get("pods", "-n", namespace, "-l", selector)["items"]
        return not any("deletionTimestamp" in pod["metadata"] for pod in pods)


def rolled_out(platform: RunningPlatform, target: tuple[str, str, str]) -> None:
    """Wait until only pods of the newest revision are left."""
    kind, namespace, name = target
    limit = f"--timeout={ROLLOUT_SECONDS}s"
    platform.kubectl("rollout", "status", kind, "-n", namespace, name, limit, timeout=ROLLOUT_SECONDS + 30)


def provider(**settings: Any) -> Changed:
    """The mesh's ext_authz provider with other settings; None takes one away."""

    def change(data: Data) -> None:
        mesh = yaml.safe_load(data["mesh"])
        asked: Data = mesh["extensionProviders"][0]["envoyExtAuthzHttp"]
        for name, value in settings.items():
            if value is None:
                del asked[name]
            else:
                asked[name] = value
        data["mesh"] = yaml.safe_dump(mesh)

    return Changed(("configmap", "istio-system", "istio"), change, field="data")


PROXY = ("deployment", "auth", "oauth2-proxy")


def flags(*unset: str, starts: bool = True, **settings: str) -> Changed:
    """oauth2-proxy with other flags; ``_`` stands for ``-``.

    Args:
        unset: flags to take away.
        starts: whether it runs with them; else the pods before it go on.
    """
    wanted = {name.replace("_", "-"): value for name, value in settings.items()}

    def change(spec: Data) -> None:
        container = spec["template"]["spec"]["containers"][0]
        known = [*unset, *wanted]
        kept = [arg for arg in container["args"] if arg.removeprefix("--").partition("=")[0] not in known]
        container["args"] = [*kept, *(f"--{name}={value}" for name, value in wanted.items())]

    return Changed(PROXY, change, rollout=starts)


def policy(name: str, change: Callable[[Data], None]) -> Changed:
    """An AuthorizationPolicy of the gateway."""
    return Changed(("authorizationpolicy", "istio-ingress", name), change)


def token_rule(**settings: Any) -> Changed:
    """The gateway's check of tokens with other settings; None takes one away."""

    def change(spec: Data) -> None:
        rule: Data = spec["jwtRules"][0]
        for name, value in settings.items():
            if value is None:
                del rule[name]
            else:
                rule[name] = value

    return Changed(("requestauthentication", "istio-ingress", "token"), change)


def route(namespace: str, name: str, **settings: Any) -> Changed:
    """The first route of a VirtualService with other settings."""
    return Changed(("virtualservice", namespace, name), lambda spec: spec["http"][0].update(settings))
