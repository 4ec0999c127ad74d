"""Which components a cluster is made of."""

from __future__ import annotations

from platformctl.platform.catalogue import CATALOGUE
from platformctl.platform.component import Component
from platformctl.platform.schema import ClusterSettings
from platformctl.platform.schema.login import Secrets
from platformctl.platform.schema.network import Certificates, Dns

GATEWAY = {
    "traefik": ("traefik",),
    "istio": ("istio-base", "istiod", "istio-gateway", "ingress", "cert-manager", "certificates"),
}
LOGIN = {"none": (), "keycloak": ("postgresql", "redis", "keycloak", "oauth2-proxy", "login")}
DNS = {"rfc2136": ("dns", "external-dns"), "clouddns": ("external-dns",)}


def chosen(cluster: ClusterSettings) -> tuple[Component, ...]:
    """The components of a cluster, in an order in which each stands after what it depends on."""
    wanted = {"chatbot-api", "chatbot-ui", cluster.inference.engine}
    wanted.update(GATEWAY[cluster.gateway], LOGIN[cluster.login])
    dns = chosen_dns(cluster)
    if dns is not None:
        wanted.update(DNS[dns.provider])
    if cluster.target == "embedded":
        # Other clusters bring their own storage classes and metrics.
        wanted |= {"local-path-provisioner", "metrics-server"}
    return tuple(component for name, component in CATALOGUE.items() if name in wanted)


def chosen_certificates(cluster: ClusterSettings) -> Certificates | None:
    """Who signs the certificate; None without HTTPS."""
    if cluster.gateway != "istio":
        return None
    return cluster.certificates or (Certificates(issuer="local-ca") if cluster.target == "embedded" else None)


def chosen_dns(cluster: ClusterSettings) -> Dns | None:
    """Who writes the records of the cluster's host names; None: nobody in the cluster."""
    if cluster.gateway != "istio":
        return None
    return cluster.dns or (Dns(provider="rfc2136") if cluster.target == "embedded" else None)


def chosen_secrets(cluster: ClusterSettings) -> Secrets:
    """Where passwords and keys are kept."""
    return cluster.secrets or Secrets(store="sops")
