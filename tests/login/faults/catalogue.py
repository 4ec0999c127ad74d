"""The faults, at least one for each row of `platformctl.check.login.rows` that can be put in."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tests.login.faults.defect import Defect
from tests.login.faults.injection import (
    Changed,
    Data,
    Injection,
    flags,
    policy,
    provider,
    route,
    token_rule,
)
from tests.login.faults.realm import (
    Mappers,
    client_attribute,
    client_with,
    realm_attribute,
    realm_with,
    user_with,
)


@dataclass(frozen=True)
class Fault:
    """What is wrong, and the row that it is.

    Attributes:
        row: the number in the catalogue of rows.
        name: a few words, unique.
        injections: what is put into the cluster, in this order.
        renewal: seen only after the session was renewed, a minute later.
    """

    row: int
    name: str
    injections: Sequence[Injection]
    renewal: bool = False

    def __str__(self) -> str:
        return f"{self.row}: {self.name}"


@dataclass(frozen=True)
class FileFault:
    """A fault that only files show; ``row`` and ``name`` as of a `Fault`."""

    row: int
    name: str
    defects: Sequence[Defect]

    def __str__(self) -> str:
        return f"{self.row}: {self.name}"


def _first_operation(spec: Data) -> Data:
    found: Data = spec["rules"][0]["to"][0]["operation"]
    return found


def _everywhere(spec: Data) -> None:
    _first_operation(spec)["hosts"] += ["auth.chat.localhost", "auth.chat.localhost:*"]


def _preflights_too(spec: Data) -> None:
    del _first_operation(spec)["notMethods"]


def _no_preflights(spec: Data) -> None:
    spec["rules"][0]["to"][0]["operation"]["methods"] = ["HEAD"]


def _anybody(spec: Data) -> None:
    del spec["rules"][0]["from"]


def _another_provider(spec: Data) -> None:
    spec["provider"]["name"] = "oauth2"


GATEWAY = ("gateway", "istio-ingress", "platform")


def _apart(spec: Data) -> None:
    whole = spec["servers"][0]
    page = [host for host in whole["hosts"] if host.startswith("app.")]
    rest = [host for host in whole["hosts"] if not host.startswith("app.")]
    other = {**whole["port"], "name": "https-rest"}
    spec["servers"] = [{**whole, "hosts": page}, {**whole, "hosts": rest, "port": other}]


def _secret_elsewhere(spec: Data) -> None:
    spec["servers"][0]["tls"]["credentialName"] = "local-ca"  # is in the namespace cert-manager


def _plain(spec: Data) -> None:
    server = spec["servers"][0]
    del server["tls"]
    server["port"]["protocol"] = "HTTP"


def _from_authorization(spec: Data) -> None:
    spec["jwtRules"][0]["fromHeaders"].append({"name": "authorization", "prefix": "Bearer "})


def _without_proxy_headers(spec: Data) -> None:
    container = spec["template"]["spec"]["containers"][0]
    kept = [arg for arg in container["args"] if not arg.startswith(("--proxy-headers", "--hostname"))]
    container["args"] = [*kept, "--hostname-strict=false"]


def _envoy_fetches(spec: Data) -> None:
    environment = spec["template"]["spec"]["containers"][0]["env"]
    kept = [one for one in environment if one["name"] != "PILOT_JWT_ENABLE_REMOTE_JWKS"]
    environment[:] = [*kept, {"name": "PILOT_JWT_ENABLE_REMOTE_JWKS", "value": "envoy"}]


def _claim(name: str, value: float | str, token: str = "access") -> Data:
    """A mapper that puts a text or a number of seconds into tokens of a kind."""
    return {
        "name": f"fault-{name}",
        "protocol": "openid-connect",
        "protocolMapper": "oidc-hardcoded-claim-mapper",
        "config": {
            "claim.name": name,
            "claim.value": value if isinstance(value, str) else str(int(value)),
            "jsonType.label": "String" if isinstance(value, str) else "long",
            "access.token.claim": str(token == "access").lower(),
            "id.token.claim": str(token == "id").lower(),
            "userinfo.token.claim": "false",
        },
    }


CHECK_GETS = ["accept", "authorization", "cookie"]

FAULTS: Sequence[Fault] = (
    Fault(1, "oauth2-proxy says 202", [flags(upstream="static://202")]),
    Fault(1, "the check asks /oauth2/auth", [provider(pathPrefix="/oauth2/auth?x=")]),
    Fault(2, "a provider that the mesh does not have", [policy("session", _another_provider)]),
    Fault(2, "a Service that is not there", [provider(service="oauth2.auth.svc.cluster.local")]),
    Fault(3, "the identity provider is behind the check", [policy("session", _everywhere)]),
    Fault(
        4, "the check gets no cookie", [provider(includeRequestHeadersInCheck=["accept", "authorization"])]
    ),
    Fault(4, "a cookie for one host", [flags(cookie_domain="app.chat.localhost")]),
    # Without api-route whoever opens a protected address is sent to the login, as where pages are protected.
    Fault(
        5,
        "the check gets only the path",
        [flags("api-route"), provider(includeAdditionalHeadersInCheck=None)],
    ),
    Fault(5, "the port is not in the list", [flags(whitelist_domain=".chat.localhost")]),
    Fault(
        6,
        "a denial loses its cookie",
        [flags("api-route"), provider(headersToDownstreamOnDeny=["content-type"])],
    ),
    Fault(6, "cookies are strict", [flags(cookie_samesite="strict")]),
    # Keycloak puts the client's id into the ID token whatever the mappers say.
    Fault(7, "the audience is looked for in another claim", [flags(oidc_audience_claim="typ")]),
    Fault(8, "an address that was not verified", [user_with(emailVerified=False)]),
    Fault(9, "another audience at the gateway", [token_rule(audiences=["chat-api"])]),
    Fault(9, "no mapper for the API", [Mappers(without="api-audience")]),
    Fault(10, "the realm has another URL", [realm_attribute("frontendUrl", "http://keycloak.auth:8080")]),
    Fault(
        10,
        "oauth2-proxy has an internal URL",
        [flags(starts=False, oidc_issuer_url="http://keycloak.auth:8080/realms/chat")],
    ),
    Fault(11, "no authority for the proxy", [flags("provider-ca-file", starts=False)]),
    Fault(
        12,
        "keys that cannot be fetched",
        [token_rule(jwksUri="http://keycloak.auth:8080/realms/none/protocol/openid-connect/certs")],
    ),
    Fault(
        13,
        "Envoy has no way to the keys",
        # Keycloak's own address is one of the mesh's, which Envoy knows.
        [
            Changed(("deployment", "istio-system", "istiod"), _envoy_fetches, rollout=True, alone=True),
            token_rule(jwksUri="http://keys.example.com/certs"),
        ],
    ),
    Fault(14, "the token is not passed on", [provider(headersToUpstreamOnAllow=["x-auth-request-user"])]),
    Fault(14, "the token is taken away", [token_rule(forwardOriginalToken=False)]),
    Fault(14, "the proxy gives no token", [flags(pass_access_token="false")]),
    Fault(16, "preflights are asked for a session", [policy("session", _preflights_too)]),
    Fault(16, "preflights are not allowed", [policy("preflight", _no_preflights)]),
    Fault(
        18,
        "scripts look like pages",
        [flags("api-route"), provider(includeRequestHeadersInCheck=["authorization", "cookie"])],
    ),
    Fault(20, "sessions in cookies", [flags(session_store_type="cookie")]),
    Fault(22, "tokens end before they are renewed", [client_attribute("access.token.lifespan", "30")]),
    Fault(22, "Keycloak's session ends before", [realm_with(ssoSessionMaxLifespan=40)]),
    Fault(
        23,
        "a renewed cookie is lost",
        [provider(headersToDownstreamOnAllow=["x-nothing"])],
        renewal=True,
    ),
    Fault(24, "hosts in two entries", [Changed(GATEWAY, _apart)]),
    Fault(25, "the session at Keycloak stays", [flags("backend-logout-url")]),
    Fault(
        26,
        "a callback that the client does not have",
        [client_with(redirectUris=["https://api.chat.localhost/oauth2/callback"])],
    ),
    Fault(26, "a callback by http", [flags(redirect_url="http://api.chat.localhost:8443/oauth2/callback")]),
    Fault(27, "no PKCE", [flags("code-challenge-method")]),
    Fault(
        28,
        "Keycloak hears nothing of https",
        [Changed(("statefulset", "auth", "keycloak"), _without_proxy_headers, rollout=True)],
    ),
    Fault(29, "the gateway serves http", [Changed(GATEWAY, _plain)]),
    Fault(
        30,
        "tokens from a clock that is ahead",
        [
            # Or oauth2-proxy asks Keycloak for them, with a token that is not valid yet.
            Mappers(more=lambda: _claim("groups", "people", token="id")),
            Mappers(more=lambda: _claim("nbf", time.time() + 200)),
        ],
    ),
    Fault(31, "a timeout for the route", [route("chat", "chatbot-api", timeout="0.3s")]),
    Fault(32, "no token is needed", [policy("with-token", _anybody)]),
    Fault(
        33,
        "a path that needs no login, by a header",
        [
            flags(skip_auth_route="GET=^/health$"),
            provider(includeRequestHeadersInCheck=[*CHECK_GETS, "x-forwarded-uri"]),
        ],
    ),
    Fault(34, "a Secret of another namespace", [Changed(GATEWAY, _secret_elsewhere)]),
    Fault(35, "no nonce in renewed tokens", [Mappers(without="nonce")], renewal=True),
    Fault(
        36,
        "every token is the API's",
        [Changed(("requestauthentication", "istio-ingress", "token"), _from_authorization)],
    ),
)

"""What the trace has to name in a running cluster."""

ISTIOD = "clusters/local/istiod/values.yaml"
REALM = "clusters/local/keycloak/values.yaml"
PROXY_CHART = "components/oauth2-proxy/chart"
CORS = """      corsPolicy:
        allowOrigins: [{exact: "https://chat.localhost"}]
        allowCredentials: true
      # The code of a login can be used once.
"""

FILE_FAULTS: Sequence[FileFault] = (
    # The API reads no token but that of the other header, so in this cluster nothing comes of it.
    FileFault(
        15,
        "the ID token goes on to the API",
        [
            Defect(
                f"{PROXY_CHART}/values.yaml",
                "  set-xauthrequest: true\n",
                "  set-xauthrequest: true\n  set-authorization-header: true\n",
            ),
            Defect(
                ISTIOD,
                "              - x-auth-request-access-token\n",
                "              - x-auth-request-access-token\n              - authorization\n",
            ),
        ],
    ),
    # What a page makes of an answer is a browser's affair; the trace has none.
    FileFault(
        17,
        "the page may not read whether its session has ended",
        [
            Defect(
                f"{PROXY_CHART}/templates/virtual-service.yaml",
                "      # The code of a login can be used once.\n",
                CORS,
            )
        ],
    ),
    # The pages of this platform fetch no token themselves, so the trace has nobody to do it as.
    FileFault(
        19,
        "a page that fetches tokens is no web origin",
        [
            Defect(
                REALM,
                "            - http://127.0.0.1/callback\n",
                "            - http://127.0.0.1/callback\n            - https://app.chat.localhost:8443/\n",
            )
        ],
    ),
    # It takes dozens of logins that nobody ends, within minutes.
    FileFault(
        21,
        "logins that are begun leave their cookies",
        [
            Defect(
                "clusters/local/oauth2-proxy/values.yaml",
                "cookie-csrf-expire: [5m]",
                "cookie-csrf-expire: [30m]",
            )
        ],
    ),
)
"""What the validator has to name before anything runs."""

NOT_INJECTED: Mapping[int, str] = {}
"""Rows without a fault, and why."""
