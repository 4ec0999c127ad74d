"""The upstream charts that packages have, under the names of their registries."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from pathlib import Path

from platformctl.build.packaged_charts import PACKAGED_CHARTS, PackagedChart
from platformctl.errors import ConfigError
from platformctl.local.images.catalogue.making import Binaries
from platformctl.local.images.chart import Chart
from platformctl.local.images.image import Image
from platformctl.local.images.name import ImageName


def charts(toolchain: Binaries, names: Iterable[str]) -> list[Image]:
    """The charts with these names and versions, such as ``quay.io/jetstack/charts/cert-manager:v1.21.2``.

    Raises:
        ConfigError: a chart that no package has.
    """
    return [_chart(toolchain, ImageName.parse(name)) for name in names]


def _chart(toolchain: Binaries, name: ImageName) -> Image:
    known = {(f"{chart.path}/{chart.name}", chart.version): chart for chart in PACKAGED_CHARTS}
    chart = known.get((name.repository, name.tag))
    if chart is None:
        have = ", ".join(f"{path} {version}" for path, version in known)
        raise ConfigError(
            f"the embedded cluster has no chart {name.repository} {name.tag}; it has {have}",
            fix="run the platform on a cluster that reaches the chart's registry",
        )
    recipe = Chart(
        chart.app_version,
        partial(_source, toolchain, chart),
        partial(toolchain.binary, "helm"),
        frozenset({chart.folder, "helm"}),
    )
    return Image(name, recipe)


def _source(toolchain: Binaries, chart: PackagedChart) -> Path:
    return toolchain.folder(chart.folder) / chart.inside
