"""Who comes to a platform with a login: browsers, programs with a token, and who writes requests by hand."""

from __future__ import annotations

import base64
import hashlib
import http.client
import secrets
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

import httpx

from platformctl.live.auth import Browser, users
from platformctl.live.auth.form import login_form
from platformctl.live.kubernetes import Cluster
from platformctl.live.route import trusting
from platformctl.platform.login import Login
from tests.e2e.running import RunningPlatform

# No answer that is not a stream takes longer, whatever is down: what comes later hangs.
BOUND_SECONDS = 20.0


def login_of(platform: RunningPlatform) -> Login:
    login = platform.embedded.cluster.login
    assert login is not None
    return login


def me_of(platform: RunningPlatform) -> str:
    """What only somebody who is signed in may have."""
    return f"{login_of(platform).api_origin}/api/me"


def password(platform: RunningPlatform, user: str) -> str:
    """A test user's password of now: a rotation changes it."""
    with Cluster.connect(platform.kubeconfig) as kube:
        return users.password(kube, user)


def new_browser(platform: RunningPlatform) -> Browser:
    """A browser that nobody has signed in with."""
    client = platform.embedded.client(login_of(platform).app_origin)
    client.timeout = httpx.Timeout(BOUND_SECONDS)
    return Browser(client)


def signed_in(platform: RunningPlatform, user: str) -> Browser:
    """A browser in which the user has filled in the form."""
    browser = new_browser(platform)
    browser.sign_in(login_of(platform), user, password(platform, user))
    return browser


def session_of(platform: RunningPlatform, browser: Browser) -> str:
    """The value of the session's cookie; empty where there is none."""
    name = login_of(platform).cookie_name
    return next((one.value or "" for one in browser.client.cookies.jar if one.name == name), "")


def with_session(platform: RunningPlatform, value: str) -> dict[str, str]:
    """The header of a request with a session's cookie."""
    return {"cookie": f"{login_of(platform).cookie_name}={value}"}


def program_token(platform: RunningPlatform, user: str) -> str:
    """An access token as a program of the user gets it: by authorization code with PKCE."""
    login, verifier = login_of(platform), secrets.token_urlsafe(48)
    endpoint = f"{login.issuer}/protocol/openid-connect"
    redirect = "http://127.0.0.1:49152/callback"
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    asked = {
        "client_id": login.public_client_id,
        "redirect_uri": redirect,
        "response_type": "code",
        "scope": "openid",
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    with new_browser(platform) as browser:
        page = browser.get(f"{endpoint}/auth", params=asked)
        form = login_form(page.text)
        assert form is not None, page.text
        filled = form.fields | {"username": user, "password": password(platform, user)}
        back = browser.request("POST", form.action, data=filled).headers["location"]
        (code,) = parse_qs(urlsplit(back).query)["code"]
        given = {
            "grant_type": "authorization_code",
            "client_id": login.public_client_id,
            "redirect_uri": redirect,
            "code": code,
            "code_verifier": verifier,
        }
        answer = browser.request("POST", f"{endpoint}/token", data=given)
        return str(answer.raise_for_status().json()["access_token"])


REFUSALS = frozenset({0, 400, 401, 403, 404, 405, 426})
"""Statuses with which nobody gets in; 0 is a connection that was closed."""


def is_out(status: int, body: str) -> bool:
    """Whether an answer is a refusal, and tells nothing of a user."""
    return status in REFUSALS and not any(word in body for word in ("preferred_username", "@chat.localhost"))


@dataclass(frozen=True)
class Answer:
    """What came back to a request that was written by hand; ``status`` 0: the connection was closed."""

    status: int
    headers: dict[str, str]
    body: str

    @property
    def refused(self) -> bool:
        return is_out(self.status, self.body)


class Line:
    """Connections to the gateway on which nobody corrects what is sent."""

    def __init__(self, platform: RunningPlatform) -> None:
        embedded = platform.embedded
        self._port = urlsplit(login_of(platform).api_origin).port or 443
        self._address = embedded.chat_address
        self._context = trusting(embedded.authorities)

    def send(self, first: str, host: str, *headers: str, name: str) -> Answer:
        """Send a request over TLS to the gateway's host of that name.

        Args:
            first: the request's first line without the protocol: ``GET /api/me``.
            host: the header's value.
            headers: whole lines.
        """
        with self._connected(name) as connection:
            lines = [f"{first} HTTP/1.1", f"host: {host}", *headers, "connection: close", "", ""]
            connection.sendall("\r\n".join(lines).encode("latin-1"))
            response = http.client.HTTPResponse(connection, method=first.split()[0])
            try:
                response.begin()
                text = response.read().decode(errors="replace")
            except (http.client.HTTPException, ConnectionError, ssl.SSLError):
                return Answer(0, {}, "")
            return Answer(response.status, {k.lower(): v for k, v in response.getheaders()}, text)

    @contextmanager
    def _connected(self, name: str) -> Iterator[ssl.SSLSocket]:
        with (
            socket.create_connection((self._address, self._port), timeout=BOUND_SECONDS) as plain,
            self._context.wrap_socket(plain, server_hostname=name) as connection,
        ):
            yield connection
