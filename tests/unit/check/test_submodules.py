"""Submodules that Flux would leave empty, or could not fetch."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from platformctl.build import Build, Object, Origin, Submodule
from platformctl.check import CHECKS, Cluster, Finding, Schemas

KUSTOMIZATION = "clusters/c/flux-system/kustomization.yaml"
ON = {"recurseSubmodules": True}
GIT = "https://git.example.com/platform.git"


def source(name: str = "flux-system", **spec: Any) -> Object:
    metadata = {"name": name, "namespace": "flux-system"}
    return Object({"kind": "GitRepository", "metadata": metadata, "spec": spec}, Origin("sources.yaml"))


def release(source: str = "flux-system") -> Object:
    reference = {"kind": "GitRepository", "name": source, "namespace": "flux-system"}
    return Object(
        {
            "apiVersion": "helm.toolkit.fluxcd.io/v2",
            "kind": "HelmRelease",
            "metadata": {"name": "r", "namespace": "n"},
            "spec": {"chart": {"spec": {"chart": "./components/api/chart", "sourceRef": reference}}},
        },
        Origin("r.yaml"),
    )


@pytest.fixture
def built(tmp_path: Path) -> Build:
    file = tmp_path / KUSTOMIZATION
    file.parent.mkdir(parents=True)
    file.write_text("kind: Kustomization\npatches: []\n")
    submodule = Submodule("components/api", "https://git.example.com/api.git", "0" * 40, 3)
    return Build(tmp_path, "clusters/c", objects=[release()], submodules=[submodule])


def run(built: Build, code: str) -> list[Finding]:
    return CHECKS[code].run(Cluster(built, Schemas()))


@pytest.mark.parametrize("spec", [None, {}, {"recurseSubmodules": False}])
def test_a_source_that_leaves_a_wanted_submodule_empty(built: Build, spec: dict[str, Any] | None) -> None:
    built.source = None if spec is None else source(**spec)
    (finding,) = run(built, "submodule/recurse")
    assert str(finding.place) == f"{KUSTOMIZATION}:2"
    assert "leaves components/api empty, which HelmRelease n/r reads" in finding.message


def test_a_source_that_recurses(built: Build) -> None:
    built.source = source(**ON)
    assert run(built, "submodule/recurse") == []


def test_a_submodule_that_nobody_reads(built: Build) -> None:
    built.objects.clear()
    built.source = source()
    assert run(built, "submodule/recurse") == run(built, "submodule/url") == []


def test_a_source_of_our_own_is_found_where_it_stands(built: Build) -> None:
    built.objects[:] = [release("mine"), source("mine", url=GIT), source(url=GIT)]
    built.source = source(**ON)
    (finding,) = run(built, "submodule/recurse")
    assert finding.place is not None
    assert finding.place.file == "sources.yaml"


def test_a_patch_keeps_submodules_on(built: Build) -> None:
    built.source = source(**ON)
    (finding,) = run(built, "submodule/kept")
    assert str(finding.place) == f"{KUSTOMIZATION}:2"
    (built.root / KUSTOMIZATION).write_text(
        "patches:\n  - target: {kind: GitRepository, name: flux-system}\n"
        "    patch: '[{op: add, path: /spec/recurseSubmodules, value: true}]'\n"
    )
    assert run(built, "submodule/kept") == []


@pytest.mark.parametrize(
    ("parent", "url", "message"),
    [
        (GIT, "../api.git", "is relative"),
        (GIT, "git@git.example.com:api.git", "wants an SSH key"),
        (GIT, "/srv/api.git", "cannot fetch from /srv/api.git"),
        ("ssh://git@git.example.com/p.git", "https://git.example.com/api.git", "the parent's SSH key"),
        ("", "../api.git", "is relative"),
        ("", "", "has no url"),
    ],
)
def test_a_url_that_flux_cannot_fetch(built: Build, parent: str, url: str, message: str) -> None:
    built.source = source(url=parent, **ON)
    built.submodules = [Submodule("components/api", url, "0" * 40, 3)]
    (finding,) = run(built, "submodule/url")
    assert str(finding.place) == ".gitmodules:3"
    assert message in finding.message


@pytest.mark.parametrize("url", ["https://git.example.com/api.git", "https://elsewhere.example.com/api.git"])
def test_a_url_that_flux_fetches(built: Build, url: str) -> None:
    built.source = source(url=GIT, **ON)
    built.submodules = [Submodule("components/api", url, "0" * 40, 3)]
    assert run(built, "submodule/url") == []
