"""Platform and Cluster: what platform.yaml says, and everything that follows from it.

What two components share is a property here, so that no template writes it by hand.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath
from urllib.parse import urlsplit

from platformctl.errors import ConfigError
from platformctl.platform import embedded
from platformctl.platform.catalogue import CATALOGUE, Component, Image, chosen
from platformctl.platform.rules import suggestion
from platformctl.platform.schema import ClusterSettings, ComponentSettings, Embedded, PlatformFile


@dataclass(frozen=True)
class WantedModel:
    """A model that a cluster serves; ``digest`` is ``sha256:...`` of its manifest, or None if not locked."""

    name: str
    digest: str | None


@dataclass(frozen=True)
class Namespace:
    """A namespace that the platform owns, and the Pod Security level that it enforces."""

    name: str
    pod_security: str


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
        """A cluster by name; without a name, the only one.

        Raises:
            ConfigError: there is no such cluster, or a name is needed.
        """
        known = ", ".join(self.clusters)
        if name is None:
            if len(self.clusters) > 1:
                raise ConfigError(f"platform.yaml has several clusters: {known}", fix="choose one: --cluster")
            return next(iter(self.clusters.values()))
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


@dataclass(frozen=True)
class Cluster:
    """One cluster of a platform, with its settings resolved."""

    platform: Platform
    name: str
    settings: ClusterSettings

    @property
    def embedded(self) -> Embedded | None:
        """The ports on loopback, or None if the cluster is not an embedded one."""
        return (self.settings.embedded or Embedded()) if self.settings.target == "embedded" else None

    @cached_property
    def components(self) -> tuple[Component, ...]:
        """The components in an order in which each stands after what it depends on."""
        return chosen(self.settings)

    def component(self, name: str) -> Component:
        """A component of this cluster; KeyError if it has none of that name."""
        return {component.name: component for component in self.components}[name]

    def dependencies(self, component: Component) -> tuple[str, ...]:
        """The components of this cluster that have to be ready before this one."""
        here = {other.name for other in self.components}
        return tuple(name for name in component.depends_on if name in here)

    @property
    def namespaces(self) -> tuple[Namespace, ...]:
        """The namespaces that its components need and Kubernetes does not bring, sorted by name."""
        levels: dict[str, str] = {}
        for component in self.components:
            if component.namespace != "kube-system":
                levels[component.namespace] = component.pod_security
        return tuple(Namespace(name, level) for name, level in sorted(levels.items()))

    @property
    def models(self) -> tuple[WantedModel, ...]:
        """The one list that the UI, the API and the engine share; the first is the default."""
        catalogue = self.platform.file.models
        return tuple(WantedModel(name, catalogue[name].digest) for name in self.settings.inference.models)

    @property
    def images(self) -> tuple[Image, ...]:
        """All images of its components, sorted."""
        images = {
            image for component in self.components for image in self.platform.images(component).values()
        }
        return tuple(sorted(images, key=str))

    @property
    def host(self) -> str:
        """The host name of the chat page and of the API under ``/api``."""
        return self.settings.domain

    @property
    def url(self) -> str:
        """The chat page, as a browser on the user's machine opens it."""
        return f"http://{self.host}:{self.embedded.http_port}" if self.embedded else f"http://{self.host}"

    @property
    def ingress_class(self) -> str:
        return self.settings.gateway

    @property
    def gateway_address(self) -> str | None:
        """The node's address that leads to the gateway; None: the cluster gives it one."""
        return embedded.NODE_ADDRESS if self.embedded else None

    @property
    def inference_url(self) -> str:
        """Where chatbot-api reaches the engine."""
        return self.component(self.settings.inference.engine).url

    @property
    def model_registry(self) -> str:
        """Where the engine pulls its models from; empty: its own default."""
        return embedded.REGISTRY_URL if self.embedded else ""

    @property
    def git_url(self) -> str:
        """The repository, as Flux in the cluster reaches it."""
        if self.embedded:
            return f"http://{embedded.HOST_ADDRESS}:{embedded.GIT_PORT}/{self.platform.repository_name}"
        return self.platform.file.git.url

    @property
    def git_interval(self) -> str | None:
        """How often Flux looks at the repository, as a Go duration; None: as bootstrap is told."""
        return embedded.GIT_INTERVAL if self.embedded else None

    @property
    def push_url(self) -> str:
        """The repository, as the user pushes to it."""
        if self.embedded:
            return f"http://localhost:{self.embedded.git_port}/{self.platform.repository_name}"
        return self.platform.file.git.url

    @property
    def path(self) -> str:
        """The folder in the repository that Flux starts from."""
        return f"clusters/{self.name}"
