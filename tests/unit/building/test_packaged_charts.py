"""Charts of a chart repository: what the toolchain has is rendered, the rest is left out."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from platformctl.build import Build, Object, ObjectId, build
from platformctl.build.packaged_charts import PACKAGED_CHARTS
from platformctl.build.tools import ToolError
from platformctl.errors import ToolMissing
from platformctl.local.toolchain import Lock
from platformctl.platform.catalogue import CATALOGUE
from tests.unit.building.fakes import FakeTools
from tests.unit.building.test_graph import named, put

RELEASE = "helm.toolkit.fluxcd.io/v2"
SOURCES = "source.toolkit.fluxcd.io/v1"
URL = "oci://registry.example.com/istio-release/charts"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """What a toolchain would have of Istio's charts."""
    base = tmp_path / "toolchain/base"
    base.mkdir(parents=True)
    (base / "Chart.yaml").write_text("name: base\nversion: 1.0.0\nappVersion: 1.0.0\n")
    rendered = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "rendered"}}
    put(base, "templates/all.yaml", rendered)
    return base.parent


class Tools(FakeTools):
    """Says what the chart calls itself, too."""

    def helm_template(self, arguments: Sequence[str]) -> str:
        self.about = yaml.safe_load((Path(arguments[1]) / "Chart.yaml").read_text())
        return super().helm_template(arguments)


def release(**chart: Any) -> dict[str, Any]:
    source = {"kind": "HelmRepository", "name": "istio", "namespace": "flux-system"}
    spec = {"chart": "base", "version": "1.31.1", "sourceRef": source, **chart}
    return named("HelmRelease", "istio-base", api=RELEASE, spec={"chart": {"spec": spec}})


def made(root: Path, charts: Path | None, *items: dict[str, Any], url: str = URL, tools: Any = None) -> Build:
    source = named("HelmRepository", "istio", "flux-system", SOURCES, spec={"type": "oci", "url": url})
    put(root, "clusters/c/all.yaml", source, *items)
    put(root, "clusters/c/kustomization.yaml", {"resources": ["all.yaml"]})
    return build(root, "clusters/c", tools or Tools(), None if charts is None else lambda name: charts)


def rendered(result: Build) -> Object | None:
    return result.find(ObjectId("ConfigMap", "n", "rendered"))


def test_a_chart_of_the_toolchain_is_rendered_as_its_release_would_be(tmp_path: Path, folder: Path) -> None:
    tools = Tools()
    item = release()
    item["spec"]["values"] = {"a": 1}
    found = rendered(made(tmp_path, folder, item, tools=tools))
    assert found is not None
    assert json.loads(found.data["data"]["values"]) == {"a": 1}
    assert (tools.about["version"], tools.about["appVersion"]) == ("1.31.1", "1.31.1")
    assert "1.0.0" in (folder / "base/Chart.yaml").read_text(), "the toolchain's own files stay as they are"


def test_what_it_renders_comes_from_no_file_of_the_repository(tmp_path: Path, folder: Path) -> None:
    found = rendered(made(tmp_path, folder, release()))
    assert found is not None
    assert found.origin.file is None
    assert found.origin.release == ObjectId("HelmRelease", "n", "istio-base")


def test_a_v_before_a_version_means_nothing(tmp_path: Path, folder: Path) -> None:
    assert rendered(made(tmp_path, folder, release(version="v1.31.1"))) is not None


@pytest.mark.parametrize(
    ("chart", "url", "why"),
    [
        ({"version": "1.30.0"}, URL, "of chart base only version 1.31.1 is known, not 1.30.0"),
        ({"version": ">=1.31.0"}, URL, "of chart base only version 1.31.1 is known, not >=1.31.0"),
        ({"version": ""}, URL, "of chart base only version 1.31.1 is known, not the newest"),
        ({"chart": "cni"}, URL, f"the chart cni comes from {URL}"),
        ({}, "oci://registry.example.com/other/charts", "comes from oci://registry.example.com/other/charts"),
        ({}, "https://example.com/istio-release/charts", "https://example.com/istio-release/charts"),
    ],
)
def test_another_chart_is_left_out(
    tmp_path: Path, folder: Path, chart: dict[str, Any], url: str, why: str
) -> None:
    result = made(tmp_path, folder, release(**chart), url=url)
    assert not rendered(result)
    assert [item.name for item in result.left_out] == ["istio-base"]
    assert why in result.notes[-1]
    assert not result.problems


def test_without_the_toolchain_it_is_left_out(tmp_path: Path) -> None:
    result = made(tmp_path, None, release())
    assert [item.name for item in result.left_out] == ["istio-base"]


def test_why_the_toolchain_lacks_it_is_said(tmp_path: Path) -> None:
    def charts(name: str) -> Path:
        raise ToolMissing(f"{name} is not built")

    made(tmp_path, None, release())  # for its files
    result = build(tmp_path, "clusters/c", Tools(), charts)
    assert result.notes[-1].endswith("istio-charts is not built: left out")


def test_a_toolchain_without_this_chart(tmp_path: Path) -> None:
    (tmp_path / "toolchain").mkdir()
    result = made(tmp_path, tmp_path / "toolchain", release())
    assert "there is no chart base in" in result.notes[-1]


def test_a_repository_that_nothing_describes(tmp_path: Path, folder: Path) -> None:
    source = {"kind": "HelmRepository", "name": "nowhere"}
    result = made(tmp_path, folder, release(sourceRef=source))
    assert "the chart comes from HelmRepository nowhere" in result.notes[-1]


def test_helm_refusing_points_at_the_release(tmp_path: Path, folder: Path) -> None:
    class Refusing(FakeTools):
        def helm_template(self, arguments: Sequence[str]) -> str:
            raise ToolError("Error: execution error at (base/templates/all.yaml:3:4): unknown profile")

    (problem,) = made(tmp_path, folder, release(), tools=Refusing()).problems
    assert problem.place is None
    assert problem.field == ("spec", "values")
    assert problem.message == "the chart's templates/all.yaml: unknown profile"


def test_a_kind_that_its_definition_puts_into_no_namespace(tmp_path: Path) -> None:
    """The release is rendered before the definition is known, and Helm's namespace must not stay."""
    definition = named(
        "CustomResourceDefinition",
        "issuers",
        api="apiextensions.k8s.io/v1",
        spec={"group": "example.com", "scope": "Cluster", "names": {"kind": "Issuer"}, "versions": []},
    )
    (tmp_path / "charts/one").mkdir(parents=True)
    (tmp_path / "charts/one/Chart.yaml").write_text("name: one\n")
    issuer = {"apiVersion": "example.com/v1", "kind": "Issuer", "metadata": {"name": "platform"}}
    put(tmp_path, "charts/one/templates/all.yaml", issuer)
    here = {"kind": "GitRepository", "name": "flux-system", "namespace": "flux-system"}
    result = made(tmp_path, None, release(chart="./charts/one", sourceRef=here), definition)
    assert result.find(ObjectId("Issuer", "", "platform"))


def test_no_chart_is_there_twice() -> None:
    names = [(chart.path, chart.name, chart.version) for chart in PACKAGED_CHARTS]
    assert len(names) == len(set(names))


def test_every_chart_that_a_platform_uses_is_known() -> None:
    used = [component.chart for component in CATALOGUE.values() if component.chart]
    known = {(chart.path, chart.name, chart.version) for chart in PACKAGED_CHARTS}
    assert {(chart.repository.path, chart.name, chart.version) for chart in used} == known


def test_the_toolchain_has_their_folders() -> None:
    folders = {name for part in Lock.read().parts for name in part.folders}
    assert {chart.folder for chart in PACKAGED_CHARTS} <= folders
