"""Everything that would make a bootstrap fail later, looked at before anything is changed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from platformctl.build.git_urls import loopback_flaw
from platformctl.live.bootstrap.decryption import SECRET_NAME, secret_problems
from platformctl.live.bootstrap.problems import PreflightFailed, Problem
from platformctl.live.bootstrap.submodule_preflight import check_submodules
from platformctl.live.bootstrap.target import FLUX_SYSTEM, Bootstrap, Settings
from platformctl.live.git import GitFailed, GitStore
from platformctl.live.kinds import CUSTOM_RESOURCE_DEFINITION, GIT_REPOSITORY, KUSTOMIZATION, SECRET, Kind
from platformctl.live.kubernetes import Cluster
from platformctl.platform import SECRETS
from platformctl.steps import Task

# What ``flux check`` demands of the API server (flux2 v2.7).
OLDEST_KUBERNETES = (1, 32)
ACCESS_REVIEW = Kind("authorization.k8s.io/v1", "SelfSubjectAccessReview")


def preflight(bootstrap: Bootstrap, task: Task) -> str:
    """Raise PreflightFailed with all that blocks, or return a note of what was found well.

    What does not block is left in ``bootstrap.notices``.
    """
    settings, store = bootstrap.settings, bootstrap.store
    task.update(detail=f"cluster {bootstrap.kube.server}")
    problems = list(cluster_problems(bootstrap.kube, settings))
    task.update(detail=settings.git.url)
    commit = None
    for found in git_problems(store, settings):
        if isinstance(found, Problem):
            problems.append(found)
        else:
            commit = found
    submodules = 0
    if commit:
        key = bootstrap.kube.get(SECRET, SECRET_NAME, FLUX_SYSTEM)
        problems += secret_problems(settings, _secrets(store, settings, commit), key_is_there=key is not None)
        for checked in check_submodules(store, settings.git, commit, settings.trusted_hosts):
            task.update(detail=f"submodule {checked.path}")
            problems += checked.problems
            submodules += 1
    if stale := settings.rendered():
        problems.append(
            Problem("render/stale", stale, "platformctl render, then commit and push", blocking=False)
        )
    if any(problem.blocking for problem in problems):
        raise PreflightFailed(problems)
    bootstrap.notices[:] = problems
    readable = f", {submodules} submodules readable" if submodules else ", no submodules"
    return f"Kubernetes {bootstrap.kube.version}, Git writable{readable}"


def cluster_problems(kube: Cluster, settings: Settings) -> Iterator[Problem]:
    """What is wrong with the cluster: its version, our rights, a Flux that belongs to somebody else."""
    yield from version_problems(kube.version, kube.server)
    review = kube.create(
        {
            "apiVersion": ACCESS_REVIEW.api_version,
            "kind": ACCESS_REVIEW.name,
            "spec": {"resourceAttributes": {"verb": "*", "group": "*", "resource": "*"}},
        }
    )
    if not review.get("status", {}).get("allowed"):
        yield Problem(
            "cluster/forbidden",
            "this kubeconfig may not do everything in the cluster, which Flux's own roles require",
            "use one that is bound to cluster-admin",
            kube.server,
        )
    yield from installation_problems(
        settings,
        crd=kube.get(CUSTOM_RESOURCE_DEFINITION, "gitrepositories.source.toolkit.fluxcd.io"),
        source=kube.get(GIT_REPOSITORY, FLUX_SYSTEM, FLUX_SYSTEM),
        root=kube.get(KUSTOMIZATION, FLUX_SYSTEM, FLUX_SYSTEM),
    )


def version_problems(version: str, server: str) -> Iterator[Problem]:
    """A Kubernetes that is too old, from its version as ``v1.34.4``."""
    numbers = re.match(r"v?(\d+)\.(\d+)", version)
    if numbers and (int(numbers[1]), int(numbers[2])) < OLDEST_KUBERNETES:
        oldest = ".".join(map(str, OLDEST_KUBERNETES))
        yield Problem(
            "cluster/version",
            f"Kubernetes {version} is older than {oldest}, the oldest that Flux supports",
            f"upgrade the cluster to {oldest} or later",
            server,
        )


def installation_problems(
    settings: Settings,
    *,
    crd: dict[str, object] | None,
    source: dict[str, object] | None,
    root: dict[str, object] | None,
) -> Iterator[Problem]:
    """A Flux in the cluster that another tool or another repository owns, from its objects (None: absent)."""
    labels = _at(crd, "metadata", "labels") or {}
    manager = labels.get("app.kubernetes.io/managed-by") if isinstance(labels, dict) else None
    if manager and manager != "flux":
        yield Problem(
            "cluster/foreign-flux",
            f"Flux in this cluster is installed by {manager}, which would undo what bootstrap does",
            f"remove it with {manager} first, or leave Flux to it",
            f"CustomResourceDefinition/{_at(crd, 'metadata', 'name')}",
        )
    if settings.replace_source:
        return
    url, path = _at(source, "spec", "url"), _at(root, "spec", "path")
    if url and _repository(str(url)) != _repository(settings.git.url):
        yield Problem(
            "cluster/other-repository",
            f"Flux in this cluster follows {url}; moved to another repository it deletes what it brought",
            "check that this is the cluster you mean; to move it on purpose:"
            f" platformctl bootstrap --cluster {settings.cluster} --replace-source",
            f"GitRepository/{FLUX_SYSTEM}/{FLUX_SYSTEM}",
        )
    if path and str(path).removeprefix("./").strip("/") != settings.path:
        # The flux CLI refuses this one by itself, so that there is no flag for it.
        yield Problem(
            "cluster/other-path",
            f"Flux in this cluster follows the folder {path}, not {settings.path}",
            "check --cluster and --context",
            f"Kustomization/{FLUX_SYSTEM}/{FLUX_SYSTEM}",
        )


def git_problems(store: GitStore, settings: Settings) -> Iterator[Problem | str]:
    """What is wrong with the repository; besides problems it yields the id of the branch's commit."""
    access, branch = settings.git, settings.branch
    if urlsplit(access.url).scheme not in ("https", "http", "ssh"):
        yield Problem(
            "git/url",
            f"{access.url} is no URL that the flux CLI takes",
            "give an https:// or ssh:// URL",
            access.url,
        )
        return
    if flaw := loopback_flaw(access.url):
        yield Problem(f"git/{flaw.code}", flaw.message, flaw.fix, access.url)
    try:
        branches = store.branches(access)
    except GitFailed as error:
        yield Problem(
            "git/unreadable", f"the repository cannot be read: {error.message}", _rights(settings), access.url
        )
        return
    if branch not in branches:
        there = f"it has {', '.join(sorted(branches)[:5])}" if branches else "it is empty"
        yield Problem(
            "git/no-branch",
            f'the repository has no branch "{branch}": {there}',
            f"git push {access.url} HEAD:{branch}"
            if not branches
            else "push the branch, or name another with --branch",
            access.url,
        )
        return
    commit = store.fetch_branch(access, branch)
    yield commit
    try:
        store.may_push(access, commit)
    except GitFailed as error:
        yield Problem(
            "git/read-only",
            f"these credentials may not push, and flux bootstrap commits its manifests: {error.message}",
            _rights(settings),
            access.url,
        )
    yield from _tree_problems(store, settings, commit)


def _secrets(store: GitStore, settings: Settings, commit: str) -> dict[str, str]:
    """The files of the cluster's folder of secrets, by path."""
    folder = f"{settings.path}/{SECRETS}/"
    paths = [entry.path for entry in store.tree(commit) if entry.path.startswith(folder)]
    return {path: store.read(commit, path) or "" for path in paths if path.endswith(".yaml")}


def _tree_problems(store: GitStore, settings: Settings, commit: str) -> Iterator[Problem]:
    paths = [entry.path for entry in store.tree(commit)]
    if not any(path.startswith(f"{settings.path}/") for path in paths):
        there = sorted(
            {path.split("/")[1] for path in paths if re.match(r"clusters/[^/]+/", path)} - {"base"}
        )
        yield Problem(
            "git/no-cluster",
            f"there is no {settings.path} on {settings.branch}"
            + (f"; there are {', '.join(there)}" if there else ""),
            "platformctl render, then commit and push; or name another with --cluster",
            settings.path,
        )
        return
    place = f"{settings.path}/kustomization.yaml"
    text = store.read(commit, place)
    if text is None:
        # Without one Flux writes its own over all files of the folder, flux-system with them.
        return
    try:
        resources = (YAML(typ="safe").load(text) or {}).get("resources") or []
    except (YAMLError, AttributeError) as error:
        yield Problem(
            "git/kustomization", f"it is no kustomization: {str(error).splitlines()[0]}", "correct it", place
        )
        return
    if not any(str(resource).strip("./").startswith(FLUX_SYSTEM) for resource in resources):
        yield Problem(
            "git/flux-system-left-out",
            "flux-system is not in resources, so that Flux would not keep its own source in order",
            "add flux-system to resources, commit and push",
            place,
        )


def _repository(url: str) -> tuple[str, str]:
    """What a URL names, whoever asks: the flux CLI writes the user into an ssh URL."""
    parts = urlsplit(url)
    return parts.netloc.rpartition("@")[2], parts.path.strip("/")


def _rights(settings: Settings) -> str:
    access = settings.git
    if access.over_http:
        return (
            f"check the URL, and that user {access.username} with this token may push"
            if access.password
            else "give --username and a token in GIT_PASSWORD"
        )
    return "check the URL, and that the SSH key may push"


def _at(found: dict[str, object] | None, *keys: str) -> object:
    value: object = found
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value
