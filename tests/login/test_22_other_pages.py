"""Pages of others cannot use a session, and the login leads to nobody else's page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import parse_qs, urljoin, urlsplit

import httpx
import pytest

from platformctl.live.auth import Browser
from platformctl.live.auth.form import login_form
from platformctl.platform.login import Login
from tests.e2e.running import RunningPlatform
from tests.login.visitor import login_of, new_browser, password, session_of, signed_in

ELSEWHERE = "https://elsewhere.example"
QUESTION = {"messages": [{"role": "user", "content": "Say hello."}], "stream": False}


@pytest.fixture(scope="module")
def ada(platform: RunningPlatform) -> Iterator[Browser]:
    with signed_in(platform, "ada") as browser:
        yield browser


@pytest.fixture(scope="module")
def login(platform: RunningPlatform) -> Login:
    return login_of(platform)


def test_the_page_itself_may_ask(ada: Browser, login: Login) -> None:
    answer = ada.request(
        "POST", f"{login.api_origin}/api/chat", json=QUESTION, headers={"origin": login.app_origin}
    )
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == login.app_origin


@pytest.mark.parametrize(
    "origin",
    [
        ELSEWHERE,
        "null",
        "https://other.chat.localhost:8443",
        "https://app.chat.localhost",
        "http://app.chat.localhost:8443",
        "https://app.chat.localhost:8443.elsewhere.example",
        "https://auth.chat.localhost:8443",
    ],
)
def test_a_page_of_another_origin_may_neither_ask_nor_read(ada: Browser, login: Login, origin: str) -> None:
    url = f"{login.api_origin}/api/chat"
    written = ada.request("POST", url, json=QUESTION, headers={"origin": origin})
    assert written.status_code == 403
    assert "access-control-allow-origin" not in written.headers
    read = ada.get(f"{login.api_origin}/api/me", accept="application/json", headers={"origin": origin})
    assert "access-control-allow-origin" not in read.headers


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", None]
)
def test_a_plain_form_may_not_ask(ada: Browser, login: Login, kind: str | None) -> None:
    """What a browser sends to another origin without a preflight."""
    headers = {"content-type": kind} if kind else {}
    body = httpx.Request("POST", "http://x", json=QUESTION).content
    answer = ada.request("POST", f"{login.api_origin}/api/chat", content=body, headers=headers)
    assert answer.status_code == 415


WAYS_OUT = (
    ELSEWHERE,
    "//elsewhere.example",
    "///elsewhere.example",
    "////elsewhere.example/x",
    "/\\elsewhere.example",
    "\\\\elsewhere.example",
    "/\t/elsewhere.example",
    "/\n/elsewhere.example",
    "/%09/elsewhere.example",
    "/%5celsewhere.example",
    "/.//elsewhere.example",
    "/..//elsewhere.example",
    "https:elsewhere.example",
    "https:///elsewhere.example",
    "https:\\\\elsewhere.example",
    "http://elsewhere.example:8443",
    "https://elsewhere.example:8443/.chat.localhost:8443",
    "https://elsewhere.example:8443?.chat.localhost:8443",
    "https://elsewhere.example:8443#.chat.localhost:8443",
    "https://elsewhere.example:8443\\.chat.localhost:8443",
    "https://elsewhere.example%2f.chat.localhost:8443",
    "https://elsewhere.example%5c.chat.localhost:8443",
    "https://elsewhere.example%00.chat.localhost:8443",
    "https://app.chat.localhost:8443@elsewhere.example/",
    "https://app.chat.localhost:8443%40elsewhere.example:8443",
    "https://app.chat.localhost.elsewhere.example:8443",
    "https://elsewherechat.localhost:8443",
    "https://app.chat.localhost:9999",
    "javascript:alert(1)",
    "data:text/html,x",
)


def leads_to(login: Login, location: str) -> str:
    """The origin that a browser goes to: to it a backslash is a slash, and tabs and newlines are nothing."""
    read = re.sub(r"[\t\r\n]", "", location.strip()).replace("\\", "/")
    there = urlsplit(urljoin(f"{login.api_origin}/oauth2/callback", re.sub(r"^/{2,}", "//", read)))
    return f"{there.scheme}://{there.netloc}"


def ours(login: Login) -> set[str]:
    return {login.app_origin, login.api_origin, login.auth_origin}


def wanted_after(location: str) -> str:
    """Where the login that begins here is to end: oauth2-proxy keeps it in ``state``."""
    state: str = parse_qs(urlsplit(location).query)["state"][0]
    return state.partition(":")[2]


def test_the_login_and_its_end_lead_back_to_the_page(platform: RunningPlatform, login: Login) -> None:
    page = f"{login.app_origin}/somewhere?x=1"
    with new_browser(platform) as browser:
        start = browser.get(f"{login.api_origin}/oauth2/start", params={"rd": page})
        assert wanted_after(start.headers["location"]) == page
    with signed_in(platform, "grace") as browser:
        end = browser.get(f"{login.api_origin}/oauth2/sign_out", params={"rd": page})
        assert end.headers["location"] == page


@pytest.mark.parametrize("way", WAYS_OUT)
def test_the_login_and_its_end_lead_nowhere_else(platform: RunningPlatform, login: Login, way: str) -> None:
    with new_browser(platform) as browser:
        for path in ("/oauth2/start", "/oauth2/sign_in", "/oauth2/sign_out"):
            asked = [browser.get(f"{login.api_origin}{path}", params={"rd": way})]
            if way.isprintable():
                header = {"x-auth-request-redirect": way}
                asked.append(browser.get(f"{login.api_origin}{path}", headers=header))
            for answer in asked:
                location = answer.headers["location"]
                if path == "/oauth2/sign_out":
                    assert leads_to(login, location) in ours(login), location
                else:
                    assert leads_to(login, location) == login.auth_origin
                    assert leads_to(login, wanted_after(location)) in ours(login), wanted_after(location)


@pytest.mark.parametrize(
    "forged",
    [
        {"x-forwarded-host": "elsewhere.example"},
        {"x-forwarded-proto": "http", "x-forwarded-port": "80"},
        {"x-forwarded-prefix": "/elsewhere"},
        {"x-forwarded-host": "elsewhere.example", "x-forwarded-uri": "/x", "x-forwarded-proto": "https"},
        {"forwarded": "host=elsewhere.example;proto=http"},
        {"x-auth-request-redirect": ELSEWHERE},
        {"x-original-url": ELSEWHERE, "x-original-host": "elsewhere.example"},
    ],
)
def test_headers_do_not_lead_a_login_away(
    platform: RunningPlatform, login: Login, forged: dict[str, str]
) -> None:
    """Neither oauth2-proxy's redirects, nor Keycloak's URLs, nor the cookies of both."""
    with new_browser(platform) as browser:
        start = browser.get(f"{login.api_origin}/oauth2/start", headers=forged)
        location = start.headers["location"]
        assert leads_to(login, location) == login.auth_origin
        assert parse_qs(urlsplit(location).query)["redirect_uri"] == [login.callback_url]
        assert leads_to(login, wanted_after(location)) in ours(login)
        assert "elsewhere" not in start.headers["set-cookie"]
        page = browser.get(location, headers=forged)
        assert page.status_code == 200
        assert "elsewhere" not in page.text
        assert all("Secure" in one for one in page.headers.get_list("set-cookie"))
        configuration = f"{login.issuer}/.well-known/openid-configuration"
        assert browser.get(configuration, headers=forged).json() == browser.get(configuration).json()


def test_a_state_that_was_changed_on_the_way_leads_to_no_other_page(
    platform: RunningPlatform, login: Login
) -> None:
    """It goes through the browser unsigned: what comes back is looked at again."""
    with new_browser(platform) as browser:
        start = browser.get(f"{login.api_origin}/oauth2/start", params={"rd": f"{login.app_origin}/"})
        page = browser.get(start.headers["location"])
        form = login_form(page.text)
        assert form is not None
        filled = form.fields | {"username": "ada", "password": password(platform, "ada")}
        back = httpx.URL(browser.request("POST", form.action, data=filled).headers["location"])
        nonce = back.params["state"].partition(":")[0]
        end = browser.get(str(back.copy_merge_params({"state": f"{nonce}:{ELSEWHERE}/"})))
        assert leads_to(login, end.headers.get("location", "/")) in ours(login)


def test_a_code_of_another_browser_is_not_taken(platform: RunningPlatform, login: Login) -> None:
    """Whoever is led to a callback with somebody else's code is not signed in as that somebody."""
    with new_browser(platform) as browser, new_browser(platform) as victim:
        start = browser.get(f"{login.api_origin}/oauth2/start", params={"rd": f"{login.app_origin}/"})
        form = login_form(browser.get(start.headers["location"]).text)
        assert form is not None
        filled = form.fields | {"username": "ada", "password": password(platform, "ada")}
        back = browser.request("POST", form.action, data=filled).headers["location"]
        assert victim.get(back).status_code == 403
        assert session_of(platform, victim) == ""
        assert browser.get(back).status_code == 302
        assert session_of(platform, browser) != ""
