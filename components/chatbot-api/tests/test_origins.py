"""Which pages may ask: CORS for one origin, and no forged requests from others."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from .conftest import Api, Start, read_problem
from .fake_identity import AUDIENCE, ISSUER

PAGE = "https://app.chat.localhost:8443"
OTHERS = [
    "https://app.chat.localhost",
    "http://app.chat.localhost:8443",
    "https://auth.chat.localhost:8443",
    "https://app.chat.localhost:8443.evil.example",
    "null",
]


@pytest.fixture
async def api(start: Start) -> AsyncIterator[Api]:
    yield await start(CORS_ORIGINS=PAGE)


def preflight(api: Api, origin: str, method: str = "POST", headers: str = "content-type"):  # type: ignore[no-untyped-def]
    asked = {
        "Origin": origin,
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": headers,
    }
    return api.session.options(f"{api.url}/api/chat", headers=asked)


async def test_the_page_may_ask_with_its_session(api: Api) -> None:
    async with preflight(api, PAGE) as response:
        assert response.status == 200
        assert response.headers["Access-Control-Allow-Origin"] == PAGE
        assert response.headers["Access-Control-Allow-Credentials"] == "true"
        assert "POST" in response.headers["Access-Control-Allow-Methods"]
        assert "Origin" in response.headers["Vary"]
    async with api.session.get(f"{api.url}/api/models", headers={"Origin": PAGE}) as response:
        assert response.status == 200
        assert response.headers["Access-Control-Allow-Origin"] == PAGE
        assert "X-Context-Dropped" in response.headers["Access-Control-Expose-Headers"]


@pytest.mark.parametrize("origin", OTHERS)
async def test_other_pages_may_not(api: Api, origin: str) -> None:
    async with preflight(api, origin) as response:
        assert response.status == 400
        assert "Access-Control-Allow-Origin" not in response.headers
    async with api.session.get(f"{api.url}/api/models", headers={"Origin": origin}) as response:
        assert "Access-Control-Allow-Origin" not in response.headers


@pytest.mark.parametrize(("method", "headers"), [("DELETE", "content-type"), ("POST", "x-auth-request-user")])
async def test_the_page_may_not_ask_for_anything(api: Api, method: str, headers: str) -> None:
    async with preflight(api, PAGE, method, headers) as response:
        assert response.status == 400


@pytest.mark.parametrize("origin", OTHERS)
async def test_a_question_of_another_page_is_not_answered(api: Api, origin: str) -> None:
    body = {"messages": [{"role": "user", "content": "Hi"}]}
    async with api.session.post(f"{api.url}/api/chat", json=body, headers={"Origin": origin}) as response:
        assert (await read_problem(response))["code"] == "origin_refused"
        assert response.status == 403
    assert (await api.request_line(path="/api/chat"))["code"] == "origin_refused"


async def test_the_pages_and_a_programs_questions_are(api: Api) -> None:
    body = {"messages": [{"role": "user", "content": "Hi"}], "stream": False}
    for headers in ({"Origin": PAGE}, {}):
        async with api.session.post(f"{api.url}/api/chat", json=body, headers=headers) as response:
            assert response.status == 200


async def test_what_a_form_can_send_is_not_answered(api: Api) -> None:
    """A form needs no preflight, and where the browser hides the origin the content type tells it."""
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
        async with api.session.post(
            f"{api.url}/api/chat", data=b'{"messages": []}', headers={"Content-Type": kind}
        ) as response:
            assert (await read_problem(response))["status"] == 415


async def test_the_page_can_read_why_it_was_refused(start: Start) -> None:
    api = await start(
        CORS_ORIGINS=PAGE,
        IDENTITY_ISSUER=ISSUER,
        IDENTITY_JWKS_URL="http://127.0.0.1:9/certs",
        IDENTITY_AUDIENCE=AUDIENCE,
    )
    async with api.session.get(f"{api.url}/api/me", headers={"Origin": PAGE}) as response:
        assert response.status == 401
        assert response.headers["Access-Control-Allow-Origin"] == PAGE
    # A preflight has no cookie, so it can have no token.
    async with preflight(api, PAGE) as response:
        assert response.status == 200


async def test_without_origins_no_page_elsewhere_may_read(start: Start) -> None:
    api = await start()
    async with api.session.get(f"{api.url}/api/models", headers={"Origin": PAGE}) as response:
        assert response.status == 200
        assert "Access-Control-Allow-Origin" not in response.headers
