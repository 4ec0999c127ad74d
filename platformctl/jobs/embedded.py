"""One embedded cluster put together: the node, what serves it, and the addresses that users need."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from platformctl import platform
from platformctl.build.packaged_charts import PACKAGED_CHARTS
from platformctl.errors import ConfigError
from platformctl.live import bootstrap, route
from platformctl.live.git import GitAccess
from platformctl.local import forwarder, registry
from platformctl.local.git_server import USER, GitServer
from platformctl.local.images import Images
from platformctl.local.node import HOST_ADDRESS, NODE_ADDRESS, Node
from platformctl.local.paths import Paths
from platformctl.local.service import Service
from platformctl.local.toolchain import Toolchain, commands
from platformctl.platform.embedded import GIT_INTERVAL


@dataclass(frozen=True)
class Embedded:
    """An embedded cluster, running or not.

    Attributes:
        root: the folder with platform.yaml.
        cluster: what platform.yaml says of it.
        paths: its folders on this machine.
        toolchain: the programs that it is made of.
    """

    root: Path
    cluster: platform.Cluster
    paths: Paths
    toolchain: Toolchain

    @classmethod
    def of(cls, root: Path, name: str | None) -> Embedded:
        """The cluster of this name in the platform.yaml of the folder; None: the only one.

        Raises:
            ConfigError: platform.yaml is wrong, has no such cluster, or it is not an embedded one.
        """
        cluster = platform.load(root).cluster(name)
        if cluster.embedded is None:
            raise ConfigError(
                f'cluster "{cluster.name}" has target "{cluster.settings.target}", so it is not started here',
                fix=f"platformctl bootstrap --cluster {cluster.name} --context <kube context>",
            )
        paths = Paths.of(cluster.name)
        return cls(root.absolute(), cluster, paths, Toolchain(paths.cache))

    @property
    def http_port(self) -> int:
        """The loopback port of the chat page."""
        assert self.cluster.embedded is not None  # `of` has seen to it
        return self.cluster.embedded.http_port

    @property
    def git_port(self) -> int:
        """The loopback port of the Git server."""
        assert self.cluster.embedded is not None
        return self.cluster.embedded.git_port

    @property
    def kubeconfig(self) -> Path:
        return self.paths.kubeconfig

    @property
    def chat_url(self) -> str:
        """The chat page, for a browser on this machine."""
        return self.cluster.url

    @property
    def chat_address(self) -> str:
        """Where the chat page is served, whatever the URL's name resolves to."""
        return forwarder.ADDRESS

    def chat_name_leads_here(self) -> bool:
        """Whether a browser on this machine finds the chat page by its URL; asks the machine's resolver."""
        return route.leads_to(self.chat_url, self.chat_address)

    @property
    def git_server(self) -> GitServer:
        return GitServer.of(self.paths, self.git_port)

    @property
    def git_url(self) -> str:
        """The platform's repository at the one address that both this machine and the pods reach."""
        return self.cluster.git_url

    @property
    def git_credentials(self) -> tuple[str, str]:
        """User and password of the Git server; the password is made at the first question."""
        return USER, self.git_server.password

    def images(self) -> Images:
        """What the cluster pulls: images, our own included, and models.

        Raises:
            ConfigError: one of them cannot be had from packages, or the submodule of one is not there.
        """
        return Images.of(
            self.paths,
            self.toolchain,
            deployed=map(str, self.cluster.images),
            contexts=self._contexts(),
            models=[model.name for model in self.cluster.models],
        )

    def tools(self) -> set[str]:
        """What of the toolchain this cluster is made of and looked after with, by name.

        Raises:
            ConfigError: as `images`.
        """
        charts = {
            (component.chart.repository.path, component.chart.name)
            for component in self.cluster.components
            if component.chart
        }
        return {
            *Node.tools(),
            *self.images().tools(),
            *(chart.folder for chart in PACKAGED_CHARTS if (chart.path, chart.name) in charts),
            *(commands.SECRETS if self.cluster.secrets else ()),
            *commands.PROGRAMS,
            *commands.SCHEMAS,
        }

    def node(self) -> Node:
        """The node with the registry, the Git server and the forwarder beside it.

        Raises:
            ToolMissing: a program of theirs is not installed.
        """
        return Node(self.paths, self.toolchain, self._services())

    def bare_node(self) -> Node:
        """The node for taking down: needs no program to be there."""
        return Node(self.paths, self.toolchain)

    def bootstrap_settings(self) -> bootstrap.Settings:
        """How Flux is bootstrapped here, by ``up`` and by ``bootstrap`` alike.

        Raises:
            ToolMissing: the flux CLI is not built yet.
        """
        user, password = self.git_credentials
        self.paths.logs.mkdir(parents=True, exist_ok=True)
        return bootstrap.Settings(
            cluster=self.cluster.name,
            git=GitAccess(self.git_url, user, password, None, None),
            flux=self.toolchain.binary("flux"),
            log=self.paths.logs / "flux-bootstrap.log",
            branch=self.cluster.platform.file.git.branch,
            kubeconfig=self.kubeconfig,
            interval=GIT_INTERVAL,
        )

    def _services(self) -> list[Service]:
        return [
            registry.service(self.paths.cache, self.paths.config, HOST_ADDRESS),
            self.git_server.service(),
            forwarder.service(NODE_ADDRESS, port=self.http_port),
        ]

    def _contexts(self) -> dict[str, Path]:
        """Our own images and the folders with their Containerfiles.

        A component's ``image`` is built from its folder, any other, such as ``modelsImage``, from the
        subfolder of that name.
        """
        contexts = {}
        for component in self.cluster.components:
            folder = self.root / "components" / component.name
            for key, image in self.cluster.platform.images(component).items():
                if component.images[key].repository.startswith("/"):
                    contexts[str(image)] = folder if key == "image" else folder / key.removesuffix("Image")
        return contexts
