"""Waits until all that Flux follows is Ready, says what is missing and why, ends early when nothing helps."""

from __future__ import annotations

import contextlib
import time
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from platformctl.errors import NotHealthy, StepFailed, Unreachable
from platformctl.live.bootstrap.stuck import Stuck
from platformctl.live.bootstrap.target import FLUX_SYSTEM, Bootstrap
from platformctl.live.flux import Identity, Object, Readiness, State, commit_in, pod_trouble, readiness, short
from platformctl.live.git import GitFailed
from platformctl.live.kinds import GIT_REPOSITORY, HELM_RELEASE, KUSTOMIZATION, POD
from platformctl.live.kubernetes import Cluster
from platformctl.live.reconcile import ask_to_reconcile
from platformctl.live.revisions import behind
from platformctl.steps import Task

SECONDS_BETWEEN_LOOKS = 1.0


@dataclass(frozen=True)
class Look:
    """What Flux's objects said at one moment.

    Attributes:
        source, root: Flux's own GitRepository and Kustomization; None when not there.
        others: the other sources, the Kustomizations and the releases.
        behind: those that are Ready with another revision than their source serves now.
        troubles: ``namespace/pod`` and what is wrong with it.
    """

    source: Readiness | None
    root: Readiness | None
    others: Sequence[Readiness]
    behind: Collection[Identity] = ()
    troubles: Sequence[str] = ()

    @property
    def all(self) -> list[Readiness]:
        """All that is there."""
        return [found for found in (self.source, self.root, *self.others) if found]

    def missing(self, commit: str) -> list[Readiness | str]:
        """What is not Ready yet, or only with an older commit; a string for what does not exist."""
        missing: list[Readiness | str] = []
        for name, found in (("GitRepository", self.source), ("Kustomization", self.root)):
            if found is None:
                missing.append(f"{name}/{FLUX_SYSTEM}/{FLUX_SYSTEM}")
            elif not found.ready or (found.state is State.READY and commit_in(found.revision) != commit):
                missing.append(found)
        return missing + [found for found in self.others if not found.ready or found.identity in self.behind]


def look(kube: Cluster) -> Look:
    """Ask the cluster once."""
    objects = [found for kind in (GIT_REPOSITORY, KUSTOMIZATION, HELM_RELEASE) for found in kube.list(kind)]
    return look_at(objects, kube.list(POD))


def look_at(objects: Sequence[Object], pods: Sequence[Object]) -> Look:
    """Sort objects into a Look."""
    own: dict[str, Readiness] = {}
    others = []
    for found in map(readiness, objects):
        if (found.identity.namespace, found.identity.name) == (FLUX_SYSTEM, FLUX_SYSTEM):
            own[found.identity.kind] = found
        else:
            others.append(found)
    troubles = [
        f"{pod['metadata']['namespace']}/{pod['metadata']['name']} {trouble}"
        for pod in pods
        if (trouble := pod_trouble(pod))
    ]
    return Look(
        own.get("GitRepository"),
        own.get("Kustomization"),
        sorted(others, key=_order),
        behind(objects).keys(),
        troubles,
    )


def wait_until_ready(bootstrap: Bootstrap, task: Task) -> str:
    """Wait until the branch's last commit is what runs; returns how much that is.

    Raises StepFailed with every object that is not Ready and why, early when waiting cannot help.
    """
    settings, kube = bootstrap.settings, bootstrap.kube
    commit = bootstrap.store.fetch_branch(settings.git, settings.branch)
    deadline = time.monotonic() + settings.timeout_seconds
    seen, asked_for, stuck = Look(None, None, ()), "", Stuck()
    while True:
        away: Unreachable | None = None
        try:
            seen = look(kube)
        except Unreachable as error:
            away = error
        missing = seen.missing(commit)
        if not missing and away is None:
            return _note(seen)
        total = len(seen.others) + 2
        task.update(completed=total - len(missing), total=total, detail=_detail(missing, seen.troubles))
        if away is None and (hopeless := stuck.first(seen.all, commit, time.monotonic())):
            raise StepFailed(
                f"{hopeless.identity} fails: {hopeless.reason}: {hopeless.message}",
                place=str(hopeless.identity),
                fix="correct it in Git and push; Flux goes on by itself",
            )
        if time.monotonic() > deadline:
            if away:
                raise away
            raise StepFailed(
                f"after {settings.timeout_seconds:.0f} s not ready: {'; '.join(map(_line, missing))}"
                + (f"; pods: {'; '.join(seen.troubles)}" if seen.troubles else ""),
                fix="platformctl status shows what Flux is doing now",
            )
        if seen.source and commit_in(seen.source.revision) != commit and asked_for != commit:
            asked_for = commit
            with contextlib.suppress(NotHealthy, Unreachable):
                ask_to_reconcile(kube, GIT_REPOSITORY, FLUX_SYSTEM, FLUX_SYSTEM)
        # Somebody may have pushed since; what counts is where the branch is now.
        with contextlib.suppress(GitFailed):
            commit = bootstrap.store.branches(settings.git).get(settings.branch, commit)
        time.sleep(SECONDS_BETWEEN_LOOKS)


def _note(seen: Look) -> str:
    counted = Counter(found.identity.kind for found in seen.all)
    names = {"GitRepository": "sources", "Kustomization": "kustomizations", "HelmRelease": "releases"}
    return ", ".join(f"{counted[kind]} {name}" for kind, name in names.items() if counted[kind]) + " ready"


def _detail(missing: Sequence[Readiness | str], troubles: Sequence[str]) -> str:
    """The most telling line: a pod's trouble, a failure, or else the first object that is missing."""
    if troubles:
        return f"pod {troubles[0]}"
    failed = [found for found in missing if isinstance(found, Readiness) and found.state is State.FAILED]
    first: Readiness | str = failed[0] if failed else missing[0] if missing else ""
    return _line(first)


def _line(found: Readiness | str) -> str:
    if isinstance(found, str):
        return f"{found} is not there yet" if found else ""
    why = found.message or found.reason or "not looked at yet"
    return (
        f"{found.identity}: {why if found.state is not State.READY else f'still at {short(found.revision)}'}"
    )


def _order(found: Readiness) -> Identity:
    return found.identity
