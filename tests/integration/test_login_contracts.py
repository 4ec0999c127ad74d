"""The login chain of our own cluster, and one defect after the other in what makes it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from platformctl.build import Programs, build
from platformctl.check import Cluster, Finding, run_checks
from platformctl.check.login.model import LoginChain
from platformctl.check.login.rows import BY_CODE
from platformctl.cli.tools import chart_folder, programs, schemas

ROOT = Path(__file__).parents[2]
CLUSTER = "clusters/local"
PROXY, PROXY_CHART = f"{CLUSTER}/oauth2-proxy/values.yaml", "components/oauth2-proxy/chart"
ISTIOD = f"{CLUSTER}/istiod/values.yaml"
KEYCLOAK, KEYCLOAK_CHART = f"{CLUSTER}/keycloak/values.yaml", "components/keycloak/chart"
LOGIN, LOGIN_CHART = f"{CLUSTER}/login/values.yaml", "components/login/chart/templates"
API = f"{CLUSTER}/chatbot-api/values.yaml"
CERTIFICATE = "components/certificates/chart/templates/certificate.yaml"
LINKS = (
    "istiod",
    "istio-gateway",
    "ingress",
    "certificates",
    "keycloak",
    "oauth2-proxy",
    "login",
    "chatbot-api",
    "chatbot-ui",
)


@pytest.fixture(scope="module")
def tools() -> Programs:
    return programs()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """What the links of the chain are made of, to be changed by a test; the rest would only take time."""
    shutil.copytree(ROOT / "clusters", tmp_path / "clusters")
    for name in LINKS:
        chart = f"components/{name}/chart"
        if (ROOT / chart).exists():
            shutil.copytree(ROOT / chart, tmp_path / chart)
    steps = tmp_path / CLUSTER / "kustomizations.yaml"
    documents = [
        text for text in steps.read_text().split("---\n") if any(f"/{name}\n" in text for name in LINKS)
    ]
    assert len(documents) == len(LINKS)
    steps.write_text("---\n".join(documents))
    return tmp_path


def of_login(findings: list[Finding]) -> list[Finding]:
    return [finding for finding in findings if finding.code in BY_CODE]


def test_the_chain_is_healthy_and_whole(tools: Programs) -> None:
    """With the charts of others: the gateway's pods, istiod's own ConfigMap."""
    cluster = Cluster(build(ROOT, CLUSTER, tools, chart_folder), schemas())
    chain = LoginChain(cluster)
    ((guard, provider, proxy),) = chain.asking
    assert guard.hosts == ("api.chat.localhost",)
    assert [len(gateway.pods) for gateway in guard.gateways] == [1]
    assert str(provider.at("port").owner.place).startswith(ISTIOD)
    assert proxy.options.known("skip-auth-route")
    assert chain.client(proxy)
    assert [str(each.owner.item.id) for each in chain.consumers] == ["Deployment chat/chatbot-api"]
    assert chain.origins("api.chat.localhost")
    assert of_login(run_checks(cluster)) == []


DEFECTS = [
    (
        "istio/ext-authz-static-upstream",
        f"{PROXY_CHART}/values.yaml",
        "upstream: static://200",
        "upstream: static://202",
    ),
    ("istio/ext-authz-provider", LOGIN, "provider: oauth2-proxy", "provider: oauth2"),
    ("istio/ext-authz-provider", ISTIOD, "port: 4180", "port: 4181"),
    (
        "istio/ext-authz-own-login",
        LOGIN,
        "- api.chat.localhost",
        "- api.chat.localhost\n      - auth.chat.localhost",
    ),
    ("cookie/domain", PROXY, "cookie-domain: .chat.localhost", "cookie-domain: app.chat.localhost"),
    ("cookie/domain", ISTIOD, "              - cookie\n", ""),
    (
        "redirect/absolute",
        PROXY,
        "whitelist-domain: .chat.localhost:8443",
        "whitelist-domain: .chat.localhost",
    ),
    (
        "cookie/csrf",
        ISTIOD,
        "              - content-type\n              - set-cookie\n",
        "              - content-type\n",
    ),
    (
        "keycloak/email-verified",
        KEYCLOAK,
        "          emailVerified: true\n          firstName: Ada\n",
        "          firstName: Ada\n",
    ),
    ("oidc/audience", LOGIN, "audience: chatbot-api", "audience: chat-api"),
    ("oidc/audience", API, "audience: chatbot-api", "audience: chat-api"),
    (
        "oidc/issuer",
        PROXY,
        "oidc-issuer-url: https://auth.chat.localhost:8443",
        "oidc-issuer-url: https://keycloak.auth:8080",
    ),
    (
        "oidc/issuer",
        LOGIN,
        "issuer: https://auth.chat.localhost:8443/",
        "issuer: https://auth.chat.localhost/",
    ),
    (
        "oidc/issuer",
        KEYCLOAK,
        "hostname: https://auth.chat.localhost:8443",
        "hostname: https://auth.chat.localhost",
    ),
    ("tls/provider-ca", PROXY, "    issuer: platform\n", ""),
    ("jwt/keys", LOGIN, "http://keycloak.auth:8080/realms/chat/", "http://keycloak.auth:8080/realms/master/"),
    ("headers/upstream", ISTIOD, "- x-auth-request-access-token", "- x-auth-request-user"),
    ("headers/upstream", f"{PROXY_CHART}/values.yaml", "pass-access-token: true", "pass-access-token: false"),
    ("cors/preflight", f"{LOGIN_CHART}/session.yaml", "            notMethods: [OPTIONS]\n", ""),
    ("cors/preflight", f"{LOGIN_CHART}/allow.yaml", "methods: [OPTIONS]", "methods: [HEAD]"),
    (
        "session/store",
        f"{PROXY_CHART}/values.yaml",
        "session-store-type: redis",
        "session-store-type: cookie",
    ),
    ("session/refresh", PROXY, "cookie-refresh: 1m", "cookie-refresh: 10m"),
    (
        "headers/set-cookie",
        ISTIOD,
        "              # A session that was renewed.\n              - set-cookie\n",
        "              - x-user\n",
    ),
    ("logout/session", PROXY, "backend-logout-url:", "sign-in-logo:"),
    (
        "oidc/redirect-uri",
        PROXY,
        "redirect-url: https://api.chat.localhost:8443/",
        "redirect-url: https://api.chat.localhost/",
    ),
    (
        "oidc/redirect-uri",
        KEYCLOAK,
        "- https://api.chat.localhost:8443/oauth2/callback",
        "- https://api.chat.localhost:8443/callback",
    ),
    (
        "oidc/pkce",
        f"{PROXY_CHART}/values.yaml",
        "code-challenge-method: S256",
        "code-challenge-method: plain",
    ),
    (
        "keycloak/proxy-headers",
        f"{KEYCLOAK_CHART}/templates/statefulset.yaml",
        "            - --proxy-headers=xforwarded\n",
        "",
    ),
    (
        "proxy/open-paths",
        f"{LOGIN_CHART}/allow.yaml",
        'requestPrincipals: [{{ printf "%s/*" .Values.issuer | quote }}]',
        'notRequestPrincipals: ["nobody/*"]',
    ),
    (
        "proxy/forwarded",
        ISTIOD,
        "              - cookie\n",
        "              - cookie\n              - x-forwarded-uri\n",
    ),
    (
        "tls/secret-namespace",
        CERTIFICATE,
        "certificate.name }}\n  labels",
        "certificate.name }}\n  namespace: cert-manager\n  labels",
    ),
    ("oidc/refresh-nonce", KEYCLOAK, "oidc-nonce-backwards-compatible-mapper", "oidc-acr-mapper"),
    (
        "jwt/gateway-authorization",
        f"{LOGIN_CHART}/token.yaml",
        "- name: x-auth-request-access-token",
        "- name: authorization",
    ),
]


@pytest.mark.parametrize(("code", "file", "old", "new"), DEFECTS)
def test_a_defect_is_found(root: Path, tools: Programs, code: str, file: str, old: str, new: str) -> None:
    text = (root / file).read_text()
    assert old in text, f"{old!r} is not in {file}"
    (root / file).write_text(text.replace(old, new, 1))
    # The charts of others change nothing here, and are most of the work.
    found = of_login(run_checks(Cluster(build(root, CLUSTER, tools), schemas())))
    told = [finding for finding in found if finding.code == code]
    assert told, found
    places = {finding.place for finding in told} | {other.place for each in told for other in each.others}
    # One of both sides is where the defect is.
    assert without_line(code, file) or any(place and place.file == file and place.line for place in places), (
        told
    )


def without_line(code: str, file: str) -> bool:
    """A template does not say which of its lines gave what; what is not set has no line, nor have rules."""
    return file.startswith("components/") or code in {
        "istio/ext-authz-own-login",
        "tls/provider-ca",
        "logout/session",
    }
