"""Tabs of one Chromium profile on a platform with a login."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, expect

from platformctl.platform.login import Login
from tests.e2e.browser import ChatPage

ME = "fetch(origin + '/api/me', {credentials: 'include'})"
BURST = f"""origin => {{
  window.burst = Promise.all(Array.from({{length: 10}}, () => {ME}.then(answer => answer.status)))
}}"""
READABLE = "JSON.stringify([Object.entries(sessionStorage), Object.entries(localStorage), document.cookie])"


def trust(home: Path, authority: Path) -> None:
    """Has a Chromium with this home folder trust a certificate authority, as its users are told to."""
    database = home / ".pki/nssdb"
    database.mkdir(parents=True)
    for arguments in (
        ("-N", "--empty-password"),
        ("-A", "-n", "platform", "-t", "C,,", "-i", str(authority)),
    ):
        subprocess.run(["certutil", "-d", f"sql:{database}", *arguments], check=True, capture_output=True)


@dataclass
class Tab(ChatPage):
    """A tab with the page, or with the login that it leads to."""

    api: str = ""
    """The API's origin."""

    @property
    def form(self) -> Any:
        """Keycloak's question for the password."""
        return self.page.get_by_role("textbox", name="Password")

    @property
    def alert(self) -> Any:
        return self.page.get_by_role("alert")

    def account(self, user: str) -> Any:
        return self.button(f"Account: {user}")

    def fill_in(self, user: str, password: str) -> None:
        """Fill in Keycloak's form and send it."""
        expect(self.form).to_be_visible()
        self.page.get_by_role("textbox", name="Username or email").fill(user)
        self.form.fill(password)
        self.button("Sign In").click()

    def sign_out(self, user: str) -> None:
        self.account(user).click()
        self.page.get_by_role("menuitem", name="Sign out").click()

    @contextmanager
    def taken_away(self) -> Iterator[None]:
        """Within it, the page is left for another one, or loaded again."""
        self.page.evaluate("window.still = true")
        yield
        self.page.wait_for_function("() => !window.still")

    def me(self) -> dict[str, Any]:
        """What the API knows of who is signed in."""
        return dict(self.page.evaluate(f"origin => {ME}.then(answer => answer.json())", self.api))

    def begin_burst(self) -> None:
        """Ask the API ten things at once."""
        self.page.evaluate(BURST, self.api)

    def burst(self) -> list[int]:
        """The statuses of their answers."""
        return list(self.page.evaluate("window.burst"))

    def readable(self) -> str:
        """All that scripts of the page can read of what the browser keeps."""
        return str(self.page.evaluate(READABLE))


@dataclass
class Profile:
    """A browser profile on a platform: what its tabs share, and who signs in with which password.

    Attributes:
        trouble: what went wrong in any of its tabs, as in `ChatPage`.
        asked: the addresses of all requests, in order, without their queries.
    """

    context: BrowserContext
    login: Login
    passwords: dict[str, str] = field(repr=False)
    trouble: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.context.on("request", lambda request: self.asked.append(request.url.partition("?")[0]))

    def open(self) -> Tab:
        """A new tab on its way to the page, or to the login."""
        login = self.login
        origins = (login.app_origin, login.api_origin, login.auth_origin)
        tab = Tab(self.context.new_page(), login.app_origin, self.trouble, origins, login.api_origin)
        tab.page.goto(tab.url)
        return tab

    def signed_in(self, user: str) -> Tab:
        """A new tab, signed in by the form."""
        tab = self.open()
        tab.fill_in(user, self.passwords[user])
        expect(tab.account(user)).to_be_visible()
        return tab

    def session_cookie(self) -> dict[str, Any] | None:
        found = [one for one in self.context.cookies() if one.get("name") == self.login.cookie_name]
        return dict(found[0]) if found else None

    def at_keycloak(self) -> list[str]:
        """The requests to it so far."""
        return [url for url in self.asked if url.startswith(self.login.auth_origin)]

    def unexpected(self) -> list[str]:
        """The trouble, but for what a browser says of a request that is refused since nobody is signed in."""
        api = self.login.api_origin
        denials = (
            # Without CORS headers, because the API does not see such a request.
            f"console error: Access to fetch at '{api}/",
            f"console error: Failed to load resource: net::ERR_FAILED {api}/",
            "console error: Failed to load resource: the server responded with a status of 401 (",
        )
        return [one for one in self.trouble if not (one.startswith(denials) and f"{api}/" in one)]
