"""What a component is: a Helm release, and what is fixed about it."""

from __future__ import annotations

from dataclasses import dataclass

from platformctl.platform.secrets import Secret


@dataclass(frozen=True)
class Image:
    """An image under its production name.

    Attributes:
        embedded_tag: the tag that embedded clusters run instead, where the other one cannot be built from
            packages.
    """

    repository: str
    tag: str
    embedded_tag: str | None = None

    def __str__(self) -> str:
        return f"{self.repository}:{self.tag}"


@dataclass(frozen=True)
class ChartRepository:
    """A registry's folder of upstream charts.

    Attributes:
        name: of its HelmRepository.
        registry: the registry's host name.
        path: the folder in it.
    """

    name: str
    registry: str
    path: str

    def url(self, registry: str | None = None) -> str:
        """``oci://...``, there or in a mirror of it, ``registry`` (a host and a port)."""
        return f"oci://{registry or self.registry}/{self.path}"


@dataclass(frozen=True)
class ChartSource:
    """An upstream chart at an exact version."""

    repository: ChartRepository
    name: str
    version: str

    def __str__(self) -> str:
        return f"{self.repository.registry}/{self.repository.path}/{self.name}:{self.version}"


@dataclass(frozen=True)
class Component:
    """One release of a cluster.

    Attributes:
        name: the folder's in ``components/``, the chart's, the release's and the Service's name.
        namespace: where the release lives.
        images: its images by the key that the chart's values give them; a repository that starts with "/"
            is one of ours, under ``images.registry``; "image" follows ``components.<name>.version``.
        depends_on: components that have to be ready first, where the cluster has them.
        port: of its Service, where others call it.
        timeout: how long its release may take, as a Go duration.
        pod_security: the Pod Security level that its namespace enforces.
        chart: its upstream chart; None: ours, in ``components/<name>/chart``.
        secrets: the Secrets that it reads.
        in_mesh: its pods get a sidecar where the cluster has a mesh.
    """

    name: str
    namespace: str
    images: dict[str, Image]
    depends_on: tuple[str, ...] = ()
    port: int | None = None
    timeout: str = "5m"
    pod_security: str = "restricted"
    chart: ChartSource | None = None
    secrets: tuple[Secret, ...] = ()
    in_mesh: bool = False

    @property
    def address(self) -> str:
        """``host:port`` of its Service, as other pods call it. Only for a component with a port."""
        if self.port is None:
            raise ValueError(f"{self.name} has no Service that others call")
        return f"{self.name}.{self.namespace}:{self.port}"

    @property
    def url(self) -> str:
        """Where other pods call it by HTTP. Only for a component with a port."""
        return f"http://{self.address}"
