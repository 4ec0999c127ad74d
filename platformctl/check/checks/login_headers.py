"""Contracts of the login chain: what the API and the browser get, and what nobody may forge."""

from __future__ import annotations

from collections.abc import Iterator

from platformctl.check.checks.login_cookie import passes
from platformctl.check.cluster import Spot
from platformctl.check.finding import Finding, Severity
from platformctl.check.login.contract import contract
from platformctl.check.login.gateway import Gateway
from platformctl.check.login.model import ABSENT, Guard, LoginChain
from platformctl.check.login.options import Setting
from platformctl.check.login.policies import TOKEN_HEADER, Request, allowed, any_of, matches

_ACCESS_TOKEN = "x-auth-request-access-token"
_API_PATHS = ("/", "/api/")
_FORGEABLE = ("x-forwarded-uri", "x-forwarded-host", "x-forwarded-method")


@contract("headers/upstream")
def token_reaches_the_api(chain: LoginChain) -> Iterator[Finding]:
    """The header that a token is taken from must be set by the proxy, passed on by the gateway, and kept."""
    for guard, provider, proxy in chain.asking:
        for rule in chain.rules_for(proxy):
            taken = [header for header in rule.headers if header.startswith("x-auth-request-")]
            if not taken:
                continue
            if not any(passes(provider, "headersToUpstreamOnAllow", header) for header in taken):
                yield provider.at("headersToUpstreamOnAllow").finding(
                    f"{provider.lists_no(' or '.join(taken), 'headersToUpstreamOnAllow')},"
                    " where the token is looked for",
                    "list the header in headersToUpstreamOnAllow",
                    [rule.at("fromHeaders")],
                )
            for name in ("set-xauthrequest", "pass-access-token") if _ACCESS_TOKEN in taken else ():
                if proxy.options.flag(name) is False:
                    yield proxy.at(name).finding(
                        f"{proxy.options.said(name)}, and the token is looked for in {_ACCESS_TOKEN}",
                        f"set {name}",
                        [rule.at("fromHeaders"), guard.policy.at("spec", "provider")],
                    )
    for rule in chain.token_rules:
        behind = [s.spot for c in chain.consumers for s in chain.issuers(c) if s.text == rule.issuer]
        at_gateway = any(g.is_target(rule.item, chain.root_namespace) for g in chain.entrance.gateways)
        if behind and at_gateway and not rule.passes_on:
            yield rule.at("forwardOriginalToken").finding(
                "removes the token once it is verified, and the API wants it",
                "set forwardOriginalToken: true",
                behind[:1],
            )


@contract("headers/id-token", Severity.WARNING)
def api_gets_an_access_token(chain: LoginChain) -> Iterator[Finding]:
    """What is passed on in Authorization should be an access token; oauth2-proxy puts the ID token there."""
    for _, provider, proxy in chain.asking:
        sets = proxy.options.flag("set-authorization-header")
        if sets and passes(provider, "headersToUpstreamOnAllow", TOKEN_HEADER):
            yield provider.at("headersToUpstreamOnAllow").finding(
                f'passes Authorization on by provider "{provider.name}", which has the ID token',
                others=[proxy.at("set-authorization-header")],
            )


@contract("cors/preflight")
def preflight_gets_through(chain: LoginChain) -> Iterator[Finding]:
    """Where pages of other hosts may ask, a preflight must get through without a cookie and a token.

    It has neither, and CORS is answered only behind the check.
    """
    for guard in chain.guards:
        for host in guard.hosts:
            pages = chain.origins(host)
            if not pages:
                continue
            asked = any_of(guard.policy.matches(request) for request in _preflights(guard, host, pages[0]))
            if asked and not (guard.proxy and guard.proxy.options.flag("skip-auth-preflight")):
                yield guard.policy.at("spec", "rules").finding(
                    f'demands a session of a preflight for "{host}"',
                    'leave it out: notMethods: ["OPTIONS"]',
                    [pages[0].spot],
                )
            for gateway in (each for each in guard.gateways if each.serves(host)):
                refusing = _refusing(chain, gateway, _preflights(guard, host, pages[0]))
                if refusing:
                    yield refusing.finding(
                        f'refuses a preflight for "{host}"',
                        "allow the method OPTIONS of the host without a principal",
                        [pages[0].spot],
                    )


def _preflights(guard: Guard, host: str, page: Setting) -> list[Request]:
    headers = {**ABSENT, "origin": page.text, "access-control-request-method": "POST"}
    return [Request(guard.authority(host), path, "OPTIONS", headers) for path in _API_PATHS]


def _refusing(chain: LoginChain, gateway: Gateway, requests: list[Request]) -> Spot | None:
    """The policy that certainly refuses all of some requests, or the one nearest to allowing them."""
    listed = chain.guarding(gateway)
    if any(allowed(listed, request) is not False for request in requests):
        return None
    request = requests[-1]
    denying = [p for p in listed if p.action == "DENY" and p.matches(request)]
    allowing = [p for p in listed if p.action == "ALLOW"]
    about = [p for p in allowing if p.concerns(request.host)]
    with_token = [p for p in about if any(patterns for _, patterns in p.principals())]
    return (denying or with_token or about or allowing)[0].at("spec")


@contract("cors/denial", Severity.WARNING)
def page_can_tell_an_ended_session(chain: LoginChain) -> Iterator[Finding]:
    """Where the proxy's own paths answer with CORS, they should do it for the page, with credentials.

    A denial at the gateway has no CORS headers, so the browser hides its 401. The proxy's own paths are not
    behind the check: there a page can ask whether its session has ended, if it may read the answer.
    """
    for guard, _, proxy in chain.asking:
        path = f"{proxy.prefix}/userinfo"
        for host in guard.hosts:
            route = chain.entrance.route(host, path)
            names = [name for _, name in route.destinations] if route else []
            # Without a policy a page may still ask with no-cors whether anybody answers.
            if (
                route is None
                or route.cors is None
                or guard.provider is None
                or guard.provider.host.split(".")[0] not in names
            ):
                continue
            for page in chain.origins(host):
                origins = [o for o in route.cors.get("allowOrigins") or () if isinstance(o, dict)]
                known = not page.text or any(_fits(entry, page.text) for entry in origins)
                if not (known and route.cors.get("allowCredentials")):
                    yield route.at("corsPolicy").finding(
                        f'hides from "{page.text}" what {path} answers',
                        "list that origin in the corsPolicy, and set allowCredentials: true",
                        [page.spot],
                    )


def _fits(entry: dict[str, str], origin: str) -> bool:
    exact, prefix = entry.get("exact"), entry.get("prefix")
    return exact in {origin, "*"} or (bool(prefix) and origin.startswith(str(prefix))) or "regex" in entry


@contract("proxy/api-route")
def scripts_get_401(chain: LoginChain) -> Iterator[Finding]:
    """A request of a script must be told from a page's, by its accept header or its path.

    oauth2-proxy sends it to the login page otherwise, where the browser stops it.
    """
    for guard, provider, proxy in chain.asking:
        pages = [page for host in guard.hosts for page in chain.origins(host)]
        if not pages or passes(provider, "includeRequestHeadersInCheck", "accept"):
            continue
        if proxy.options.known("api-route") and not proxy.options.texts("api-route"):
            yield provider.at("includeRequestHeadersInCheck").finding(
                f"{provider.lists_no('accept', 'includeRequestHeadersInCheck')},"
                " and oauth2-proxy knows no API path",
                others=[proxy.at("api-route"), pages[0].spot],
            )


@contract("proxy/open-paths")
def nothing_is_open_by_accident(chain: LoginChain) -> Iterator[Finding]:
    """The paths that oauth2-proxy answers itself must be closed by a policy.

    It answers /robots.txt, /ping and /ready with 200 to anybody, and Envoy takes that for consent.
    """
    for guard, _, proxy in chain.asking:
        named = [proxy.options.text("ping-path", "/ping"), proxy.options.text("ready-path", "/ready")]
        paths = ["/robots.txt", *(path for path in named if path)]
        for host in guard.hosts:
            open_paths = [path for path in paths if _is_open(chain, guard, host, path)]
            if open_paths:
                yield guard.policy.at("spec", "rules").finding(
                    f'lets anybody ask "{host}" for {", ".join(open_paths)}', others=[proxy.at("ping-path")]
                )


def _is_open(chain: LoginChain, guard: Guard, host: str, path: str) -> bool:
    request = Request(guard.authority(host), path, "GET", ABSENT)
    if not guard.policy.matches(request):
        return False
    serving = [gateway for gateway in guard.gateways if gateway.serves(host)]
    return any(allowed(chain.guarding(gateway), request) for gateway in serving)


@contract("proxy/forwarded")
def forwarded_headers_are_trusted_from_the_gateway_only(chain: LoginChain) -> Iterator[Finding]:
    """Where paths need no login, nobody but the gateway may say which path was asked for."""
    for guard, provider, proxy in chain.asking:
        options = proxy.options
        if not options.flag("reverse-proxy") or not options.known("trusted-proxy-ip"):
            continue
        if options.texts("trusted-proxy-ip"):
            continue
        for name in ("skip-auth-route", "skip-auth-regex"):
            if options.texts(name):
                yield options.spot(name).finding(
                    f"{options.said(name)}, and anybody may forge the path with X-Forwarded-Uri",
                    others=[options.spot("reverse-proxy"), guard.policy.at("spec", "provider")],
                )
        included = provider.headers("includeRequestHeadersInCheck") or []
        forged = [header for header in _FORGEABLE if any(matches(pattern, header) for pattern in included)]
        if forged:
            yield provider.at("includeRequestHeadersInCheck").finding(
                f'passes {", ".join(forged)} on by provider "{provider.name}": anybody may send it,'
                " and oauth2-proxy believes it",
                others=[options.spot("reverse-proxy")],
            )
