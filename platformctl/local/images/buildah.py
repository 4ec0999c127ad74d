"""Images from Containerfiles, built by buildah with bases from the local registry."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from platformctl.errors import StepFailed, ToolMissing
from platformctl.local.children import ends_with_all_it_starts
from platformctl.local.images import machine
from platformctl.local.images.name import ImageName

# Layers of earlier builds and what npm has fetched: about 3 GB after the first build of all images. Which
# layers the next build will want cannot be told (a stage's belong to no image), so the bound is for all.
BYTES_KEPT = 8 * 10**9
# What npm has fetched once; on /dev like what the machine lends, so that no image has it.
_DOWNLOADS = "/dev/build-downloads"


@dataclass(frozen=True)
class Buildah:
    """A builder with its own image store.

    Attributes:
        store: folder for its store and configuration.
        environment: of the build's processes, see `machine.lend`; may hold a password.
    """

    store: Path
    environment: dict[str, str]

    def build(self, name: ImageName, context: Path, containerfile: Path, log: Path, layout: Path) -> None:
        """Build a Containerfile and write the result, which holds what was lent, as an OCI image layout.

        Args:
            name: of the image.
            context: folder of files that the build sees.
            containerfile: the file.
            log: gets the output.
            layout: folder for the result; it must keep others out.

        Raises:
            StepFailed: the build failed; the output is in the log.
        """
        with log.open("wb") as output:
            self._run(
                output.fileno(),
                *(
                    "bud",
                    "--layers",
                    "--force-rm",
                    "--pull-always",
                    "--network=host",
                    f"--file={containerfile}",
                ),
                *(
                    f"--signature-policy={self.store}/policy.json",
                    f"--tag={name}",
                    *self._lent(),
                    str(context),
                ),
                what=f"building {name}",
                log=log,
            )
            self._run(
                output.fileno(),
                *("push", f"--signature-policy={self.store}/policy.json"),
                *("--compression-format=zstd", "--compression-level=1", str(name), f"oci:{layout}"),
                what=f"packing {name}",
                log=log,
            )

    def _lent(self) -> list[str]:
        """Names of the variables for the build's processes; buildah takes the values from its environment.

        Everybody on the machine can read a command line. buildah keeps the values in the image (its
        --unsetenv acts before the build); `finish` leaves them out.
        """
        return [f"--env={name}" for name in self.environment]

    def forget_interrupted(self) -> None:
        """Remove the working containers of builds that were killed."""
        containers = self.store / "storage/overlay-containers/containers.json"
        if containers.is_file() and containers.stat().st_size > len("[]\n"):
            with (self.store / "tmp/forget.log").open("wb") as output:
                self._run(output.fileno(), "rm", "--all", what="forgetting builds", log=Path(output.name))

    def _run(self, output: int, *arguments: str, what: str, log: Path) -> None:
        environment = {
            **os.environ,
            **self.environment,
            "CONTAINERS_CONF": f"{self.store}/containers.conf",
            "CONTAINERS_STORAGE_CONF": f"{self.store}/storage.conf",
            "CONTAINERS_REGISTRIES_CONF": f"{self.store}/registries.conf",
            "TMPDIR": f"{self.store}/tmp",
        }
        ended = subprocess.run(
            # buildah leaves mounts behind, which hold its store, and a killed one its build's processes.
            [*ends_with_all_it_starts(), "buildah", *arguments],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            check=False,
        )
        if ended.returncode != 0:
            raise StepFailed(f"{what} failed", log=log)


@contextmanager
def builder(store: Path, registry: str, mirrored: set[str]) -> Iterator[Buildah]:
    """A builder that lends builds this machine's registry settings, and forgets them afterwards.

    For one process at a time. A store that has grown beyond its bound after a build that went well starts
    afresh with the next one.

    Args:
        store: folder for its image store; keeps the layers of earlier builds.
        registry: URL of the local registry, where all bases are.
        mirrored: names of the production registries that it stands in for.

    Raises:
        ToolMissing: buildah is not installed.
    """
    if shutil.which("buildah") is None:
        raise ToolMissing("buildah is not installed", fix="apt-get install --no-install-recommends buildah")
    lent = store / "lent"
    (store / "tmp").mkdir(parents=True, exist_ok=True)
    store.chmod(0o700)  # What is lent may hold a token; in a build any user may need it.
    (store / "downloads").mkdir(exist_ok=True)
    environment = {**machine.lend(lent), "NPM_CONFIG_CACHE": f"{_DOWNLOADS}/npm"}
    _configure(store, registry, mirrored, lent)
    buildah = Buildah(store, environment)
    try:
        buildah.forget_interrupted()
        yield buildah
    finally:
        shutil.rmtree(lent, ignore_errors=True)
    if _size(store) > BYTES_KEPT:
        for kept in ("storage", "run", "downloads", "tmp"):
            shutil.rmtree(store / kept, ignore_errors=True)


def _size(folder: Path) -> int:
    """The bytes that a folder takes on the disk."""
    total = 0
    for place, _, names in os.walk(folder):
        for name in names:
            total += os.lstat(f"{place}/{name}").st_blocks * 512
    return total


def _configure(store: Path, registry: str, mirrored: set[str], lent: Path) -> None:
    """Write the configuration of the containers libraries; the machine's own is neither used nor changed."""
    location = registry.removeprefix("http://")
    (store / "policy.json").write_text(json.dumps({"default": [{"type": "insecureAcceptAnything"}]}))
    (store / "storage.conf").write_text(
        f'[storage]\ndriver = "overlay"\ngraphroot = "{store}/storage"\nrunroot = "{store}/run"\n'
    )
    volumes = [f"{lent}:{machine.INSIDE}:ro", f"{store}/downloads:{_DOWNLOADS}:rw"]
    # JSON's lists of strings are TOML's as well.
    (store / "containers.conf").write_text(f"[containers]\nvolumes = {json.dumps(volumes)}\n")
    # Replaced, not mirrored: a base that is missing must not be looked for elsewhere.
    (store / "registries.conf").write_text(
        "unqualified-search-registries = []\n"
        + "".join(
            f'[[registry]]\nprefix = "{name}"\nlocation = "{location}"\ninsecure = true\n'
            for name in sorted(mirrored)
        )
    )
