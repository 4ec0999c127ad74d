"""Upstream Helm charts, packed from the projects' own modules and kept in the same registry as the images."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from platformctl.errors import StepFailed
from platformctl.local.children import ends_with_us
from platformctl.local.digest import file_digest
from platformctl.local.images.digests import DigestOf
from platformctl.local.images.image import Workshop
from platformctl.local.images.layer import fingerprint, tree
from platformctl.local.images.name import ImageName


@dataclass(frozen=True)
class Chart:
    """A chart as `helm push` stores it; its version is the tag of its name.

    Attributes:
        app_version: of the program that it installs.
        source: gives the chart's folder; called late, because it may not be fetched yet.
        helm: gives the program.
        made_of: the toolchain's names for both.
    """

    app_version: str
    source: Callable[[], Path]
    helm: Callable[[], Path]
    made_of: frozenset[str]

    def bases(self) -> set[ImageName]:
        return set()

    def tools(self) -> set[str]:
        return set(self.made_of)

    def inputs(self, digest_of: DigestOf = file_digest) -> str:
        # Without helm's own digest: packed by a newer one it is the same chart, but Flux would upgrade.
        return f"{self.app_version} {fingerprint(tree(self.source(), ''), digest_of)}"

    def make(self, name: ImageName, workshop: Workshop) -> None:
        folder, _, chart = name.repository.rpartition("/")
        log = workshop.logs / f"chart-{chart}.log"
        workshop.scratch.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=workshop.scratch) as place, log.open("wb") as output:
            packed = Path(place) / f"{chart}-{name.tag}.tgz"
            address = workshop.registry.url.replace("http://", "oci://", 1)
            stamps = ("--version", name.tag, "--app-version", self.app_version)
            for command in (
                ("package", *stamps, "--destination", place, str(self.source())),
                ("push", "--plain-http", str(packed), f"{address}/{folder}"),
            ):
                ended = subprocess.run(
                    [*ends_with_us(), str(self.helm()), *command],
                    env=_environment(place),
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    check=False,
                )
                if ended.returncode != 0:
                    raise StepFailed(f"helm could not {command[0]} the chart {chart} {name.tag}", log=log)


def _environment(home: str) -> dict[str, str]:
    """Neither the user's credentials and plugins nor a proxy."""
    return {"PATH": os.environ.get("PATH", os.defpath), "HOME": home, "NO_PROXY": "*"}
