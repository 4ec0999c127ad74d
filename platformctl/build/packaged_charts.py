"""Charts of others that releases take from a chart repository, and where the toolchain has their files."""

from __future__ import annotations

import re
import shutil
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from platformctl.build.documents import Data, NotYaml, dump, load_one
from platformctl.errors import ToolMissing

ChartFolders = Callable[[str], Path]
"""A folder of the toolchain by its name; raises ToolMissing where it is not there and cannot be had."""


@dataclass(frozen=True)
class PackagedChart:
    """One version of a chart that somebody else publishes.

    Attributes:
        path: of the repository's URL, behind the registry's name: mirrors have another name in front of it.
        name: of the chart in that repository.
        version: as its maker stamps it at a release; the sources say something else.
        app_version: likewise.
        folder: of the toolchain.
        inside: the chart's place in that folder.
    """

    path: str
    name: str
    version: str
    app_version: str
    folder: str
    inside: str = "."

    def unpacked(self, folders: ChartFolders, to: Path) -> Path:
        """The chart with its versions, as a package of it would have them, in a folder below ``to``.

        Raises:
            ToolMissing: the toolchain's folder is not there, or holds no such chart.
        """
        source = folders(self.folder) / self.inside
        try:
            about = load_one((source / "Chart.yaml").read_text(encoding="utf-8"))
        except (OSError, NotYaml) as error:
            raise ToolMissing(f"there is no chart {self.name} in {source}") from error
        chart = to / f"{self.name}-{self.version}" / self.name
        shutil.copytree(source, chart)
        stamped = {**about, "version": self.version, "appVersion": self.app_version}
        # Copied from a cache that may be read-only.
        (chart / "Chart.yaml").chmod(0o644)
        (chart / "Chart.yaml").write_text(dump(stamped), encoding="utf-8")
        return chart


_ISTIO = "istio-release/charts"

PACKAGED_CHARTS = (
    PackagedChart(_ISTIO, "base", "1.31.1", "1.31.1", "istio-charts", "base"),
    PackagedChart(_ISTIO, "istiod", "1.31.1", "1.31.1", "istio-charts", "istio-control/istio-discovery"),
    PackagedChart(_ISTIO, "gateway", "1.31.1", "1.31.1", "istio-charts", "gateway"),
    PackagedChart("jetstack/charts", "cert-manager", "v1.21.2", "v1.21.2", "cert-manager-chart"),
)


class PackagedCharts:
    """Those of them that a build asked for; a chart is unpacked once.

    Args:
        folders: where they come from; None where none is to be had.
        scratch: a folder that the build throws away.
    """

    def __init__(self, folders: ChartFolders | None, scratch: Path) -> None:
        self._folders = folders
        self._scratch = scratch
        self._unpacked: dict[PackagedChart, Path | ToolMissing] = {}
        self._one_at_a_time = threading.Lock()

    def find(self, repository: Data, chart: str, version: str) -> Path:
        """The folder of a chart.

        Args:
            repository: the spec of a HelmRepository.
            version: as the release asks for it; only an exact one is found.

        Raises:
            ToolMissing: it is not to be had here, and why.
        """
        url = str(repository.get("url") or "")
        path = re.sub(r"^oci://[^/]+/", "", url).strip("/")
        known = [one for one in PACKAGED_CHARTS if (one.path, one.name) == (path, chart)]
        if not known:
            raise ToolMissing(f"the chart {chart} comes from {url or 'a repository without a URL'}")
        packaged = next((one for one in known if _plain(one.version) == _plain(version)), None)
        if packaged is None:
            have = ", ".join(one.version for one in known)
            raise ToolMissing(f"of chart {chart} only version {have} is known, not {version or 'the newest'}")
        if self._folders is None:
            raise ToolMissing(f"the chart {chart} comes from {url}")
        with self._one_at_a_time:
            if packaged not in self._unpacked:
                try:
                    self._unpacked[packaged] = packaged.unpacked(self._folders, self._scratch / "charts")
                except ToolMissing as error:
                    self._unpacked[packaged] = error
            found = self._unpacked[packaged]
        if isinstance(found, ToolMissing):
            raise found
        return found


def _plain(version: str) -> str:
    """Helm takes v1.2.3 and 1.2.3 for the same."""
    return version.strip().removeprefix("v")
