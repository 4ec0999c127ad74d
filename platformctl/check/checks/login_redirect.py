"""Contracts of the login chain: the ways there and back."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from platformctl.check.finding import Finding
from platformctl.check.login.contract import contract
from platformctl.check.login.keycloak import Realm
from platformctl.check.login.model import LoginChain
from platformctl.check.login.oauth2_proxy import Proxy
from platformctl.check.near import suggestion

_HEADER = "x-auth-request-redirect"


@contract("redirect/absolute")
def people_come_back_to_where_they_were(chain: LoginChain) -> Iterator[Finding]:
    """A host that is not the callback's must be said in full, and be one that oauth2-proxy may redirect to.

    By itself it knows only the path of a request. A whitelist entry without a port is for URLs without one.
    """
    for guard, provider, proxy in chain.asking:
        if not proxy.host:
            continue
        others = [host for host in guard.hosts if host != proxy.host]
        if others and _HEADER not in provider.added:
            yield provider.at("includeAdditionalHeadersInCheck").finding(
                f"{provider.lists_no('X-Auth-Request-Redirect', 'includeAdditionalHeadersInCheck')},"
                f' so a login for "{others[0]}" ends at "{proxy.host}"',
                "add X-Auth-Request-Redirect: https://%REQ(:authority)%%REQ(:path)%",
                [proxy.at("redirect-url"), guard.policy.at("spec", "rules")],
            )
            continue
        if not proxy.options.known("whitelist-domain"):
            continue
        wanted = {host + proxy.port: guard.policy.at("spec", "rules") for host in others}
        for host in guard.hosts:
            wanted |= {urlsplit(page.text or "").netloc: page.spot for page in chain.origins(host)}
        allowed = proxy.options.texts("whitelist-domain")
        for authority, spot in sorted(wanted.items(), key=lambda pair: pair[0]):
            if authority and not any(_may_go(entry, authority) for entry in allowed):
                said = proxy.options.said("whitelist-domain")
                yield proxy.at("whitelist-domain").finding(
                    f'{said}, so nobody comes back to "{authority}" after the login',
                    "list the domain with the port of its URLs",
                    [spot],
                )


@contract("oidc/redirect-uri")
def callback_is_allowed(chain: LoginChain) -> Iterator[Finding]:
    """The callback must be a public https URL that the client allows, to the letter.

    Without redirect-url oauth2-proxy makes it of what it sees behind the gateway: http, and no port.
    """
    asked = {id(proxy): guard for guard, _, proxy in chain.asking}
    for proxy in chain.proxies:
        realm = chain.realm(proxy.issuer)
        if id(proxy) not in asked and realm is None:
            continue
        client = chain.client(proxy)
        others = [asked[id(proxy)].policy.at("spec", "provider")] if realm is None else [realm.at("clients")]
        others = [client.at("redirectUris")] if client else others
        text = proxy.options.text("redirect-url", "")
        if text is None:
            continue
        parts = urlsplit(text)
        if not parts.scheme or not parts.netloc:
            fix = "set redirect-url to the public https URL of the callback"
            yield proxy.at("redirect-url").finding(
                f"{proxy.options.said('redirect-url')}, so the callback's URL is guessed", fix, others
            )
        elif parts.scheme == "http" and any(
            listener.tls and parts.hostname in listener.hosts
            for gateway in chain.entrance.gateways
            for listener in gateway.listeners
        ):
            yield proxy.at("redirect-url").finding(
                f"{proxy.options.said('redirect-url')}, and that host is served by https", "", others
            )
        elif realm and proxy.client_id and realm.clients:
            yield from _client(realm, proxy, text)


def _client(realm: Realm, proxy: Proxy, callback: str) -> Iterator[Finding]:
    client = realm.client(proxy.client_id)
    if client is None:
        yield proxy.at("client-id").finding(
            f'sets client-id to "{proxy.client_id}", which realm "{realm.name}" does not have',
            suggestion(proxy.client_id, sorted(each.id for each in realm.clients)),
            [realm.at("clients")],
        )
    elif not any(_allows(uri, callback) for uri in client.redirects):
        known = ", ".join(client.redirects) or "none"
        yield proxy.at("redirect-url").finding(
            f'sets redirect-url to "{callback}", and client "{client.id}" of its realm allows: {known}',
            "",
            [client.at("redirectUris")],
        )


@contract("oidc/web-origins")
def pages_may_ask_for_tokens(chain: LoginChain) -> Iterator[Finding]:
    """A public client's web origins must have every page of the platform that it redirects to.

    A page gets its token by a request to another host, which the browser allows only for these.
    """
    for realm in chain.realms:
        for client in realm.clients:
            if not client.public or client.data.get("standardFlowEnabled") is False:
                continue
            wanted = {
                f"{urlsplit(uri).scheme}://{urlsplit(uri).netloc}"
                for uri in client.redirects
                if urlsplit(uri).hostname in chain.entrance.hosts
            }
            if {"+", "*"} & set(client.web_origins):
                continue
            for origin in sorted(wanted - set(client.web_origins)):
                known = ", ".join(client.web_origins) or "none"
                yield client.at("webOrigins").finding(
                    f'redirects client "{client.id}" to "{origin}", which is not in its webOrigins: {known}',
                    others=[
                        listener.at("hosts")
                        for gateway in chain.entrance.gateways_of(urlsplit(origin).hostname or "")
                        for listener in gateway.listeners[:1]
                    ],
                )


def _may_go(entry: str, authority: str) -> bool:
    """As oauth2-proxy compares a whitelist entry with the host and the port of a URL."""
    name, _, port = entry.lower().partition(":")
    host, _, wanted = authority.partition(":")
    if port != "*" and port != wanted:
        return False
    bare = name.removeprefix("*").lstrip(".")
    return host == bare or (name.startswith((".", "*.")) and host.endswith(f".{bare}"))


def _allows(uri: str, callback: str) -> bool:
    """As Keycloak compares a redirect URI: to the letter, or with a star at its end."""
    if uri.endswith("*"):
        return callback.partition("?")[0].startswith(uri[:-1])
    return uri == callback
