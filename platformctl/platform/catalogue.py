"""The components that a platform can be made of, and what is fixed about each."""

from __future__ import annotations

from dataclasses import dataclass

from platformctl.platform.schema import ClusterSettings


@dataclass(frozen=True)
class Image:
    """An image under its production name."""

    repository: str
    tag: str

    def __str__(self) -> str:
        return f"{self.repository}:{self.tag}"


@dataclass(frozen=True)
class Component:
    """One folder of ``components/``.

    Attributes:
        name: the folder's, the chart's, the release's and the Service's name.
        namespace: where the release lives.
        images: its images by the key that the chart's values give them; a repository that starts with "/"
            is one of ours, under ``images.registry``; "image" follows ``components.<name>.version``.
        depends_on: components that have to be ready first, where the cluster has them.
        port: of its Service, where others call it.
        timeout: how long its release may take, as a Go duration.
        pod_security: the Pod Security level that its namespace enforces.
    """

    name: str
    namespace: str
    images: dict[str, Image]
    depends_on: tuple[str, ...] = ()
    port: int | None = None
    timeout: str = "5m"
    pod_security: str = "restricted"

    @property
    def url(self) -> str:
        """Where other pods call it. Only for a component with a port."""
        if self.port is None:
            raise ValueError(f"{self.name} has no Service that others call")
        return f"http://{self.name}.{self.namespace}:{self.port}"


CATALOGUE: dict[str, Component] = {
    component.name: component
    for component in (
        Component(
            "local-path-provisioner",
            "storage",
            {
                "image": Image("docker.io/rancher/local-path-provisioner", "v0.0.30"),
                "helperImage": Image("docker.io/library/busybox", "1.35"),
            },
            # Its helper pods make folders on the node.
            pod_security="privileged",
        ),
        Component(
            "metrics-server",
            "kube-system",
            {"image": Image("registry.k8s.io/metrics-server/metrics-server", "v0.9.0")},
        ),
        Component(
            "traefik",
            "traefik",
            {"image": Image("docker.io/library/traefik", "v3.6.12")},
            # It takes port 80 of the node.
            pod_security="privileged",
        ),
        Component(
            "ollama",
            "inference",
            {
                "image": Image("docker.io/ollama/ollama", "0.17.4"),
                "modelsImage": Image("/ollama-models", "0.1.0"),
            },
            depends_on=("local-path-provisioner",),
            port=11434,
            # A release is ready when its models are: several gigabytes have to fit.
            timeout="30m",
        ),
        Component(
            "chatbot-api",
            "chat",
            {"image": Image("/chatbot-api", "0.1.0")},
            depends_on=("ollama", "traefik"),
            port=8000,
        ),
        Component(
            "chatbot-ui",
            "chat",
            {"image": Image("/chatbot-ui", "0.1.0")},
            depends_on=("traefik",),
            port=8080,
        ),
    )
}


def chosen(cluster: ClusterSettings) -> tuple[Component, ...]:
    """The components of a cluster, in an order in which each stands after what it depends on."""
    wanted = {"chatbot-api", "chatbot-ui", cluster.inference.engine, cluster.gateway}
    if cluster.target == "embedded":
        # Other clusters bring their own storage classes and metrics.
        wanted |= {"local-path-provisioner", "metrics-server"}
    return tuple(component for name, component in CATALOGUE.items() if name in wanted)
