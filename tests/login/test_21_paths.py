"""Nobody gets in by the way a request is spelled: its path, its host, its method, its form."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest

from tests.e2e.running import RunningPlatform
from tests.login.visitor import (
    Answer,
    Line,
    login_of,
    new_browser,
    password,
    session_of,
    signed_in,
    with_session,
)

JSON = "accept: application/json"


@dataclass(frozen=True)
class Asking:
    """The three hosts, a line to them, and the header with which ada is signed in."""

    line: Line
    app: str
    api: str
    auth: str
    api_name: str
    auth_name: str
    session: str

    def nobody(self, first: str, host: str | None = None, *headers: str) -> Answer:
        return self.line.send(first, self.api if host is None else host, JSON, *headers, name=self.api_name)

    def ada(self, first: str, host: str | None = None, *headers: str) -> Answer:
        return self.nobody(first, host, self.session, *headers)


@pytest.fixture(scope="module")
def asking(platform: RunningPlatform) -> Iterator[Asking]:
    login = login_of(platform)
    with signed_in(platform, "ada") as ada:
        (session,) = with_session(platform, session_of(platform, ada)).items()
        app, api, auth = (
            urlsplit(one).netloc for one in (login.app_origin, login.api_origin, login.auth_origin)
        )
        yield Asking(
            Line(platform), app, api, auth, login.api_host, login.auth_host, f"{session[0]}: {session[1]}"
        )


def is_ada(answer: Answer) -> bool:
    return answer.status == 200 and '"preferred_username":"ada"' in answer.body


# Spellings that reach it: with a session each is answered, so that the refusal without one says something.
SAME = (
    "/api/me",
    "/api/me?x=/oauth2/",
    "/api/%6de",
    "/api/./me",
    "//api/me",
    "/api//me",
    "/x/../api/me",
    "/ping/../api/me",
    "/oauth2/../api/me",
    "/oauth2/%2e%2e/api/me",
    "/oauth2/%2E%2E/api/me",
    "/oauth2/..%2fapi/me",
    "/oauth2%2f..%2fapi/me",
    "/oauth2/..;/api/me",
    "/oauth2\\..\\api\\me",
)


@pytest.mark.parametrize("path", SAME)
def test_another_spelling_of_a_path_needs_the_session_too(asking: Asking, path: str) -> None:
    assert is_ada(asking.ada(f"GET {path}"))
    refused = asking.nobody(f"GET {path}")
    assert (refused.status, refused.body) == (401, "{}")


# What oauth2-proxy itself answers with 200 to whoever asks, so the check says yes; and what is close to it.
OWN = (
    "/robots.txt",
    "/ping",
    "/ready",
    "/metrics",
    "//ping",
    "/ping/",
    "/PING",
    "/%70ing",
    "/api/%2e%2e/ping",
    "/api/../ready",
    "/oauth2/../robots.txt",
    "/oauth2/%2e%2e/ping",
    "/oauth2/..%2fready",
    "/oauth2",
    "/oauth2/%252e%252e/api/me",
    "/oauth2//../api/me",
    "/oauth2/;/../api/me",
    "/oauth2/%5c..%5capi/me",
    "/oauth2/auth",
    "/oauth2/userinfo",
    "/api/me/",
    "/api/me;/oauth2/",
    "/api/me%3f/oauth2/",
    "/api/me%23/oauth2/",
    "/API/me",
    "/api/models",
    "/api/openapi.json",
    "/api",
    "/",
    "/docs",
    "/healthz",
)


@pytest.mark.parametrize("path", OWN)
def test_no_path_is_open_on_the_apis_host(asking: Asking, path: str) -> None:
    assert asking.nobody(f"GET {path}").refused


HOSTS_OF_THE_API = ("{}", "{}:443", "{}:8443", "{}:", "{}:1")


@pytest.mark.parametrize("form", HOSTS_OF_THE_API)
@pytest.mark.parametrize("change", [str.lower, str.upper, str.title])
def test_another_spelling_of_the_host_needs_the_session_too(
    asking: Asking, form: str, change: Callable[[str], str]
) -> None:
    host = form.format(change(asking.api_name))
    assert is_ada(asking.ada("GET /api/me", host))
    assert asking.nobody("GET /api/me", host).status == 401


@pytest.mark.parametrize(
    "form",
    [
        "{name}.",
        "{name}.:8443",
        "x@{name}",
        "{host}@x",
        "{host}/",
        "{name}%00",
        "{name}\\.x",
        "other.{name}",
        "chatbot-api.chat:8000",
        "chatbot-api.chat.svc.cluster.local:8000",
        "oauth2-proxy.auth:4180",
        "10.199.0.2:8443",
        "localhost",
        "{auth}",
        "",
    ],
)
def test_no_other_host_leads_to_the_api(asking: Asking, form: str) -> None:
    """Not even with a session: there is nothing behind it."""
    host = form.format(name=asking.api_name, host=asking.api, auth=asking.auth)
    assert asking.ada("GET /api/me", host).refused


def test_the_pages_host_has_the_page_and_not_the_api(asking: Asking) -> None:
    for path in ("/api/me", "/oauth2/../api/me", "/api/models"):
        assert "<!doctype html>" in asking.ada(f"GET {path}", asking.app).body


def test_a_url_in_the_first_line_counts_and_not_the_host(asking: Asking) -> None:
    api, app = f"https://{asking.api}/api/me", f"https://{asking.app}/api/me"
    assert is_ada(asking.ada(f"GET {api}"))
    assert is_ada(asking.ada(f"GET {api}", asking.app))
    for url in (api, f"https://x@{asking.api}/api/me", f"http://{asking.api}/api/me"):
        for host in (asking.api, asking.app, asking.auth):
            assert asking.nobody(f"GET {url}", host).refused, (url, host)
    assert "<!doctype html>" in asking.nobody(f"GET {app}").body
    assert asking.ada("GET https://elsewhere.example/api/me").refused


def test_two_hosts_in_one_request_lead_nowhere(asking: Asking) -> None:
    for first, second in ((asking.app, asking.api), (asking.api, asking.app), (asking.api, asking.api)):
        assert not is_ada(asking.ada("GET /api/me", first, f"host: {second}"))
        assert asking.nobody("GET /api/me", first, f"host: {second}").refused


@pytest.mark.parametrize(
    "method", ["HEAD", "OPTIONS", "TRACE", "POST", "PUT", "PATCH", "DELETE", "FOO", "get", "CONNECT"]
)
def test_no_method_gets_in(asking: Asking, method: str) -> None:
    assert asking.nobody(f"{method} /api/me", None, "content-length: 0").refused
    assert asking.nobody(f"{method} /api/me", None, "x-http-method-override: GET").refused


@pytest.mark.parametrize("target", ["{api}", "chatbot-api.chat:8000", "keycloak.auth:8080"])
def test_no_tunnel_is_opened(asking: Asking, target: str) -> None:
    host = target.format(api=asking.api)
    assert asking.ada(f"CONNECT {host}", host).refused


def test_a_preflight_gets_cors_headers_and_nothing_else(asking: Asking) -> None:
    """It passes without a session, and no request is made of it whatever else it says."""
    wish = ("access-control-request-method: GET", "x-http-method-override: GET")
    page = asking.nobody("OPTIONS /api/me", None, f"origin: https://{asking.app}", *wish)
    assert (page.status, page.body) == (200, "OK")
    for path in ("/api/me", "/api/models", "/api/chat"):
        other = asking.nobody(f"OPTIONS {path}", None, "origin: https://elsewhere.example", *wish)
        assert other.refused
        assert "access-control-allow-origin" not in other.headers
    assert asking.nobody("OPTIONS /api/me", None, *wish).refused


@pytest.mark.parametrize("upgrade", ["websocket", "h2c"])
def test_an_upgrade_needs_the_session(asking: Asking, upgrade: str) -> None:
    headers = ("connection: upgrade", f"upgrade: {upgrade}", "http2-settings: AAMAAABk")
    assert asking.nobody("GET /api/me", None, *headers).refused


CONFIGURATION = ".well-known/openid-configuration"


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/admin",
        "/admin/",
        "/admin/master/console/",
        "/admin/realms",
        "/admin/realms/{realm}/users",
        "/realms/master",
        f"/realms/master/{CONFIGURATION}",
        "/realms/master/protocol/openid-connect/auth?client_id=security-admin-console",
        f"/realms/{{realm}}/../master/{CONFIGURATION}",
        f"/realms/{{realm}}/%2e%2e/master/{CONFIGURATION}",
        f"/realms/{{realm}}/..%2fmaster/{CONFIGURATION}",
        f"/realms/{{realm}}/..;/master/{CONFIGURATION}",
        f"/realms/{{realm}}/;/../master/{CONFIGURATION}",
        f"/realms/{{realm}}/;/../../master/{CONFIGURATION}",
        f"/realms/{{realm}}/%252e%252e/master/{CONFIGURATION}",
        f"/realms/{{realm}}/..%252fmaster/{CONFIGURATION}",
        f"/realms/{{realm}}\\..\\master\\{CONFIGURATION}",
        f"/realms/{{realm}};x=/../master/{CONFIGURATION}",
        f"//realms//master/{CONFIGURATION}",
        f"/REALMS/master/{CONFIGURATION}",
        f"/resources/../realms/master/{CONFIGURATION}",
        f"/resources/;/../realms/master/{CONFIGURATION}",
        "/resources/%2e%2e/admin/master/console/",
        "/resources/..;/admin/realms",
        "/metrics",
        "/health",
        "/lb-check",
    ],
)
def test_keycloaks_administration_is_not_on_its_public_host(
    asking: Asking, platform: RunningPlatform, path: str
) -> None:
    realm = login_of(platform).realm
    spelled = path.format(realm=realm)
    for host in (asking.auth, asking.api, asking.app):
        answer = asking.line.send(f"GET {spelled}", host, "accept: */*", name=asking.auth_name)
        assert "/realms/master" not in answer.body
        if host == asking.auth:
            assert answer.refused
    right = asking.line.send(
        f"GET /realms/{realm}/{CONFIGURATION}", asking.auth, "accept: */*", name=asking.auth_name
    )
    assert right.status == 200 and f"/realms/{realm}" in right.body


def test_a_password_alone_gets_no_token(platform: RunningPlatform, asking: Asking) -> None:
    """No client takes a user's password from anything but Keycloak's own form."""
    login = login_of(platform)
    with new_browser(platform) as browser:
        for name in (login.public_client_id, "admin-cli", "account-console"):
            form = {
                "grant_type": "password",
                "client_id": name,
                "username": "ada",
                "password": password(platform, "ada"),
            }
            url = f"{login.issuer}/protocol/openid-connect/token"
            answer = browser.request("POST", url, data=form)
            assert answer.status_code in (400, 401) and "access_token" not in answer.text, (name, answer.text)
