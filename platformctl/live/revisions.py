"""Which of Flux's objects do not run what their source serves yet; pure functions over objects as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from platformctl.live.flux import Identity, Object, commit_in, revision_of

# So many digits of the commit source-controller writes into a chart's version: a label's value has no room
# for all of them.
DIGITS_IN_VERSION = 12


def behind(objects: Sequence[Object]) -> dict[Identity, str]:
    """The Kustomizations and releases that last brought another revision than their GitRepository serves now.

    Each with that revision, as ``main@sha1:...``. Flux leaves such an object Ready until it comes to it. What
    somebody suspended is not behind, nor is a release whose chart does not follow the revision.
    """
    served = {
        Identity.of(found): revision_of(found) for found in objects if found.get("kind") == "GitRepository"
    }
    found_behind = {}
    for found in objects:
        source = _source(found)
        revision = served.get(source, "") if source else ""
        if commit_in(revision) and not stands_at(revision_of(found), commit_in(revision)):
            found_behind[Identity.of(found)] = revision
    return found_behind


def stands_at(revision: str, commit: str) -> bool:
    """Whether ``main@sha1:0123...``, or a chart's version as ``0.1.0+0123456789ab``, is of this commit.

    The version has the commit in it with ``reconcileStrategy: Revision``, whether the chart changed or not;
    after it, with a dot, comes the generation of a chart that names files of values.
    """
    if "@" in revision:
        return commit_in(revision) == commit
    return revision.partition("+")[2].partition(".")[0] == commit[:DIGITS_IN_VERSION]


def _source(found: Object) -> Identity | None:
    """The source that an object follows commit by commit, if it does."""
    spec: Mapping[str, Any] = found.get("spec", {})
    if found.get("kind") == "HelmRelease":
        chart: Mapping[str, Any] = (spec.get("chart") or {}).get("spec", {})
        reference = chart.get("sourceRef") if chart.get("reconcileStrategy") == "Revision" else None
    else:
        reference = spec.get("sourceRef")
    if not reference or spec.get("suspend"):
        return None
    namespace = reference.get("namespace") or Identity.of(found).namespace
    return Identity(reference.get("kind", ""), namespace, reference.get("name", ""))
