"""When an upstream chart is packed anew, and what is said when it cannot be."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from platformctl.errors import ConfigError, StepFailed
from platformctl.local.images import catalogue
from platformctl.local.images.buildah import Buildah
from platformctl.local.images.chart import Chart
from platformctl.local.images.distribution import Distribution
from platformctl.local.images.image import Workshop
from platformctl.local.images.name import ImageName

NAME = ImageName.parse("gcr.io/istio-release/charts/base:1.31.1")


def chart(folder: Path, app_version: str = "1.31.1", helm: Path = Path("/bin/false")) -> Chart:
    return Chart(app_version, lambda: folder, lambda: helm, frozenset({"istio-charts", "helm"}))


def test_a_chart_is_packed_anew_when_a_file_a_name_or_the_stamp_changes(tmp_path: Path) -> None:
    (tmp_path / "Chart.yaml").write_text("name: base\n")
    seen = {chart(tmp_path).inputs(), chart(tmp_path, "1.31.2").inputs()}
    (tmp_path / "Chart.yaml").write_text("name: bass\n")
    seen.add(chart(tmp_path).inputs())
    (tmp_path / "Chart.yaml").rename(tmp_path / "chart.yaml")
    seen.add(chart(tmp_path).inputs())
    assert len(seen) == 4
    (tmp_path / "chart.yaml").touch()
    assert chart(tmp_path).inputs() in seen


def test_what_helm_said_is_in_the_log_and_the_users_helm_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HELM_REGISTRY_CONFIG", "/root/secret.json")
    helm = tmp_path / "helm"
    helm.write_text('#!/bin/sh\necho "$1 [$HELM_REGISTRY_CONFIG]"; exit 3\n')
    helm.chmod(0o755)
    with Distribution("http://127.0.0.1:9") as registry:
        workshop = Workshop(registry, Buildah(tmp_path, {}), tmp_path, tmp_path / "scratch")
        with pytest.raises(StepFailed, match=r"helm could not package the chart base 1\.31\.1") as caught:
            chart(tmp_path, helm=helm).make(NAME, workshop)
    assert caught.value.log is not None
    assert caught.value.log.read_text() == "package []\n"


def test_a_chart_that_packages_do_not_have_is_named_with_those_that_they_have() -> None:
    nothing: Any = None
    for wanted in (f"{NAME.registry}/{NAME.repository}:1.0.0", "example.com/charts/other:1"):
        with pytest.raises(ConfigError, match=r"has no chart .*it has istio-release/charts/base 1\.31\.1"):
            catalogue.charts(nothing, [wanted])
