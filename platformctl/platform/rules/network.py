"""The gateway, and what goes with it: ports, certificates, DNS."""

from __future__ import annotations

from collections.abc import Iterator

from platformctl.platform.choice import chosen_dns
from platformctl.platform.embedded import NODE_PORTS
from platformctl.platform.rules.scope import Scope
from platformctl.platform.source import Problem

LOCAL_DOMAIN = ".localhost"
"""Browsers lead every name below it to this machine, without DNS."""


def network(scope: Scope) -> Iterator[Problem]:
    """The rules of this file."""
    if scope.cluster.mesh:
        yield from scope.only_with(("mesh",), "gateway", "istio")
    yield from _ports(scope)
    yield from _domain(scope)
    yield from _certificates(scope)
    yield from _dns(scope)


def _ports(scope: Scope) -> Iterator[Problem]:
    ports = scope.cluster.embedded
    if ports is None:
        return
    yield from scope.only_with(("embedded",), "target", "embedded")
    if scope.cluster.target != "embedded":
        return
    yield from scope.only_with(("embedded", "httpPort"), "gateway", "traefik")
    yield from scope.only_with(("embedded", "httpsPort"), "gateway", "istio")
    istio = scope.cluster.gateway == "istio"
    key, port = ("httpsPort", ports.https_port) if istio else ("httpPort", ports.http_port)
    if port == ports.git_port:
        line = scope.at(("embedded", key))
        yield scope.problem(("embedded", "gitPort"), f"{port} is {key} already ({line}).")
    # Pods come to the same port, so the gateway's Service would take over what listens at the node's.
    if istio and (other := NODE_PORTS.get(port)):
        message = f"{port} is taken by {other} of the node, where pods use the same port."
        yield scope.problem(("embedded", key), message)


def _domain(scope: Scope) -> Iterator[Problem]:
    cluster, domain = scope.cluster, scope.cluster.domain
    if cluster.gateway != "istio":
        return
    if cluster.target == "embedded" and not domain.endswith(LOCAL_DOMAIN):
        yield scope.problem(
            ("domain",),
            f'"{domain}" does not end in "{LOCAL_DOMAIN}", so browsers do not find the hosts below it here;'
            f" needed by {scope.said('gateway')} with {scope.said('target')}.",
        )
    elif cluster.login != "none" and "." not in domain:
        yield scope.problem(
            ("domain",),
            f'"{domain}" is a domain of one part, for which browsers keep no cookie; needed by'
            f" {scope.said('login')}.",
        )


def _certificates(scope: Scope) -> Iterator[Problem]:
    cluster, certificates = scope.cluster, scope.cluster.certificates
    if certificates is None:
        if (cluster.gateway, cluster.target) == ("istio", "existing"):
            needed = f"{scope.said('gateway')} and {scope.said('target')}"
            yield scope.problem(("certificates",), f"is required with {needed}.")
        return
    yield from scope.only_with(("certificates",), "gateway", "istio")
    place, email = ("certificates", "issuer"), ("certificates", "email")
    wanted = "embedded" if certificates.issuer == "local-ca" else "existing"
    if cluster.target != wanted:
        message = f'"{certificates.issuer}" is for target: {wanted}, not for {scope.said("target")}.'
        yield scope.problem(place, message)
    elif certificates.issuer == "acme":
        if certificates.email is None:
            yield scope.problem(email, f"is required with issuer: acme ({scope.at(place)}).")
        if chosen_dns(cluster) is None:
            message = f'"acme" wants a record in DNS as a proof, and nothing sets dns ({scope.at(("dns",))}).'
            yield scope.problem(place, message)
    elif certificates.email is not None:
        yield scope.problem(email, f"is for issuer: acme, not for issuer: local-ca ({scope.at(place)}).")


def _dns(scope: Scope) -> Iterator[Problem]:
    dns = scope.cluster.dns
    if dns is None:
        return
    yield from scope.only_with(("dns",), "gateway", "istio")
    place, project = ("dns", "provider"), ("dns", "project")
    wanted = "embedded" if dns.provider == "rfc2136" else "existing"
    if scope.cluster.target != wanted:
        message = f'"{dns.provider}" is for target: {wanted}, not for {scope.said("target")}.'
        yield scope.problem(place, message)
    elif dns.provider == "clouddns" and dns.project is None:
        yield scope.problem(project, f"is required with provider: clouddns ({scope.at(place)}).")
    elif dns.provider != "clouddns" and dns.project is not None:
        message = f"is for provider: clouddns, not for provider: {dns.provider} ({scope.at(place)})."
        yield scope.problem(project, message)
