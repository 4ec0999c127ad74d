"""Contracts of the login chain: certificates, the gateway's hosts, and Keycloak behind it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from urllib.parse import urlsplit

from platformctl.build import Object
from platformctl.build.documents import Data
from platformctl.check.cluster import Cluster, Spot
from platformctl.check.finding import Finding
from platformctl.check.login.contract import contract
from platformctl.check.login.gateway import Listener, covers
from platformctl.check.login.model import LoginChain, realm_name
from platformctl.check.near import suggestion

_EXTRA_CA = "pilot-jwks-extra-cacerts"
"""istiod's ConfigMap with the authorities that it trusts when it fetches keys."""


@contract("tls/secret-namespace")
def certificate_is_where_the_gateway_looks(chain: LoginChain) -> Iterator[Finding]:
    """The Secret of a Gateway must be in the namespace of the gateway's pods.

    Not in that of the Gateway object: istiod gives a workload only Secrets of its own namespace.
    """
    cluster = chain.cluster
    for gateway in chain.entrance.gateways:
        for listener in gateway.listeners:
            name = listener.credential
            makers = list(_makers(cluster, name)) if name else []
            for namespace in sorted(gateway.namespaces) if name else ():
                if any(item.namespace == namespace for item in makers):
                    continue
                if makers:
                    others = [cluster.at(item, *_naming(item)) for item in makers]
                    yield listener.at("tls", "credentialName").finding(
                        f'needs Secret "{name}" in "{namespace}", and it is made in "{makers[0].namespace}"',
                        others=others,
                    )
                elif gateway.pods and cluster.complete(namespace):
                    yield listener.at("tls", "credentialName").finding(
                        f'needs Secret "{namespace}/{name}", which nothing makes',
                        suggestion(name, _made_in(cluster, namespace)),
                    )


def _makers(cluster: Cluster, name: str) -> Iterator[Object]:
    """What makes a Secret of this name, in any namespace."""
    for item in cluster.of("Secret", "Certificate", "ExternalSecret", "SealedSecret"):
        target = item.spec.get("target") or {}
        if name == str(item.spec.get("secretName") or target.get("name") or item.name):
            yield item


def _made_in(cluster: Cluster, namespace: str) -> list[str]:
    """Names of the Secrets that Certificates make in a namespace."""
    items = [item for item in cluster.of("Certificate") if item.namespace == namespace]
    return sorted(str(item.spec.get("secretName")) for item in items)


def _naming(item: Object) -> tuple[str, ...]:
    return ("spec", "secretName") if item.kind == "Certificate" else ("metadata", "name")


@contract("gateway/coalescing")
def hosts_of_one_certificate_are_together(chain: LoginChain) -> Iterator[Finding]:
    """Hosts of one certificate must be in one entry of a Gateway's servers.

    A browser sends requests for all of them over one HTTP/2 connection, which belongs to one entry; for a
    host of another one the gateway has no route there.
    """
    listeners = [
        listener
        for gateway in chain.entrance.gateways
        for listener in gateway.listeners
        if listener.credential
    ]
    for first, second in combinations(listeners, 2):
        if _same_socket(first, second) and first.credential == second.credential:
            apart = [host for host in second.hosts if host not in first.hosts]
            if apart:
                yield second.at("hosts").finding(
                    f"has {', '.join(apart)} apart from {', '.join(first.hosts)}, with the same certificate",
                    others=[first.at("hosts")],
                )


def _same_socket(first: Listener, second: Listener) -> bool:
    one, other = first.gateway, second.gateway
    return first.port == second.port and one.selector == other.selector and one.namespaces == other.namespaces


@contract("tls/provider-ca")
def proxy_trusts_the_identity_provider(chain: LoginChain) -> Iterator[Finding]:
    """The proxy must be given the authority of the identity provider's certificate if it is the cluster's."""
    for proxy in chain.proxies:
        if not proxy.options.known("provider-ca-file") or proxy.options.texts("provider-ca-file"):
            continue
        if proxy.trusts_more or proxy.options.flag("ssl-insecure-skip-verify"):
            continue
        private = _private(chain, proxy.issuer)
        if private:
            yield proxy.at("provider-ca-file").finding(
                f'sets no provider-ca-file, and "{urlsplit(proxy.issuer).hostname}" has a certificate of the'
                " cluster's own authority",
                others=[private],
            )


@contract("jwt/keys")
def keys_can_be_fetched(chain: LoginChain) -> Iterator[Finding]:
    """The keys must be those of the issuer's realm, at an address that istiod reaches and trusts."""
    cluster = chain.cluster
    for rule in chain.token_rules:
        name, url = realm_name(rule.issuer), str(rule.data.get("jwksUri") or "")
        if not name or rule.data.get("jwks"):
            continue
        other = url.partition("/realms/")[2].partition("/")[0]
        if url and other != name:
            yield rule.at("jwksUri").finding(
                f'has the keys of realm "{other}", and tokens are of realm "{name}"',
                others=[rule.at("issuer")],
            )
        labels = (urlsplit(url).hostname or "").split(".")
        short = len(labels) == 2 and cluster.find("Namespace", "", labels[1]) is not None
        inside = short or labels[2:3] == ["svc"]
        service = cluster.find("Service", labels[1], labels[0]) if inside else None
        if inside and service is None and cluster.complete(labels[1]):
            yield rule.at("jwksUri").finding(f'calls Service "{labels[1]}/{labels[0]}", which nothing makes')
        private = _private(chain, url or rule.issuer)
        if private and not any(item.name.startswith(_EXTRA_CA) for item in cluster.of("ConfigMap")):
            yield rule.at("jwksUri").finding(
                "is served with a certificate that istiod does not trust",
                "use Keycloak's address inside the cluster",
                [private],
            )


def _private(chain: LoginChain, url: str) -> Spot | None:
    """The certificate that a URL is served with, where it is of an authority that only the cluster knows."""
    parts, cluster = urlsplit(url), chain.cluster
    if parts.scheme != "https" or not parts.hostname:
        return None
    for gateway in chain.entrance.gateways_of(parts.hostname):
        for listener in gateway.listeners:
            if not any(covers(pattern, parts.hostname) for pattern in listener.hosts):
                continue
            for item in cluster.of("Certificate"):
                reference = item.spec.get("issuerRef") or {}
                here = (
                    item.namespace in gateway.namespaces
                    and item.spec.get("secretName") == listener.credential
                )
                if here and _is_private(cluster, item.namespace, reference):
                    return cluster.at(item, "spec", "issuerRef")
    return None


def _is_private(cluster: Cluster, namespace: str, reference: Data) -> bool:
    """Whether an issuer is an authority of the cluster's own."""
    kind = str(reference.get("kind") or "Issuer")
    # Where cert-manager's chart is not here, nobody knows that a ClusterIssuer has no namespace.
    named = [item for item in cluster.of(kind) if item.name == reference.get("name")]
    issuers = [item for item in named if kind == "ClusterIssuer" or item.namespace == namespace]
    return any({"ca", "selfSigned"} & issuer.spec.keys() for issuer in issuers)


@contract("keycloak/proxy-headers")
def keycloak_knows_that_it_is_https(chain: LoginChain) -> Iterator[Finding]:
    """A Keycloak whose TLS ends at a gateway must believe the gateway's headers.

    It takes each request for plain http otherwise, and browsers drop the cookies that it sets then.
    """
    for server in chain.servers:
        options = server.options
        if not options.flag("http-enabled") or options.text("proxy-headers", "") != "":
            continue
        if options.text("proxy", "") in {"edge", "reencrypt", None}:
            continue
        host = urlsplit(server.url).hostname or ""
        listeners = [
            listener
            for gateway in chain.entrance.gateways_of(host)
            for listener in gateway.listeners
            if listener.tls and any(covers(pattern, host) for pattern in listener.hosts)
        ]
        if listeners:
            yield options.spot("proxy-headers").finding(
                f'sets no proxy-headers, and TLS for "{host}" ends before it', others=[listeners[0].at("tls")]
            )


@contract("keycloak/email-verified")
def users_of_the_realm_can_log_in(chain: LoginChain) -> Iterator[Finding]:
    """A user that comes with the realm must have a verified e-mail address; oauth2-proxy lets no other in."""
    for proxy in chain.proxies:
        realm = chain.realm(proxy.issuer)
        if realm is None or proxy.options.flag("insecure-oidc-allow-unverified-email") is not False:
            continue
        for index, user in enumerate(realm.users):
            if user.get("email") and not user.get("emailVerified"):
                yield realm.at("users", index).finding(
                    f'has user "{user.get("username")}" without emailVerified',
                    "set emailVerified: true for this user",
                    [proxy.at("insecure-oidc-allow-unverified-email")],
                )
