"""Contracts of the login chain: cookies and sessions."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from platformctl.check.finding import Finding, Severity
from platformctl.check.login.contract import contract
from platformctl.check.login.mesh import Provider
from platformctl.check.login.model import Guard, LoginChain
from platformctl.check.login.oauth2_proxy import Proxy
from platformctl.check.login.policies import matches
from platformctl.platform.duration import Duration

_CSRF_SECONDS = 300
"""How long an unfinished login's cookie may stay where their number is not limited."""


@contract("cookie/domain")
def session_cookie_comes_back(chain: LoginChain) -> Iterator[Finding]:
    """The session cookie must reach every host that demands it, and from there the check.

    The callback sets it on its own host. Its domain has to cover the others, and the provider has to pass the
    cookie header on; otherwise each request starts a login.
    """
    for guard, provider, proxy in chain.asking:
        if not passes(provider, "includeRequestHeadersInCheck", "cookie"):
            yield provider.at("includeRequestHeadersInCheck").finding(
                f"{provider.lists_no('cookie', 'includeRequestHeadersInCheck')}, so no session is seen",
                "put cookie into includeRequestHeadersInCheck",
                [proxy.at("cookie-domain")],
            )
        yield from _domain(guard, proxy)
        yield from _prefix(guard, proxy)


def _domain(guard: Guard, proxy: Proxy) -> Iterator[Finding]:
    hosts = sorted({*guard.hosts, proxy.host} - {""})
    if not proxy.options.known("cookie-domain") or not proxy.options.known("redirect-url"):
        return
    domains = proxy.options.texts("cookie-domain") or [proxy.host]
    outside = [host for host in hosts if not any(_in_domain(host, domain) for domain in domains)]
    if outside and proxy.host:
        shown = ", ".join(f'"{host}"' for host in outside)
        yield proxy.at("cookie-domain").finding(
            f"{proxy.options.said('cookie-domain')}, so the session cookie does not come back to {shown}",
            "set cookie-domain to the domain above all hosts",
            [guard.policy.at("spec", "rules")],
        )


def _prefix(guard: Guard, proxy: Proxy) -> Iterator[Finding]:
    """Browsers drop a cookie that does not keep what its name promises."""
    name = proxy.options.text("cookie-name", "_oauth2_proxy") or ""
    others = [guard.policy.at("spec", "provider")]
    if name.startswith("__Host-") and proxy.options.texts("cookie-domain"):
        yield proxy.at("cookie-name").finding(
            f"{proxy.options.said('cookie-name')} and gives it a domain, which browsers refuse",
            "use __Secure-",
            others,
        )
    if name.startswith(("__Host-", "__Secure-")) and proxy.options.flag("cookie-secure", True) is False:
        yield proxy.at("cookie-secure").finding(
            f'{proxy.options.said("cookie-secure")} for the cookie "{name}", which browsers refuse',
            "leave cookie-secure on",
            others,
        )


@contract("cookie/csrf")
def login_cookie_survives(chain: LoginChain) -> Iterator[Finding]:
    """The cookie of a login that is begun must reach the browser, and come back with the callback.

    oauth2-proxy sets it in the very answer with which it denies the request. With SameSite strict it does not
    come back from an identity provider on another site.
    """
    for guard, provider, proxy in chain.asking:
        if provider.headers("headersToDownstreamOnDeny") and not passes(
            provider, "headersToDownstreamOnDeny", "set-cookie"
        ):
            yield provider.at("headersToDownstreamOnDeny").finding(
                f"{provider.lists_no('set-cookie', 'headersToDownstreamOnDeny')}, which a login starts with",
                "put set-cookie into headersToDownstreamOnDeny",
                [proxy.at("redirect-url")],
            )
        site = (proxy.options.text("cookie-samesite", "") or "").lower()
        issuer = urlsplit(proxy.issuer).hostname or ""
        if site == "strict" and issuer and proxy.host and _site(issuer) != _site(proxy.host):
            yield proxy.at("cookie-samesite").finding(
                f'sets cookie-samesite to strict, and the callback comes from another site, "{issuer}"',
                "set cookie-samesite to lax",
                [proxy.at("oidc-issuer-url"), guard.policy.at("spec", "provider")],
            )


@contract("headers/set-cookie")
def refreshed_cookie_arrives(chain: LoginChain) -> Iterator[Finding]:
    """Where sessions are refreshed, the new cookie must get through with the answer of the API.

    oauth2-proxy sets it in the check that it allows, and Envoy drops all headers of such an answer that the
    provider does not list.
    """
    for _, provider, proxy in chain.asking:
        if proxy.refreshes and not passes(provider, "headersToDownstreamOnAllow", "set-cookie"):
            yield provider.at("headersToDownstreamOnAllow").finding(
                f"{provider.lists_no('set-cookie', 'headersToDownstreamOnAllow')}, and refreshes set one",
                others=[proxy.at("cookie-refresh")],
            )


@contract("session/store", Severity.WARNING)
def tokens_are_not_in_cookies(chain: LoginChain) -> Iterator[Finding]:
    """Tokens should lie in a store, not in the cookie.

    With an identity provider's roles and groups in them they exceed the size of headers that servers accept.
    And only a store has the lock that keeps several requests from refreshing one session at once.
    """
    for guard, _, proxy in chain.asking:
        minimal = proxy.options.flag("session-cookie-minimal")
        if proxy.in_redis is False and minimal is False and (proxy.refreshes or _passes_tokens(proxy)):
            yield proxy.at("session-store-type").finding(
                f"{proxy.options.said('session-store-type')}, so the tokens are in the cookie",
                others=[guard.policy.at("spec", "provider")],
            )


@contract("cookie/csrf-limit", Severity.WARNING)
def unfinished_logins_end(chain: LoginChain) -> Iterator[Finding]:
    """With a cookie for each login that is begun, their number or their life should be limited."""
    for guard, _, proxy in chain.asking:
        options = proxy.options
        life = options.text("cookie-csrf-expire", "15m")
        limit = options.text("cookie-csrf-per-request-limit", "0")
        if not options.flag("cookie-csrf-per-request") or life is None or limit not in {"", "0"}:
            continue
        if Duration(life).seconds > _CSRF_SECONDS:
            yield options.spot("cookie-csrf-per-request").finding(
                f"leaves a cookie of {life} for each login that is begun, without a limit",
                others=[guard.policy.at("spec", "provider")],
            )


@contract("session/refresh")
def sessions_are_refreshed_in_time(chain: LoginChain) -> Iterator[Finding]:
    """A session must be refreshed before its access token ends, with a refresh token that may be used again.

    Requests come in bursts, and each may refresh the session: a refresh token that is revoked by its first
    use makes the others fail.
    """
    for proxy in chain.proxies:
        realm = chain.realm(proxy.issuer)
        if realm is None or not proxy.refreshes:
            continue
        refresh, life = proxy.refresh_seconds, realm.access_token_seconds(chain.client(proxy))
        if refresh >= life:
            yield proxy.at("cookie-refresh").finding(
                f"refreshes a session after {refresh} s, and its access token ends after {life} s",
                "set cookie-refresh below the realm's accessTokenLifespan",
                [realm.at("accessTokenLifespan")],
            )
        if realm.data.get("revokeRefreshToken") and not realm.data.get("refreshTokenMaxReuse"):
            yield realm.at("revokeRefreshToken").finding(
                f'lets realm "{realm.name}" revoke a refresh token at its first use (revokeRefreshToken)',
                "leave revokeRefreshToken off",
                [proxy.at("cookie-refresh")],
            )


@contract("logout/session", Severity.WARNING)
def logout_ends_the_session(chain: LoginChain) -> Iterator[Finding]:
    """Logging out should end the session at the identity provider as well, or the next login asks nothing."""
    for guard, _, proxy in chain.asking:
        if proxy.options.text("backend-logout-url", "") == "":
            yield proxy.at("backend-logout-url").finding(
                "sets no backend-logout-url, so a logout leaves the session of the identity provider",
                others=[guard.policy.at("spec", "provider")],
            )


def passes(provider: Provider, name: str, header: str) -> bool:
    """Whether a list of a provider, with patterns in it, has a header."""
    return any(matches(pattern, header) for pattern in provider.headers(name) or ())


def _in_domain(host: str, domain: str) -> bool:
    bare = domain.lower().lstrip(".").partition(":")[0]
    return host == bare or host.endswith(f".{bare}")


def _site(host: str) -> str:
    """The last two labels: near enough to what browsers call a site, without a list of public suffixes."""
    return ".".join(host.split(".")[-2:])


def _passes_tokens(proxy: Proxy) -> bool:
    return bool(proxy.options.flag("pass-access-token") or proxy.options.flag("set-authorization-header"))
