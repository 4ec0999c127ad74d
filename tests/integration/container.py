"""A container from an image of the local registry, run by buildah: no cluster needed."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from platformctl.local import registry
from platformctl.local.children import ends_with_all_it_starts
from platformctl.local.images.buildah import builder
from platformctl.local.images.distribution import Distribution
from platformctl.local.images.name import ImageName
from platformctl.local.paths import Paths


@dataclass
class Containers:
    """Working containers by image, each made once.

    Attributes:
        target: the registry that they come from.
    """

    store: Path
    target: Distribution
    made: dict[ImageName, str] = field(default_factory=dict)

    def run(
        self, name: ImageName, *command: str, user: str | None = None, own_network: bool = False
    ) -> subprocess.CompletedProcess[str]:
        """Run a command in the image's container, as the image's user if none is named.

        Args:
            own_network: with all rights in a network of its own, instead of the machine's network.
        """
        return subprocess.run(
            [*ends_with_all_it_starts(), *self.command(name, *command, user=user, own_network=own_network)],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    def command(
        self, name: ImageName, *command: str, user: str | None = None, own_network: bool = False
    ) -> list[str]:
        """The command line for `run`, for who wants the process."""
        if name not in self.made:
            policy = f"--signature-policy={self.store}/policy.json"
            self.made[name] = self._buildah("from", "--pull", policy, str(name)).strip()
        given = [f"--user={user}"] if user else []
        own = ["--network=none", "--cap-add=CAP_NET_ADMIN,CAP_NET_RAW"]
        network = own if own_network else ["--network=host"]
        return ["buildah", "run", *network, *given, self.made[name], "--", *command]

    @property
    def environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "CONTAINERS_CONF": f"{self.store}/containers.conf",
            "CONTAINERS_STORAGE_CONF": f"{self.store}/storage.conf",
            "CONTAINERS_REGISTRIES_CONF": f"{self.store}/registries.conf",
            "TMPDIR": f"{self.store}/tmp",
        }

    def _buildah(self, *arguments: str) -> str:
        ended = subprocess.run(
            [*ends_with_all_it_starts(), "buildah", *arguments],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        assert ended.returncode == 0, f"buildah {' '.join(arguments)}: {ended.stderr}"
        return ended.stdout

    def remove(self) -> None:
        self._buildah("rm", "--all")


@contextmanager
def containers(paths: Paths, store: Path, registries: set[str]) -> Iterator[Containers]:
    """Containers from what the registry of these folders has.

    Args:
        paths: of the cluster.
        store: folder for the containers, removed by who made it.
        registries: names of the production registries.
    """
    with (
        registry.serving(paths.cache, paths.logs) as url,
        builder(store, url, registries),
        Distribution(url) as target,
    ):
        made = Containers(store, target)
        try:
            yield made
        finally:
            made.remove()
