"""The catalogue of failures of a login chain. Pure data: what finds them and what shows them is elsewhere.

The contracts of ``validate`` find a failure in the files, the trace finds it in a running cluster; both say
it by its row, so that one failure has one code and one fix.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One failure that people meet.

    Attributes:
        number: its place in the catalogue, from 1 without a gap.
        code: stable and unique, such as ``oidc/audience``; a contract that finds it has the same code.
        symptom: what is seen, without a full stop.
        cause: one sentence without a full stop.
        fix: what to do, as an order, without a full stop.
    """

    number: int
    code: str
    symptom: str
    cause: str
    fix: str


ROWS: tuple[Row, ...] = (
    Row(
        1,
        "istio/ext-authz-static-upstream",
        "a user who is logged in gets 202 or 404, and Envoy logs ext_authz_denied",
        "Envoy lets a request through on 200 only; oauth2-proxy answers 202 on its auth path, and 404 without"
        " an upstream",
        "give oauth2-proxy the upstream static://200, and the provider no pathPrefix",
    ),
    Row(
        2,
        "istio/ext-authz-provider",
        "every request ends in 403 `RBAC: access denied`, and Envoy logs deny-due-to-bad-CUSTOM-action",
        "the policy's provider is unknown, names a service that istiod does not find, or is the second one of"
        " the same workload",
        "name one provider of meshConfig.extensionProviders, with the full name and the port of a Service",
    ),
    Row(
        3,
        "istio/ext-authz-own-login",
        "the browser stops with ERR_TOO_MANY_REDIRECTS",
        "the way to log in asks for a login: the identity provider's host or the proxy's own paths are behind"
        " ext_authz",
        "match only the protected hosts in the CUSTOM policy, and leave /oauth2/* out with notPaths",
    ),
    Row(
        4,
        "cookie/domain",
        "after the callback the login starts again, without end",
        "the session cookie does not come back: its domain does not cover the host, or the check does not get"
        " the cookie header",
        "set cookie-domain to the domain above all hosts, and put cookie into includeRequestHeadersInCheck",
    ),
    Row(
        5,
        "redirect/absolute",
        "after the login the user is at / of another host instead of where they were",
        "oauth2-proxy knows only the path of the request, or may not redirect to its host",
        "send X-Auth-Request-Redirect with the whole URL in the check, and list the host, with its port, in"
        " whitelist-domain",
    ),
    Row(
        6,
        "cookie/csrf",
        "the callback answers 403 `unable to find a valid CSRF token`",
        "the _csrf cookie of the login's start is lost: set-cookie is dropped from the denial, or SameSite is"
        " strict",
        "put set-cookie into headersToDownstreamOnDeny, and set cookie-samesite to lax",
    ),
    Row(
        7,
        "oidc/own-audience",
        "the callback answers 500 `audience from claim aud`",
        "the proxy's client id is not an audience of the tokens that it gets",
        "add an oidc-audience-mapper with the client's own id to that client, for ID and access tokens",
    ),
    Row(
        8,
        "keycloak/email-verified",
        "the callback answers 500 `email in id_token isn't verified`",
        "the user's e-mail address is not marked as verified",
        "verify the address, or set emailVerified for a user that the realm file brings",
    ),
    Row(
        9,
        "oidc/audience",
        "the API answers 403 `Audiences in Jwt are not allowed`",
        "the API demands an audience that no mapper adds to the token",
        "add an oidc-audience-mapper with the API's audience to the client, for access tokens",
    ),
    Row(
        10,
        "oidc/issuer",
        "oauth2-proxy stops with `issuer did not match`, or the API answers 401 `Jwt issuer is not"
        " configured`",
        "the identity provider calls itself by another URL than those who trust it",
        "use the public issuer URL everywhere, to the letter, and make it resolve inside the cluster too",
    ),
    Row(
        11,
        "tls/provider-ca",
        "oauth2-proxy stops with `x509: certificate signed by unknown authority`",
        "the identity provider's certificate comes from an authority that the proxy's pod does not know",
        "mount that authority's certificate and name it in provider-ca-file",
    ),
    Row(
        12,
        "jwt/keys",
        "the API answers 401 `Jwks doesn't have key to match kid`",
        "istiod could not fetch the keys and gave Envoy a key of its own in their place",
        "let istiod reach the jwksUri and trust its certificate; then change the RequestAuthentication, which"
        " makes it fetch again",
    ),
    Row(
        13,
        "jwt/remote-keys",
        "the API answers 401 `Jwks remote fetch is failed`",
        "Envoy fetches the keys itself (PILOT_JWT_ENABLE_REMOTE_JWKS) and has no route to them",
        "let istiod fetch them, or add a ServiceEntry for the host of the jwksUri",
    ),
    Row(
        14,
        "headers/upstream",
        "the API gets no token",
        "the header is lost on the way: oauth2-proxy does not set it, the provider does not pass it on, or"
        " the gateway removes it once it is verified",
        "set set-xauthrequest and pass-access-token, list the header in headersToUpstreamOnAllow, and set"
        " forwardOriginalToken",
    ),
    Row(
        15,
        "headers/id-token",
        "the API gets an ID token where it expects an access token",
        "set-authorization-header puts the ID token into Authorization",
        "pass x-auth-request-access-token on instead, and leave set-authorization-header out",
    ),
    Row(
        16,
        "cors/preflight",
        "a preflight gets 302, 401 or 403, and the browser reports a CORS error",
        "a preflight has no cookie and no token, and CORS runs after the check",
        "leave OPTIONS out of the CUSTOM policy with notMethods, and allow it without a principal",
    ),
    Row(
        17,
        "cors/denial",
        "once the session has ended the page sees a CORS error instead of 401",
        "a denial at the gateway carries no CORS headers, so the browser hides its status",
        "let the page take a refused request, and an answer of /oauth2/userinfo with no-cors, for an ended"
        " session",
    ),
    Row(
        18,
        "proxy/api-route",
        "a request of a script is redirected to the login page instead of getting 401",
        "oauth2-proxy cannot tell it from a page: it does not see the accept header, and no api-route"
        " matches",
        "name the API's paths in api-route, or put accept into includeRequestHeadersInCheck",
    ),
    Row(
        19,
        "oidc/web-origins",
        "the browser blocks the token endpoint with a CORS error",
        "the client's webOrigins do not have the origin of the page",
        "list the page's origin in webOrigins, or `+` for those of the redirect URIs",
    ),
    Row(
        20,
        "session/store",
        "requests get 431, or oauth2-proxy logs `Multiple cookies are required`",
        "the tokens lie in the cookie and make it larger than servers accept",
        "keep sessions in Redis: session-store-type=redis",
    ),
    Row(
        21,
        "cookie/csrf-limit",
        "requests get 431, and the browser has many _csrf cookies",
        "each login that is begun and not finished leaves a cookie",
        "set cookie-csrf-per-request-limit, or a short cookie-csrf-expire where oauth2-proxy does not know"
        " it",
    ),
    Row(
        22,
        "session/refresh",
        "users are logged out at random, and the log says invalid_grant",
        "the refresh comes too late, or several requests refresh one session at once with a token that may be"
        " used once",
        "keep sessions in Redis, which has a lock, refresh before the access token ends, and leave"
        " revokeRefreshToken off",
    ),
    Row(
        23,
        "headers/set-cookie",
        "the session ends although it is used: a refreshed cookie never reaches the browser",
        "Envoy drops set-cookie from an answer that lets the request through",
        "put set-cookie into headersToDownstreamOnAllow",
    ),
    Row(
        24,
        "gateway/coalescing",
        "a browser gets 404 with the flag NR where curl gets the page",
        "the browser uses one HTTP/2 connection for hosts of one certificate, and the gateway has them in"
        " different server entries",
        "put the hosts of one certificate into one entry of spec.servers",
    ),
    Row(
        25,
        "logout/session",
        "logging out logs straight in again",
        "only the cookie goes; the session at the identity provider stays",
        "set backend-logout-url with {id_token}, or redirect to the provider's end_session endpoint",
    ),
    Row(
        26,
        "oidc/redirect-uri",
        "Keycloak shows `Invalid parameter: redirect_uri`",
        "the client does not allow the callback's URL, mostly because it was made with http or another host",
        "set redirect-url to the public https URL, and list exactly that in redirectUris",
    ),
    Row(
        27,
        "oidc/pkce",
        "Keycloak answers `Missing parameter: code_challenge_method`",
        "the client demands PKCE and the proxy does not use it",
        "set code-challenge-method=S256",
    ),
    Row(
        28,
        "keycloak/proxy-headers",
        "Keycloak's login page answers cookie_not_found",
        "Keycloak takes the request for plain http, since TLS ends before it, and sets cookies that the"
        " browser drops",
        "start Keycloak with --proxy-headers=xforwarded",
    ),
    Row(
        29,
        "gateway/secure-context",
        "the browser says `Web Crypto API is not available`",
        "the page is served by http from a host that is not this machine",
        "serve it by https",
    ),
    Row(
        30,
        "jwt/clock",
        "the API answers 401 right after the login",
        "the clocks differ by more than the 60 seconds that the gateway tolerates",
        "set the clocks of the nodes by NTP",
    ),
    Row(
        31,
        "gateway/stream-timeout",
        "an answer that streams is cut off, with upstream_reset_after_response_started or"
        " max_duration_timeout",
        "a timeout of the route, the load balancer or the backend counts the whole answer",
        "set no timeout on the route of a stream, and a long one at the load balancer",
    ),
    Row(
        32,
        "proxy/open-paths",
        "/robots.txt, /ping or /ready of a protected host reach the API without a login",
        "oauth2-proxy answers these paths with 200 itself, which Envoy takes for consent",
        "demand requestPrincipals in an ALLOW policy, or deny these paths",
    ),
    Row(
        33,
        "proxy/forwarded",
        "a forged X-Forwarded-Uri gets past the login",
        "oauth2-proxy believes the header of anybody and compares it with the routes that need no login",
        "have no skip-auth routes, or name the gateway in trusted-proxy-ip, and pass no x-forwarded header to"
        " the check",
    ),
    Row(
        34,
        "tls/secret-namespace",
        "the TLS connection is reset, or a DNS-01 challenge never ends",
        "the certificate's Secret is not in the namespace where it is looked for",
        "make the Certificate in the namespace of the gateway's pods",
    ),
    Row(
        35,
        "oidc/refresh-nonce",
        "everybody is logged out at the first refresh, and the log says `nonce verification failed`",
        "Keycloak 25 and newer leaves the nonce out of refreshed ID tokens, and oauth2-proxy checks it"
        " each time",
        "add an oidc-nonce-backwards-compatible-mapper to the proxy's client",
    ),
    Row(
        36,
        "jwt/gateway-authorization",
        "calls with a Bearer token to the identity provider get 401 `Jwt verification fails`, and the"
        " callback ends in 500",
        "the gateway verifies every token in Authorization as if it were the API's, also those for the"
        " identity provider",
        "take the token from x-auth-request-access-token only, with fromHeaders",
    ),
)
"""In the order of their numbers."""

BY_CODE: dict[str, Row] = {row.code: row for row in ROWS}


def row(number: int) -> Row:
    """The row of a number; IndexError if there is none."""
    if number < 1:
        raise IndexError(number)
    return ROWS[number - 1]
