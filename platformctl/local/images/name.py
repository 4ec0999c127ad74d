"""Image names as people write them, and the repository under which the local registry keeps them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from platformctl.errors import ConfigError


@dataclass(frozen=True, order=True)
class ImageName:
    """A full image name: ``docker.io/library/debian:bookworm-slim``.

    Attributes:
        registry: host name of the production registry.
        repository: path below it. containerd and buildah ask a mirror for this path alone, so the local
            registry keeps images of all registries side by side under it.
        tag: never empty.
    """

    registry: str
    repository: str
    tag: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a name with the short forms that Containerfiles allow.

        Raises:
            ConfigError: no image name, or a digest instead of a tag.
        """
        path, colon, tag = text.rpartition(":")
        if not colon or "/" in tag:
            path, tag = text, "latest"
        registry, slash, repository = path.partition("/")
        if not slash or not ("." in registry or ":" in registry or registry == "localhost"):
            registry, repository = "docker.io", path
        if registry == "docker.io" and "/" not in repository:
            repository = f"library/{repository}"
        if "@" in text or not repository or repository.endswith("/") or not tag:
            raise ConfigError(f'"{text}" is not an image name with a tag')
        return cls(registry, repository, tag)

    def __str__(self) -> str:
        return f"{self.registry}/{self.repository}:{self.tag}"
