"""A browser's part of a login: cookies by domain, redirects one at a time, the form filled in."""

from __future__ import annotations

from types import TracebackType
from typing import Any, Self

import httpx

from platformctl.errors import NotHealthy, Unreachable
from platformctl.live.auth.exchange import Exchange
from platformctl.live.auth.form import login_form
from platformctl.platform.login import Login

DOCUMENT = "text/html,application/xhtml+xml,*/*;q=0.8"
JSON = "application/json"
MAX_REDIRECTS = 10


class Browser:
    """Requests with a jar of cookies, of which none follows a redirect by itself.

    Attributes:
        client: keeps the cookies; closed with the browser.
        exchanges: all that was said, oldest first, redacted; several browsers may share one list.
    """

    def __init__(self, client: httpx.Client, exchanges: list[Exchange] | None = None) -> None:
        self.client = client
        self.exchanges = [] if exchanges is None else exchanges

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.client.close()

    def request(self, method: str, url: str, *, accept: str = JSON, **settings: Any) -> httpx.Response:
        """One request, answered in whole.

        Raises:
            Unreachable: no answer; the exchange is kept.
        """
        headers = {"Accept": accept} | settings.pop("headers", {})
        request = self.client.build_request(method, url, headers=headers, **settings)
        try:
            response = self.client.send(request, follow_redirects=False)
        except httpx.HTTPError as error:
            self.exchanges.append(Exchange.failed(request, error))
            raise Unreachable(f"{request.url.host} does not answer: {error}") from error
        self.exchanges.append(Exchange.of(response))
        return response

    def get(self, url: str, *, accept: str = DOCUMENT, **settings: Any) -> httpx.Response:
        """GET; as for a document unless ``accept`` says otherwise. Raises as `request`."""
        return self.request("GET", url, accept=accept, **settings)

    def follow(self, response: httpx.Response) -> httpx.Response:
        """Go where the answers lead, until one leads nowhere. Raises NotHealthy for a loop."""
        for _ in range(MAX_REDIRECTS):
            if response.next_request is None:
                return response
            response = self.get(str(response.next_request.url))
        raise NotHealthy(
            f"after {MAX_REDIRECTS} redirects it still goes on, last to {self.exchanges[-1].url}"
        )

    def sign_in(self, login: Login, user: str, password: str) -> None:
        """Sign in and come back to the page, with the session's cookie in the jar.

        Raises:
            NotHealthy: it ends elsewhere; names where and what was said there.
            Unreachable: a host does not answer.
        """
        start = self.get(f"{login.api_origin}/oauth2/start", params={"rd": f"{login.app_origin}/"})
        page = self.follow(start)
        form = login_form(page.text)
        if form is None:
            raise NotHealthy(f"no login form at {self._last()}", fix="platformctl auth trace")
        filled = form.fields | {"username": user, "password": password}
        sent = self.request("POST", str(page.url.join(form.action)), accept=DOCUMENT, data=filled)
        if sent.status_code == httpx.codes.OK and login_form(sent.text):
            raise NotHealthy(f"Keycloak does not take the password of {user}")
        end = self.follow(sent)
        if end.status_code != httpx.codes.OK or not str(end.url).startswith(login.app_origin):
            raise NotHealthy(f"the login of {user} ends at {self._last()}", fix="platformctl auth trace")

    def _last(self) -> str:
        last = self.exchanges[-1]
        return f"{last.url}: {last.answer}"
