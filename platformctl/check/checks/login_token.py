"""Contracts of the login chain: what tokens say, and who believes it."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from platformctl.check.cluster import Spot
from platformctl.check.finding import Finding
from platformctl.check.login.contract import contract
from platformctl.check.login.keycloak import Client, Realm
from platformctl.check.login.model import LoginChain, realm_name
from platformctl.check.login.oauth2_proxy import Proxy
from platformctl.check.login.options import Setting
from platformctl.check.login.policies import TOKEN_HEADER


@contract("oidc/own-audience")
def proxy_accepts_its_tokens(chain: LoginChain) -> Iterator[Finding]:
    """An access token for oauth2-proxy must name its client as an audience.

    The provider keycloak-oidc verifies the access token as well, in which Keycloak puts only other clients.
    """
    for proxy in chain.proxies:
        client = chain.client(proxy)
        if client is None or (proxy.options.text("provider", "google") or "") != "keycloak-oidc":
            continue
        accepted = {client.id, *proxy.options.texts("oidc-extra-audience")}
        own_claim = "oidc-audience-claim" not in proxy.options
        if own_claim and not any(client.may_have(audience, "access") for audience in accepted):
            yield client.at("protocolMappers").finding(
                f'has no mapper that adds "{client.id}" to the access tokens of client "{client.id}"',
                others=[proxy.at("client-id")],
            )


@contract("oidc/audience")
def audience_reaches_the_api(chain: LoginChain) -> Iterator[Finding]:
    """An audience that the gateway or the API demands must be added to the token by a mapper.

    Every login ends in 403 otherwise. A client for programs that has one of the two audiences, the API's or
    the proxy's, needs the other as well: the proxy looks at a Bearer token first.
    """
    for realm in chain.realms:
        proxies = [proxy for proxy in chain.proxies if chain.realm(proxy.issuer) is realm]
        own = [client for client in map(chain.client, proxies) if client]
        demands = list(_demands(chain, realm))
        for spot, wanted in demands:
            for client in own or _spas(realm, chain):
                if not _may_have(client, wanted):
                    yield spot.finding(
                        f"demands {_shown(wanted)}, which no mapper adds to the tokens of"
                        f' client "{client.id}"',
                        others=[client.at("protocolMappers")],
                    )
        met = [(at, wanted) for at, wanted in demands if any(_may_have(client, wanted) for client in own)]
        yield from _programs(realm, proxies, met)


def _programs(realm: Realm, proxies: list[Proxy], demands: list[tuple[Spot, list[str]]]) -> Iterator[Finding]:
    """Public clients whose Bearer tokens pass one of the two who verify them, and not the other."""
    if not any(proxy.options.flag("skip-jwt-bearer-tokens") for proxy in proxies):
        return
    front = [audience for p in proxies for audience in (p.client_id, *p.options.texts("oidc-extra-audience"))]
    for client in realm.clients:
        if not client.public:
            continue
        both = [(proxies[0].at("client-id"), front), *demands]
        lacking = [(at, wanted) for at, wanted in both if not _may_have(client, wanted)]
        for spot, wanted in lacking if len(lacking) < len(both) else ():
            yield client.at("protocolMappers").finding(
                f'gives client "{client.id}" tokens without {_shown(wanted)}', others=[spot]
            )


def _demands(chain: LoginChain, realm: Realm) -> Iterator[tuple[Spot, list[str]]]:
    """Who wants an audience of a realm's tokens, and which ones will do."""
    for rule in chain.token_rules:
        if rule.audiences and realm_name(rule.issuer) == realm.name:
            only = (0,) if len(rule.audiences) == 1 else ()
            yield rule.at("audiences", *only), rule.audiences
    for container in chain.consumers:
        if any(realm_name(issuer.text or "") == realm.name for issuer in chain.issuers(container)):
            for name, setting in container.environment.items():
                if name.endswith("AUDIENCE") and setting.text:
                    yield setting.spot, [setting.text]


def _spas(realm: Realm, chain: LoginChain) -> list[Client]:
    """Without a proxy: the public clients of pages that the platform serves."""
    return [
        client
        for client in realm.clients
        if client.public and any(urlsplit(uri).hostname in chain.entrance.hosts for uri in client.redirects)
    ]


@contract("oidc/issuer")
def issuer_is_one(chain: LoginChain) -> Iterator[Finding]:
    """Everybody must know the identity provider by the one URL that it gives itself, to the letter.

    That is Keycloak's hostname and the realm; the proxy compares it with what discovery says, the gateway and
    the API with the token. Another port or a slash at the end is another issuer.
    """
    for realm in chain.realms:
        truth = _truth(chain, realm)
        if truth is None:
            continue
        issuers = list(_issuers(chain, realm))
        texts = {said.text for said in issuers}
        if len(issuers) > 1 and len(texts) == 1 and truth.text not in texts:
            yield truth.spot.finding(
                f'makes the issuer "{truth.text}", and all others say "{issuers[0].text}"',
                others=[said.spot for said in issuers],
            )
            continue
        for said in issuers:
            if said.text != truth.text:
                yield said.spot.finding(
                    f'says "{said.text}", and the issuer is "{truth.text}"', others=[truth.spot]
                )
        for spot, pattern in _principals(chain, realm):
            if not pattern.startswith(f"{truth.text}/"):
                yield spot.finding(
                    f'allows "{pattern}", and the issuer is "{truth.text}"', others=[truth.spot]
                )


def _truth(chain: LoginChain, realm: Realm) -> Setting | None:
    """By Keycloak's hostname; by the first proxy where that says no whole URL."""
    server = chain.server(realm)
    if server and "://" in (server.options.text("hostname", "") or ""):
        return Setting(f"{server.url}/realms/{realm.name}", server.options.spot("hostname"))
    for proxy in chain.proxies:
        if realm_name(proxy.issuer) == realm.name:
            return Setting(proxy.issuer, proxy.at("oidc-issuer-url"))
    return None


def _issuers(chain: LoginChain, realm: Realm) -> Iterator[Setting]:
    found = [
        Setting(proxy.issuer, proxy.at("oidc-issuer-url"))
        for proxy in chain.proxies
        if not proxy.options.flag("insecure-oidc-skip-issuer-verification")
    ]
    found += [Setting(rule.issuer, rule.at("issuer")) for rule in chain.token_rules]
    found += [setting for container in chain.consumers for setting in chain.issuers(container)]
    return (setting for setting in found if realm_name(setting.text or "") == realm.name)


def _principals(chain: LoginChain, realm: Realm) -> Iterator[tuple[Spot, str]]:
    for policy in chain.policies:
        for field, patterns in policy.principals():
            for pattern in patterns:
                if f"/realms/{realm.name}/" in pattern and not pattern.startswith("*"):
                    yield policy.at(*field), pattern


@contract("oidc/pkce")
def pkce_is_used(chain: LoginChain) -> Iterator[Finding]:
    """A client that demands PKCE must get it, with the method that it demands."""
    for proxy in chain.proxies:
        client = chain.client(proxy)
        method = proxy.options.text("code-challenge-method", "")
        if client and client.pkce and method is not None and method != client.pkce:
            yield proxy.at("code-challenge-method").finding(
                f"{proxy.options.said('code-challenge-method')}, and its client demands {client.pkce}",
                f"set code-challenge-method={client.pkce}",
                [client.at("attributes", "pkce.code.challenge.method")],
            )


@contract("oidc/refresh-nonce")
def nonce_survives_the_refresh(chain: LoginChain) -> Iterator[Finding]:
    """Where the nonce is verified and sessions are refreshed, the client needs the mapper that keeps it.

    Keycloak leaves it out of refreshed ID tokens since version 25, and oauth2-proxy verifies each ID token.
    """
    for proxy in chain.proxies:
        client = chain.client(proxy)
        skips = proxy.options.flag("insecure-oidc-skip-nonce", True)
        if client and client.whole and proxy.refreshes and skips is False and not client.keeps_nonce:
            yield client.at("protocolMappers").finding(
                f'leaves the nonce out of the refreshed ID tokens of client "{client.id}"',
                others=[proxy.at("insecure-oidc-skip-nonce"), proxy.at("cookie-refresh")],
            )


@contract("jwt/gateway-authorization")
def gateway_leaves_other_tokens_alone(chain: LoginChain) -> Iterator[Finding]:
    """A gateway that serves the identity provider too must not take tokens from Authorization.

    It would verify those of the identity provider's own requests, such as oauth2-proxy's for userinfo, and
    refuse what is not for the API.
    """
    for rule in chain.token_rules:
        host = urlsplit(rule.issuer).hostname or ""
        for gateway in chain.entrance.gateways_of(host):
            if TOKEN_HEADER in rule.headers and gateway.is_target(rule.item, chain.root_namespace):
                yield rule.at("fromHeaders").finding(
                    f'takes tokens from Authorization at the gateway that serves "{host}" too',
                    others=[listener.at("hosts") for listener in gateway.listeners[:1]],
                )
                break


def _may_have(client: Client, audiences: list[str]) -> bool:
    """Whether an access token may be for one of some audiences."""
    return any(client.may_have(audience, "access") for audience in audiences)


def _shown(audiences: list[str]) -> str:
    return "the audience " + " or ".join(f'"{audience}"' for audience in audiences)
