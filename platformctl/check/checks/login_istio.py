"""Contracts of the login chain: the policy at the gateway and whom it asks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from platformctl.check.finding import Finding
from platformctl.check.login.contract import contract
from platformctl.check.login.mesh import Provider
from platformctl.check.login.model import ABSENT, LoginChain
from platformctl.check.login.policies import Request
from platformctl.check.near import suggestion
from platformctl.check.pods import entries

_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
_HEADER_LISTS = (
    "includeRequestHeadersInCheck",
    "headersToUpstreamOnAllow",
    "headersToDownstreamOnAllow",
    "headersToDownstreamOnDeny",
)


@contract("istio/ext-authz-static-upstream")
def check_is_answered_with_200(chain: LoginChain) -> Iterator[Finding]:
    """What oauth2-proxy answers to a check of a valid session must be 200.

    Envoy takes nothing else for consent. oauth2-proxy's own auth path answers 202, and a session that is
    checked on any other path gets what the upstream answers: 404 without one.
    """
    for guard, provider, proxy in chain.asking:
        prefix = str((provider.http or {}).get("pathPrefix") or "")
        if prefix.startswith(f"{proxy.prefix}/"):
            yield provider.at("pathPrefix").finding(
                f'asks provider "{provider.name}" below "{prefix}", where oauth2-proxy does not answer 200',
                others=[proxy.at("proxy-prefix")],
            )
            continue
        upstreams = proxy.options.texts("upstream")
        if proxy.options.known("upstream") and not any(map(_consents, upstreams)):
            yield proxy.at("upstream").finding(
                f"{proxy.options.said('upstream')}, so a valid session is never answered with 200",
                others=[guard.policy.at("spec", "provider")],
            )


@contract("istio/ext-authz-provider")
def provider_is_there(chain: LoginChain) -> Iterator[Finding]:
    """A CUSTOM policy must name a provider of the mesh's configuration that istiod can make a filter of.

    Its name has to be a DNS label, its service the full name of a Service or the host of a ServiceEntry, no
    header list may hold a bare star, and a workload can have one provider only. Otherwise all is denied.
    """
    for guard in chain.guards:
        if not chain.meshes:
            continue
        if guard.provider is None:
            if not all(mesh.whole for mesh in chain.meshes):
                continue
            yield guard.policy.at("spec", "provider", "name").finding(
                f'asks the provider "{guard.policy.provider}", which the mesh configuration does not have',
                suggestion(guard.policy.provider, sorted(chain.providers)),
                [mesh.spot for mesh in chain.meshes],
            )
            continue
        for problem in _problems(chain, guard.provider):
            yield guard.provider.at().finding(problem, others=[guard.policy.at("spec", "provider", "name")])
    for gateway in chain.entrance.gateways:
        guards = [guard for guard in chain.guards if gateway in guard.gateways]
        for first, other in zip(guards[:1] * len(guards), guards, strict=True):
            if other.policy.provider != first.policy.provider:
                yield other.policy.at("spec", "provider", "name").finding(
                    f'is a second provider at the gateway "{gateway.name}", which takes one',
                    "use one provider for all CUSTOM policies of a workload",
                    [first.policy.at("spec", "provider", "name")],
                )


@contract("istio/ext-authz-own-login")
def login_needs_no_login(chain: LoginChain) -> Iterator[Finding]:
    """The identity provider's host must not be behind the check that sends people there."""
    for guard, _, proxy in chain.asking:
        host = urlsplit(proxy.issuer).netloc
        gateways = chain.entrance.gateways_of(urlsplit(proxy.issuer).hostname or "")
        if not host or not set(gateways) & set(guard.gateways):
            continue
        request = Request(host, urlsplit(proxy.issuer).path + "/protocol/openid-connect/auth", "GET", ABSENT)
        if guard.policy.matches(request):
            yield guard.policy.at("spec", "rules").finding(
                f'demands a login for "{host}", where people log in', others=[proxy.at("oidc-issuer-url")]
            )


def _consents(upstream: str) -> bool:
    """Whether an upstream may answer 200."""
    scheme, _, rest = upstream.partition("://")
    return scheme in {"http", "https", "unix"} or (scheme == "static" and rest.strip("/") in {"200", ""})


def _problems(chain: LoginChain, provider: Provider) -> Iterator[str]:
    if not _LABEL.fullmatch(provider.name):
        yield f'has the provider "{provider.name}", whose name is no DNS label'
    for name in _HEADER_LISTS:
        if "*" in (provider.headers(name) or ()):
            yield f'has a bare "*" in {name} of provider "{provider.name}", which makes it invalid'
    yield from _service(chain, provider)


def _service(chain: LoginChain, provider: Provider) -> Iterator[str]:
    cluster, host = chain.cluster, provider.host
    entry_hosts = {str(h) for item in cluster.of("ServiceEntry") for h in item.spec.get("hosts") or ()}
    if host in entry_hosts:
        return
    calls = f'has the provider "{provider.name}" call'
    name, _, rest = host.partition(".")
    namespace, _, kind = rest.partition(".")
    if not kind.startswith("svc."):
        # A ServiceEntry may come from elsewhere, but a short name of a Service never works.
        if cluster.find("Service", namespace or provider.item.namespace, name) or cluster.whole:
            yield f'{calls} "{host}", which is neither the full name of a Service nor in a ServiceEntry'
        return
    service = cluster.find("Service", namespace, name)
    if service is None:
        if cluster.complete(namespace):
            yield f'{calls} Service "{namespace}/{name}", which nothing makes'
        return
    ports = [port.get("port") for port in entries(service.spec.get("ports"))]
    if provider.port not in ports:
        known = ", ".join(map(str, ports))
        yield f'{calls} port {provider.port} of Service "{namespace}/{name}", which has: {known}'
