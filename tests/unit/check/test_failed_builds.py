"""What a build already knows, as findings."""

from __future__ import annotations

from pathlib import Path

import pytest

from platformctl.build import Build, BuildProblem, Object, Origin, Place, Undefined
from platformctl.build.graph import ROOT
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


def test_a_wrong_value_is_named_with_what_was_meant(built: Build) -> None:
    field = ("spec", "chart", "spec", "chart")
    built.problems.append(
        BuildProblem("build/helm", "is no value", release(), field=field, known=("charts", "x"))
    )
    (finding,) = findings(built)
    assert (str(finding.place), finding.path) == ("r.yaml:7", "spec.chart.spec.chart")
    assert finding.fix == 'did you mean "charts"?'


def test_what_is_wrong_in_a_file_is_not_said_of_a_field(built: Build) -> None:
    built.problems.append(BuildProblem("build/helm", "it says no", release(), Place("x.yaml", 0)))
    (finding,) = findings(built)
    assert (str(finding.place), finding.path) == ("x.yaml", "")
    assert finding.message == "does not build: it says no"


def kustomization(name: str, path: str) -> Object:
    metadata = {"name": name, "namespace": "flux-system"}
    api = "kustomize.toolkit.fluxcd.io/v1"
    data = {"apiVersion": api, "kind": "Kustomization", "metadata": metadata, "spec": {"path": path}}
    return Object(data, Origin("k.yaml"))


def test_a_folder_that_swallows_others_is_told_instead_of_what_is_applied_twice(built: Build) -> None:
    inner = kustomization("inner", "./clusters/test/inner")
    config = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c", "namespace": "default"}}
    built.objects += [inner, Object(config, Origin("x.yaml")), Object(config, Origin("x.yaml", inner.id))]
    twice = [finding.code for finding in findings(built) if finding.code.startswith("ownership")]
    assert twice == ["ownership/twice"]
    built.loose = {ROOT: "clusters/test"}
    (finding,) = [finding for finding in findings(built) if finding.code.startswith("ownership")]
    assert (finding.code, str(finding.place)) == ("ownership/folder", "clusters/test/kustomization.yaml")
    assert "Kustomization flux-system/inner" in finding.message


def test_a_cluster_that_applies_nothing(built: Build) -> None:
    (built.root / "kustomization.yaml").write_text("resources: [empty.yaml]\n")
    (built.root / "empty.yaml").write_text("# nothing\n")
    built.files = {ROOT: ["kustomization.yaml", "empty.yaml"]}
    built.idle = ["clusters/test/a"]
    (finding,) = findings(built)
    assert (finding.code, str(finding.place)) == ("ownership/idle", "empty.yaml")
    assert "clusters/test/a" in finding.message
    built.objects.append(kustomization("b", "./clusters/test/b"))
    assert "ownership/idle" not in {finding.code for finding in findings(built)}


def test_what_a_chart_from_elsewhere_renders_is_found_at_its_release(built: Build) -> None:
    (built.root / "r.yaml").write_text(FILE + "  values:\n    a: 1\n")
    built.objects += [release(), Object({"kind": "Service"}, Origin(None, release=release().id))]
    found = Cluster(built, Schemas()).at(built.objects[1], "spec", "ports").finding("is wrong")
    assert found.place == Place("r.yaml", 8)
