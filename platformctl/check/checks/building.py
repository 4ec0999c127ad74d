"""What Flux would fail to build."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator

from platformctl.build import Object
from platformctl.check.checks.secrets import committed
from platformctl.check.cluster import UNSET, Cluster
from platformctl.check.finding import Finding, Severity
from platformctl.check.near import suggestion
from platformctl.check.registry import check


def _failed(
    cluster: Cluster,
    code: str,
    field: Callable[[Object], tuple[str, ...]],
    said_elsewhere: Container[str] = (),
) -> Iterator[Finding]:
    """The problems of a code as findings; not those of a missing file that another check reports."""
    for problem in cluster.problems:
        if problem.code != code or (problem.missing and problem.missing in said_elsewhere):
            continue
        fix = suggestion(str(problem.field[-1]), problem.known) if problem.field else ""
        if problem.place is not None:
            # What is wrong is in that file, not in a field of the object that fails.
            name = str(problem.object.id) if problem.object else f"cluster {cluster.name}"
            message = f"does not build: {problem.message}"
            yield Finding(UNSET, Severity.ERROR, name, "", message, problem.place, fix)
        elif problem.object is None:
            name = f"cluster {cluster.name}"
            yield Finding(UNSET, Severity.ERROR, name, "", problem.message, None)
        else:
            where = problem.field or field(problem.object)
            yield cluster.at(problem.object, *where).finding(problem.message, fix)


@check("build/kustomize")
def kustomize_builds(cluster: Cluster) -> Iterator[Finding]:
    """Every Kustomization's path must build, from files of the repository alone.

    Flux keeps what ran before and applies nothing new from it. It refuses paths that lead out of the
    repository, and leaves symbolic links out of what it reads.
    """
    return _failed(
        cluster,
        "build/kustomize",
        lambda _: ("spec", "path"),
        said_elsewhere={file for _, file in committed(cluster)},  # secret/missing knows how they are made
    )


@check("build/remote", Severity.WARNING)
def nothing_is_remote(cluster: Cluster) -> Iterator[Finding]:
    """What a kustomization.yaml takes from another host is not looked at.

    Flux fetches it at every build, unless it runs with ``--no-remote-bases``: then the build fails, as it
    does whenever that host does not answer. A copy in the repository, or a source of Flux's own, is pinned.
    """
    return _failed(cluster, "build/remote", lambda _: ("spec", "path"))


@check("build/substitution")
def substitution_works(cluster: Cluster) -> Iterator[Finding]:
    """Every ``${...}`` must be an expression that Flux's substitution knows.

    One that it does not know fails the whole Kustomization. A script in a ConfigMap needs ``$${...}``, or
    the annotation ``kustomize.toolkit.fluxcd.io/substitute: disabled``.
    """
    return _failed(cluster, "build/substitution", lambda _: ("spec", "postBuild"))


@check("build/values")
def values_are_there(cluster: Cluster) -> Iterator[Finding]:
    """What ``valuesFrom`` names must hold values."""
    return _failed(cluster, "build/values", lambda _: ("spec", "valuesFrom"))


@check("build/chart")
def chart_is_there(cluster: Cluster) -> Iterator[Finding]:
    """A chart that a HelmRelease takes from the repository must be there.

    In a submodule it is only there if the GitRepository recurses into submodules.
    """
    return _failed(cluster, "build/chart", lambda _: ("spec", "chart", "spec", "chart"))


@check("build/helm")
def release_renders(cluster: Cluster) -> Iterator[Finding]:
    """Every HelmRelease must render with its values."""
    return _failed(cluster, "build/helm", lambda _: ("spec",))
