"""An image as a value: its name, what it is made of, and how it is made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from platformctl.local.digest import file_digest
from platformctl.local.images.buildah import Buildah
from platformctl.local.images.digests import DigestOf
from platformctl.local.images.distribution import Distribution
from platformctl.local.images.name import ImageName

# Part of every key: raise it when the way in which images are put together changes.
FORMAT = "1"


@dataclass(frozen=True)
class Workshop:
    """What images are made with.

    Attributes:
        registry: where they go.
        buildah: builds Containerfiles.
        logs: folder; one log for each image.
        scratch: folder for large temporary files.
    """

    registry: Distribution
    buildah: Buildah
    logs: Path
    scratch: Path


class Recipe(Protocol):
    """How an image is made."""

    def bases(self) -> set[ImageName]:
        """The images that must be in the registry first."""

    def tools(self) -> set[str]:
        """The toolchain's programs and folders that it is made of or by."""

    def inputs(self, digest_of: DigestOf = file_digest) -> str:
        """A digest of all that the result depends on, without the bases."""

    def make(self, name: ImageName, workshop: Workshop) -> None:
        """Make the image and push it under its name."""


@dataclass(frozen=True)
class Image:
    """An image that the cluster pulls, or that another one is built on."""

    name: ImageName
    recipe: Recipe


@dataclass(frozen=True)
class Runtime:
    """An image's defaults for its containers."""

    entrypoint: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    user: str = ""
    workdir: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)
    ports: tuple[str, ...] = ()

    def config(self) -> dict[str, Any]:
        """As the image configuration writes it; what is empty is left out."""
        environment = [f"{name}={value}" for name, value in self.environment.items()]
        written = {
            "User": self.user,
            "Env": environment,
            "Entrypoint": list(self.entrypoint),
            "Cmd": list(self.command),
            "WorkingDir": self.workdir,
            "ExposedPorts": {port: {} for port in self.ports},
        }
        return {name: value for name, value in written.items() if value}
