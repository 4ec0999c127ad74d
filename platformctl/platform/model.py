"""Platform: what platform.yaml says, and what follows from it for all clusters."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath
from urllib.parse import urlsplit

from platformctl.errors import ConfigError
from platformctl.platform.catalogue import CATALOGUE
from platformctl.platform.cluster import Cluster
from platformctl.platform.component import Component, Image
from platformctl.platform.schema import ComponentSettings, PlatformFile
from platformctl.platform.similar import suggestion


@dataclass(frozen=True)
class Platform:
    """A platform.yaml that holds together."""

    file: PlatformFile

    @property
    def name(self) -> str:
        return self.file.name

    @cached_property
    def clusters(self) -> dict[str, Cluster]:
        """The clusters by name, in the order of the file."""
        return {name: Cluster(self, name, settings) for name, settings in self.file.clusters.items()}

    def cluster(self, name: str | None = None) -> Cluster:
        """A cluster by name; without a name, the only one, or the first if that is an embedded one.

        Raises:
            ConfigError: there is no such cluster, or a name is needed.
        """
        known = ", ".join(self.clusters)
        if name is None:
            first = next(iter(self.clusters.values()))
            # Not another: what is done to a cluster that was not meant is done to somebody's users.
            if len(self.clusters) > 1 and not first.embedded:
                raise ConfigError(f"platform.yaml has several clusters: {known}", fix="choose one: --cluster")
            return first
        if name not in self.clusters:
            hint = suggestion(name, list(self.clusters))
            raise ConfigError(f'"{name}" is not a cluster of platform.yaml, which has: {known}.{hint}')
        return self.clusters[name]

    @property
    def components(self) -> tuple[Component, ...]:
        """The components that at least one cluster has."""
        used = {component.name for cluster in self.clusters.values() for component in cluster.components}
        return tuple(component for name, component in CATALOGUE.items() if name in used)

    def settings(self, component: Component) -> ComponentSettings:
        return self.file.components.get(component.name, ComponentSettings())

    def images(self, component: Component) -> dict[str, Image]:
        """The images of a component by their key in its chart's values."""
        version = self.settings(component).version
        images = {}
        for key, image in component.images.items():
            own = image.repository.startswith("/")
            images[key] = Image(
                self.file.images.registry + image.repository if own else image.repository,
                version if version and key == "image" else image.tag,
                None if version and key == "image" else image.embedded_tag,
            )
        return images

    @property
    def submodules(self) -> tuple[Component, ...]:
        """The components whose folders are Git submodules in the repository that Flux reads."""
        return tuple(component for component in self.components if self.settings(component).submodule)

    @property
    def repository_name(self) -> str:
        """The last part of the repository's URL, with ``.git``."""
        name = PurePosixPath(urlsplit(self.file.git.url).path).name
        return name if name.endswith(".git") else f"{name}.git"
