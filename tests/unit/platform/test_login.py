"""What the parts of the login share."""

from __future__ import annotations

import pytest

from platformctl.platform import CATALOGUE, Cluster, Login, embedded, parse
from platformctl.platform.duration import Duration
from tests.unit.platform.test_model import VALID, platform


def cluster(name: str = "login") -> Cluster:
    return platform(name).cluster()


def login(name: str = "login") -> Login:
    found = cluster(name).login
    assert found is not None
    return found


def test_every_address_of_the_login_names_the_port_of_this_machine() -> None:
    assert cluster().hosts == ("app.chat.localhost", "api.chat.localhost", "auth.chat.localhost")
    assert cluster().url == login().app_origin == "https://app.chat.localhost:8443"
    assert login().issuer == "https://auth.chat.localhost:8443/realms/team"
    assert login().callback_url == "https://api.chat.localhost:8443/oauth2/callback"
    assert login().whitelist_domain == ".chat.localhost:8443"
    assert login().cookie_domain == ".chat.localhost"


def test_the_usual_port_is_in_no_address() -> None:
    found = login("login-with-nothing-else-said")
    assert found.issuer == "https://auth.chat.localhost/realms/chat"
    assert found.callback_url == "https://api.chat.localhost/oauth2/callback"
    assert found.whitelist_domain == ".chat.localhost"
    assert login("login-on-an-existing-cluster").app_origin == "https://app.chat.example.com"


def test_istiod_fetches_the_keys_without_the_gateway() -> None:
    assert login().jwks_uri == "http://keycloak.auth:8080/realms/team/protocol/openid-connect/certs"


def test_what_is_not_said_has_defaults() -> None:
    session = login("login-with-nothing-else-said").session
    assert [str(span) for span in (session.refresh, session.access_token, session.idle, session.max)] == [
        "1m",
        "5m",
        "30m",
        "10h",
    ]
    found = cluster("login-with-nothing-else-said")
    assert found.certificates and found.certificates.issuer == "local-ca"
    assert found.dns and found.dns.provider == "rfc2136"
    assert found.secret_store.store == "sops"


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90s", 90), ("1h30m", 5400), ("2m2m", 240), ("0.5h", 1800), ("1m1500ms", 61), ("", 0)],
)
def test_a_span_of_time_has_the_seconds_that_go_reads(text: str, seconds: int) -> None:
    assert Duration(text).seconds == seconds


def test_the_secrets_are_those_of_the_components_with_a_key_for_each_user() -> None:
    found = {f"{secret.namespace}/{secret.name}": dict(secret.keys) for secret in cluster().secrets}
    assert found == {
        "auth/keycloak-admin": {"password": "password"},
        "auth/keycloak-database": {"password": "password"},
        "auth/keycloak-users": {"ada": "password", "grace": "password"},
        "auth/oauth2-proxy": {"client-secret": "password", "cookie-secret": "key32"},
        "auth/redis": {"password": "password"},
        "dns/tsig": {"secret": "key32"},
    }


def test_a_cluster_without_users_of_its_own_or_a_dns_server_needs_no_secret_for_them() -> None:
    names = {secret.name for secret in cluster("login-with-nothing-else-said").secrets}
    assert "keycloak-users" not in names
    assert "tsig" in names
    assert "tsig" not in {secret.name for secret in cluster("login-on-an-existing-cluster").secrets}


def test_a_secret_is_in_the_namespace_of_those_that_read_it() -> None:
    for component in CATALOGUE.values():
        assert {secret.namespace for secret in component.secrets} <= {component.namespace}


def test_what_reads_a_secret_comes_after_the_secrets() -> None:
    found = cluster()
    for component in found.components:
        assert ("secrets" in found.dependencies(component)) == bool(component.secrets)


def test_the_gateway_alone_brings_no_login() -> None:
    found = cluster("istio-without-login")
    assert found.login is None
    assert found.hosts == ("app.chat.localhost", "api.chat.localhost")
    assert not {"keycloak", "oauth2-proxy", "login", "traefik"} & {c.name for c in found.components}
    assert {"istiod", "istio-gateway", "ingress", "certificates"} <= {c.name for c in found.components}


def test_the_dns_server_is_an_embedded_clusters_own() -> None:
    names = {component.name for component in cluster("login-on-an-existing-cluster").components}
    assert "external-dns" in names
    assert not {"dns", "local-path-provisioner", "traefik"} & names
    assert cluster().dns_address == embedded.DNS_ADDRESS
    assert cluster("login-on-an-existing-cluster").dns_address is None


def test_only_the_embedded_cluster_runs_what_can_be_built_there() -> None:
    tags = {}
    for name in ("login", "login-on-an-existing-cluster"):
        found = cluster(name)
        tags[name] = found.images_of(found.component("oauth2-proxy"))["image"].tag
        assert tags[name] in {
            image.tag for image in found.images if image.repository.endswith("oauth2-proxy")
        }
    assert tags == {"login": "v7.8.1", "login-on-an-existing-cluster": "v7.15.2"}


def test_a_version_of_the_file_holds_on_an_embedded_cluster_too() -> None:
    said = "  oauth2-proxy: {version: v7.9.0}"
    text = (VALID / "login.yaml").read_text().replace("  keycloak: {version: 26.7.3}", said)
    found = parse(text).cluster()
    assert found.images_of(found.component("oauth2-proxy"))["image"].tag == "v7.9.0"


def test_the_mesh_is_where_the_chat_is() -> None:
    for name, expected in (("login", set()), ("istio-without-login", {"chat", "inference"})):
        assert {namespace.name for namespace in cluster(name).namespaces if namespace.in_mesh} == expected


def test_no_pod_of_the_mesh_is_made_before_what_gives_it_its_sidecar() -> None:
    def after_istiod(name: str) -> set[str]:
        found = cluster(name)
        return {part.name for part in found.components if "istiod" in found.dependencies(part)}

    meshed = after_istiod("login-on-an-existing-cluster") - after_istiod("login")
    assert meshed == {"ollama", "chatbot-api", "chatbot-ui"}
