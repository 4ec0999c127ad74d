"""Cluster: what platform.yaml says of one cluster, and everything that follows from it.

What two components share is a property here, so that no template writes it by hand.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from platformctl.platform import embedded, oauth2_proxy
from platformctl.platform.choice import chosen, chosen_certificates, chosen_dns, chosen_secrets
from platformctl.platform.component import ChartRepository, Component, Image
from platformctl.platform.duration import Duration
from platformctl.platform.login import Login, Session
from platformctl.platform.schema import ClusterSettings, Embedded, Identity, SessionSettings
from platformctl.platform.schema.login import Secrets
from platformctl.platform.schema.network import Certificates, Dns
from platformctl.platform.secrets import TSIG, Secret

if TYPE_CHECKING:
    from platformctl.platform.model import Platform

SECRETS = "secrets"
"""The Flux Kustomization that makes the Secrets, before any component that reads one."""

INJECTOR = "istiod"
"""The component that puts the mesh's sidecars into pods."""


@dataclass(frozen=True)
class WantedModel:
    """A model that a cluster serves; ``digest`` is ``sha256:...`` of its manifest, or None if not locked."""

    name: str
    digest: str | None


@dataclass(frozen=True)
class Namespace:
    """A namespace that the platform owns.

    Attributes:
        pod_security: the Pod Security level that it enforces.
        in_mesh: Istio puts a sidecar into its pods.
    """

    name: str
    pod_security: str
    in_mesh: bool = False


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
        """What of this cluster has to be ready before this component: others, and ``secrets``."""
        here = {other.name for other in self.components}
        first = (SECRETS,) if self.secrets_of(component) else ()
        # A pod that is made before istiod answers gets no sidecar, and stays so.
        injector = (INJECTOR,) if self.settings.mesh and component.in_mesh else ()
        return first + tuple(name for name in (*component.depends_on, *injector) if name in here)

    @property
    def namespaces(self) -> tuple[Namespace, ...]:
        """The namespaces that its components need and Kubernetes does not bring, sorted by name."""
        found: dict[str, Namespace] = {}
        for component in self.components:
            if component.namespace != "kube-system":
                in_mesh = self.settings.mesh and component.in_mesh
                # The sidecar's init container sets the pod's firewall, which every other level forbids.
                level = "privileged" if in_mesh else component.pod_security
                found[component.namespace] = Namespace(component.namespace, level, in_mesh)
        return tuple(found[name] for name in sorted(found))

    @property
    def models(self) -> tuple[WantedModel, ...]:
        """The one list that the UI, the API and the engine share; the first is the default."""
        catalogue = self.platform.file.models
        return tuple(WantedModel(name, catalogue[name].digest) for name in self.settings.inference.models)

    def images_of(self, component: Component) -> dict[str, Image]:
        """The images of a component by their key in its chart's values, with the tags that run here."""
        images = self.platform.images(component)
        if not self.embedded:
            return images
        return {key: dataclasses.replace(i, tag=i.embedded_tag or i.tag) for key, i in images.items()}

    @property
    def images(self) -> tuple[Image, ...]:
        """All images of its components, with the tags that run here, sorted."""
        images = {image for component in self.components for image in self.images_of(component).values()}
        return tuple(sorted(images, key=str))

    @property
    def chart_repositories(self) -> dict[ChartRepository, str]:
        """Where its upstream charts come from, with the URL that leads there from within the cluster."""
        mirror = embedded.REGISTRY if self.embedded else None
        used = {component.chart.repository for component in self.components if component.chart}
        return {repository: repository.url(mirror) for repository in sorted(used, key=lambda r: r.name)}

    @property
    def https(self) -> bool:
        """Whether browsers come by HTTPS, and to a host for each of page, API and login."""
        return self.settings.gateway == "istio"

    @property
    def host(self) -> str:
        """The host name of the chat page."""
        return f"app.{self.settings.domain}" if self.https else self.settings.domain

    @property
    def api_host(self) -> str:
        """The host name of the API, which is under ``/api``."""
        return f"api.{self.settings.domain}" if self.https else self.settings.domain

    @property
    def auth_host(self) -> str | None:
        """The host name of the login; None without one."""
        return f"auth.{self.settings.domain}" if self.settings.login != "none" else None

    @property
    def hosts(self) -> tuple[str, ...]:
        """All host names that the gateway answers for: the page's, the API's, the login's, each once."""
        return tuple(dict.fromkeys(host for host in (self.host, self.api_host, self.auth_host) if host))

    @property
    def port(self) -> int:
        """Where a browser reaches the gateway: on an embedded cluster a port of this machine's loopback."""
        if self.embedded:
            return self.embedded.https_port if self.https else self.embedded.http_port
        return 443 if self.https else 80

    def origin(self, host: str) -> str:
        """The origin of one of its hosts, as browsers and pods have it; a usual port is not named."""
        scheme, usual = ("https", 443) if self.https else ("http", 80)
        return f"{scheme}://{host}" if self.port == usual else f"{scheme}://{host}:{self.port}"

    @property
    def url(self) -> str:
        """The chat page, as a browser on the user's machine opens it."""
        return self.origin(self.host)

    @property
    def certificates(self) -> Certificates | None:
        """Who signs the certificate of its hosts; None without HTTPS."""
        return chosen_certificates(self.settings)

    @property
    def dns(self) -> Dns | None:
        """Who writes the records of its hosts; None: nobody in the cluster."""
        return chosen_dns(self.settings)

    @property
    def dns_address(self) -> str | None:
        """The cluster IP of the DNS server that holds its hosts; None: it has none of its own."""
        return embedded.DNS_ADDRESS if self.dns and self.dns.provider == "rfc2136" else None

    @cached_property
    def login(self) -> Login | None:
        """What the parts of the login share; None: everybody who reaches the page may chat."""
        if self.auth_host is None:
            return None
        identity = self.settings.identity or Identity()
        session = identity.session or SessionSettings()
        return Login(
            platform=self.platform.name,
            domain=self.settings.domain,
            app_host=self.host,
            api_host=self.api_host,
            auth_host=self.auth_host,
            app_origin=self.origin(self.host),
            api_origin=self.origin(self.api_host),
            auth_origin=self.origin(self.auth_host),
            keycloak_url=self.component("keycloak").url,
            realm=identity.realm or self.platform.name,
            users=identity.users,
            session=Session(
                refresh=Duration(session.refresh),
                access_token=Duration(session.access_token),
                idle=Duration(session.idle),
                max=Duration(session.max),
            ),
        )

    @property
    def oauth2_proxy_flags(self) -> tuple[oauth2_proxy.Flag, ...]:
        """Flags of oauth2-proxy that only some versions know, for the one that runs here."""
        return oauth2_proxy.flags(self.images_of(self.component("oauth2-proxy"))["image"].tag)

    @property
    def secret_store(self) -> Secrets:
        """Where its passwords and keys are kept."""
        return chosen_secrets(self.settings)

    def secrets_of(self, component: Component) -> tuple[Secret, ...]:
        """The Secrets that a component reads here, with a key for each test user where it has such."""
        users = self.login.users if self.login else ()
        found = []
        for secret in component.secrets:
            if secret.per_user:
                if users:
                    found.append(secret.for_users(users))
            elif secret != TSIG or self.dns_address:
                found.append(secret)
        return tuple(found)

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """All Secrets that somebody has to make, each once, sorted by namespace and name."""
        found = {
            (secret.namespace, secret.name): secret
            for component in self.components
            for secret in self.secrets_of(component)
        }
        return tuple(found[name] for name in sorted(found))

    @property
    def secrets_path(self) -> str:
        """The folder in the repository that holds its Secrets, encrypted."""
        return f"{self.path}/secrets"

    def stored_as(self, secret: Secret) -> str:
        """What a Secret is called in a store of somebody else's, which other clusters may read too."""
        return f"{self.platform.name}-{self.name}-{secret.namespace}-{secret.name}"

    @property
    def storage_class(self) -> str | None:
        """The storage class of what keeps little data; None: the cluster's default one."""
        return embedded.STORAGE_CLASS if self.embedded else None

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
