"""The login chain of a cluster, made of whatever objects say about it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlsplit

from platformctl.build import Object
from platformctl.check.cluster import Cluster
from platformctl.check.login.gateway import Entrance, Gateway
from platformctl.check.login.keycloak import Client, Realm, Server, realms, servers
from platformctl.check.login.mesh import Mesh, Provider, meshes
from platformctl.check.login.oauth2_proxy import Proxy, proxies
from platformctl.check.login.options import Container, Setting, containers
from platformctl.check.login.policies import Policy, Request, TokenRule, policies, token_rules
from platformctl.check.pods import pods

ABSENT: dict[str, str | None] = {"authorization": None, "cookie": None}
"""The headers of a request from nobody."""


@dataclass(frozen=True, eq=False)
class Guard:
    """A CUSTOM policy, with whom it asks.

    Attributes:
        provider: None where the mesh's configuration is not here or lacks it.
        proxy: None where the provider is something else, or what runs behind it is not here.
        gateways: those whose pods it counts for.
    """

    policy: Policy
    provider: Provider | None
    proxy: Proxy | None
    gateways: tuple[Gateway, ...]
    hosts: tuple[str, ...]
    """The served names that it is about, without ports, sorted."""

    def authority(self, host: str) -> str:
        """A host as a browser sends it: with the port that the callback's URL has."""
        return host + (self.proxy.port if self.proxy else "")

    def asks(self, host: str, path: str = "/", method: str = "GET") -> bool | None:
        return self.policy.matches(Request(self.authority(host), path, method, ABSENT))


class LoginChain:
    """What takes part in a login, and who belongs to whom."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self.entrance = Entrance(cluster)

    @cached_property
    def meshes(self) -> list[Mesh]:
        return list(meshes(self.cluster))

    @property
    def root_namespace(self) -> str:
        return self.meshes[0].root_namespace if self.meshes else "istio-system"

    @cached_property
    def policies(self) -> list[Policy]:
        return policies(self.cluster)

    @cached_property
    def token_rules(self) -> list[TokenRule]:
        return token_rules(self.cluster)

    @cached_property
    def proxies(self) -> list[Proxy]:
        return list(proxies(self.cluster))

    @cached_property
    def servers(self) -> list[Server]:
        return list(servers(self.cluster))

    @cached_property
    def realms(self) -> list[Realm]:
        return list(realms(self.cluster))

    @cached_property
    def providers(self) -> dict[str, Provider]:
        return {provider.name: provider for mesh in self.meshes for provider in mesh.providers}

    @cached_property
    def guards(self) -> list[Guard]:
        found = []
        for policy in self.policies:
            if policy.action != "CUSTOM":
                continue
            provider = self.providers.get(policy.provider)
            gateways = tuple(
                g for g in self.entrance.gateways if g.is_target(policy.item, self.root_namespace)
            )
            proxy = self.proxy_of(provider) if provider else None
            port = proxy.port if proxy else ""
            served = self.entrance.hosts | {
                host for host in policy.hosts() if "*" not in host and ":" not in host
            }
            hosts = tuple(sorted(host for host in served if policy.concerns(host + port)))
            found.append(Guard(policy, provider, proxy, gateways, hosts))
        return found

    @property
    def asking(self) -> Iterator[tuple[Guard, Provider, Proxy]]:
        """The guards that ask an oauth2-proxy that is here, by HTTP."""
        for guard in self.guards:
            if guard.provider and guard.proxy and guard.provider.http is not None:
                yield guard, guard.provider, guard.proxy

    def proxy_of(self, provider: Provider) -> Proxy | None:
        """The oauth2-proxy behind a provider's Service, or the only one of its namespace."""
        name, _, rest = provider.host.partition(".")
        namespace = rest.partition(".")[0]
        service = self.cluster.find("Service", namespace, name)
        local = [proxy for proxy in self.proxies if proxy.item.namespace == namespace]
        if service:
            selector = service.spec.get("selector") or {}
            local = [p for p in local if not p.labels or selector.items() <= p.labels.items()]
        return local[0] if len(local) == 1 else None

    def guarding(self, gateway: Gateway) -> list[Policy]:
        """The policies that count for a gateway's pods."""
        return [p for p in self.policies if gateway.is_target(p.item, self.root_namespace)]

    def realm(self, issuer: str) -> Realm | None:
        """The realm of an issuer's URL, if it comes as a file."""
        name = realm_name(issuer)
        return next((realm for realm in self.realms if realm.name == name), None)

    def client(self, proxy: Proxy) -> Client | None:
        """The proxy's client, if its realm comes as a file."""
        realm = self.realm(proxy.issuer)
        return realm.client(proxy.client_id) if realm else None

    def rules_for(self, proxy: Proxy) -> list[TokenRule]:
        """The token rules that take what this proxy gets: of its realm, or with a header that it sets."""
        name = realm_name(proxy.issuer)
        return [
            rule
            for rule in self.token_rules
            if (name and realm_name(rule.issuer) == name)
            or any(header.startswith("x-auth-request-") for header in rule.headers)
        ]

    def server(self, realm: Realm) -> Server | None:
        """The Keycloak of a realm: the one of its namespace, or the only one."""
        local = [s for s in self.servers if s.pods.item.namespace == realm.spot.item.namespace]
        some = local or self.servers
        return some[0] if len(some) == 1 else None

    @cached_property
    def consumers(self) -> list[Container]:
        """Containers that verify tokens themselves: their environment names an issuer of a realm."""
        skipped = {proxy.item.id for proxy in self.proxies} | {s.pods.item.id for s in self.servers}
        return [
            container
            for container in containers(self.cluster, pods(self.cluster))
            if container.owner.item.id not in skipped and self.issuers(container)
        ]

    def issuers(self, container: Container) -> list[Setting]:
        """The issuers that a container's environment names."""
        endings = ("ISSUER", "ISSUER_URL", "ISSUER_URI")
        return [
            setting
            for name, setting in container.environment.items()
            if name.endswith(endings) and realm_name(setting.text or "")
        ]

    def origins(self, host: str) -> list[Setting]:
        """Pages of other hosts that may ask a host, by its route's corsPolicy or its program's variables."""
        found: list[Setting] = []
        route = self.entrance.route(host, "/api/") or self.entrance.route(host, "/")
        if route is None:
            return found
        policy = route.cors or {}
        for entry in policy.get("allowOrigins") or ():
            text = entry.get("exact") if isinstance(entry, dict) else None
            found.append(Setting(text, route.at("corsPolicy")))
        for container in containers(self.cluster, pods(self.cluster)):
            if any(self._selects(name, container) for name in route.destinations):
                for name, setting in container.environment.items():
                    if name.endswith(("ORIGIN", "ORIGINS")) and setting.text:
                        parts = [part.strip() for part in setting.text.split(",")]
                        found += [Setting(part, setting.spot) for part in parts if "://" in part]
        return [origin for origin in found if _host(origin.text) != host]

    def _selects(self, name: tuple[str, str], container: Container) -> bool:
        service: Object | None = self.cluster.find("Service", *name)
        selector = (service.spec.get("selector") or {}) if service else {}
        owner = container.owner
        return bool(selector) and owner.item.namespace == name[0] and selector.items() <= owner.labels.items()


def realm_name(issuer: str) -> str:
    """The realm in a Keycloak's issuer URL; empty for others."""
    head, found, name = issuer.rstrip("/").rpartition("/realms/")
    return name if found and head else ""


def _host(origin: str | None) -> str:
    return urlsplit(origin or "").hostname or ""
