"""One embedded cluster put together: the node, what serves it, and the addresses that users need."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import httpx

from platformctl import platform
from platformctl.errors import ConfigError
from platformctl.jobs.secrets import SecretStore
from platformctl.live import bootstrap, route
from platformctl.live.git import GitAccess
from platformctl.local import forwarder, registry
from platformctl.local.git_server import USER, GitServer
from platformctl.local.images import Images
from platformctl.local.node import HOST_ADDRESS, NODE_ADDRESS, Node
from platformctl.local.paths import Paths
from platformctl.local.publish import Published, publish, publish_files
from platformctl.local.service import Service
from platformctl.local.sops import Sops
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
    def git_port(self) -> int:
        """The loopback port of the Git server."""
        assert self.cluster.embedded is not None  # `of` has seen to it
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

    @property
    def authorities(self) -> Path | None:
        """The authority of the cluster's own that browsers have to trust; None: a public one, or no HTTPS."""
        certificates = self.cluster.certificates
        return self.paths.authority if certificates and certificates.issuer == "local-ca" else None

    def names_that_lead_elsewhere(self) -> list[str]:
        """The hosts that a browser on this machine does not find here; asks the machine's resolver."""
        hosts = self.cluster.hosts
        return [host for host in hosts if not route.leads_to(self.cluster.origin(host), self.chat_address)]

    def client(self, origin: str) -> httpx.Client:
        """A client on this machine for an origin of the cluster, whatever its name resolves to."""
        return route.client(origin, address=self.chat_address, authorities=self.authorities)

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

    def secrets(self) -> SecretStore:
        """The cluster's secrets, which are this machine's own."""
        return SecretStore.of(self.root, self.cluster, Sops(self.toolchain.binary))

    def publish(self) -> list[Published]:
        """Bring the local Git server up to the working tree and the secrets; the platform is the last result.

        Raises:
            ConfigError, NotHealthy: as `publish`; a secret was not made yet.
        """
        return publish(
            self.root,
            self.git_server.repositories,
            submodules=[component.name for component in self.cluster.platform.submodules],
            base_url=self.git_url.rpartition("/")[0],
            name=self.cluster.platform.repository_name.removesuffix(".git"),
            branch=self.cluster.platform.file.git.branch,
            extra=self.secrets().published() if self.cluster.secrets else {},
        )

    def publish_secrets(self) -> bool:
        """Bring the secrets alone to the local Git server; False where nothing was ever published to it.

        Raises:
            NotHealthy: a secret was not made yet.
        """
        files = self.secrets().published()
        platform = self.cluster.platform
        return (
            publish_files(
                self.root,
                self.git_server.repositories,
                files,
                name=platform.repository_name.removesuffix(".git"),
                branch=platform.file.git.branch,
            )
            is not None
        )

    def images(self) -> Images:
        """What the cluster pulls: images, our own included, upstream charts, and models.

        Raises:
            ConfigError: one of them cannot be had from packages, or the submodule of one is not there.
        """
        return Images.of(
            self.paths,
            self.toolchain,
            deployed=map(str, self.cluster.images),
            contexts=self._contexts(),
            charts=[str(component.chart) for component in self.cluster.components if component.chart],
            models=[model.name for model in self.cluster.models],
        )

    def tools(self) -> set[str]:
        """What of the toolchain this cluster is made of and looked after with, by name.

        Raises:
            ConfigError: as `images`.
        """
        return {
            *Node.tools(),
            *self.images().tools(),
            *(commands.SECRETS if self.cluster.secrets else ()),
            *commands.PROGRAMS,
            *commands.SCHEMAS,
        }

    def node(self) -> Node:
        """The node with the registry, the Git server and the forwarder beside it.

        Raises:
            ToolMissing: a program of theirs is not installed.
        """
        address = self.cluster.dns_address
        zones = {self.cluster.settings.domain: address} if address else {}
        return Node(self.paths, self.toolchain, self._services(), zones)

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
            decryption=self.secrets().decryption() if self.cluster.secrets else None,
        )

    def _services(self) -> list[Service]:
        port = self.cluster.port
        return [
            registry.service(self.paths.cache, self.paths.config, HOST_ADDRESS),
            self.git_server.service(),
            # One URL for browsers and pods, port included: with HTTPS the node has the port as well.
            forwarder.service(NODE_ADDRESS, port=port, node_port=port if self.cluster.https else 80),
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
