"""What a build already knows, as findings."""

from __future__ import annotations

from pathlib import Path

import pytest

from platformctl.build import Build, BuildProblem, Object, Origin, Place, Undefined
from platformctl.check import CHECKS, Cluster, Finding, Schemas, Severity, run_checks

FILE = """\
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: r, namespace: n}
spec:
  chart:
    spec:
      chart: ./gone
"""


@pytest.fixture
def built(tmp_path: Path) -> Build:
    (tmp_path / "r.yaml").write_text(FILE)
    return Build(tmp_path, "clusters/test")


def release() -> Object:
    metadata = {"name": "r", "namespace": "n"}
    return Object({"kind": "HelmRelease", "metadata": metadata, "spec": {}}, Origin("r.yaml"))


def findings(built: Build) -> list[Finding]:
    return run_checks(Cluster(built, Schemas()))


@pytest.mark.parametrize("code", sorted(code for code in CHECKS if code.startswith("build/")))
def test_every_problem_of_a_build_is_one_finding(built: Build, code: str) -> None:
    built.problems.append(BuildProblem(code, "it says no", release()))
    (finding,) = findings(built)
    severity = Severity.WARNING if code == "build/remote" else Severity.ERROR
    assert (finding.code, finding.severity, finding.message) == (code, severity, "it says no")
    assert finding.object == "HelmRelease n/r"


def test_a_missing_chart_is_found_where_it_is_named(built: Build) -> None:
    built.problems.append(BuildProblem("build/chart", "there is no chart", release()))
    (finding,) = findings(built)
    assert str(finding.place) == "r.yaml:7"


def test_a_problem_of_the_cluster_itself(built: Build) -> None:
    built.problems.append(BuildProblem("build/kustomize", "it says no", None))
    (finding,) = findings(built)
    assert (finding.object, finding.place) == ("cluster test", None)


def test_a_problem_is_found_where_its_cause_stands(built: Build) -> None:
    where = Place("apps/kustomization.yaml", 3)
    built.problems += [
        BuildProblem("build/kustomize", "it says no", release(), where),
        BuildProblem("build/kustomize", "it says no", None, where),
    ]
    assert [finding.place for finding in findings(built)] == [where, where]


def test_an_undefined_variable(built: Build) -> None:
    kustomization = Object({"kind": "Kustomization", "metadata": {"name": "k"}}, Origin("k.yaml"))
    built.undefined.append(Undefined("DOMAIN", release(), kustomization))
    (finding,) = findings(built)
    assert finding.code == "substitution/undefined"
    assert "uses ${DOMAIN}, which Kustomization k does not set" in finding.message
    assert "${DOMAIN:=...}" in finding.fix
