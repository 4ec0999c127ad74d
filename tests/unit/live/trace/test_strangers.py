"""Who has no session: each answer that lets somebody in, or sends them astray, is told by its row."""

from __future__ import annotations

import httpx
import pytest

from platformctl.live.trace import Verdict
from platformctl.live.trace.strangers import forged, open_paths, unauthenticated
from platformctl.platform.login import Login
from tests.unit.live.trace.answering import Answer, answering


def api_says(status: int, **settings: object) -> Answer:
    """The page is well, and the API answers so."""

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.host.startswith("app."):
            return httpx.Response(200)
        return httpx.Response(status, **settings)  # type: ignore[arg-type]

    return answer


@pytest.mark.parametrize(
    ("status", "headers", "number"),
    [
        (401, {}, 0),
        (302, {"location": "https://auth.example.com/"}, 18),
        (403, {}, 2),
        (200, {}, None),
        (503, {}, None),
        (500, {}, None),
    ],
)
def test_a_script_without_a_session(
    login: Login, status: int, headers: dict[str, str], number: int | None
) -> None:
    found = unauthenticated(answering(login, api_says(status, headers=headers)))
    assert found.verdict is (Verdict.HIT if number == 0 else Verdict.MISS)
    assert (found.row.number if found.row else None) == (number or None)


def test_a_page_that_asks_for_a_login(login: Login) -> None:
    found = unauthenticated(answering(login, lambda _: httpx.Response(302, headers={"location": "/login"})))
    assert found.row and found.row.number == 3


@pytest.mark.parametrize(("status", "number"), [(401, None), (403, None), (200, 32), (404, 32)])
def test_a_path_that_is_not_refused_is_open(login: Login, status: int, number: int | None) -> None:
    found = open_paths(answering(login, lambda _: httpx.Response(status)))
    assert (found.row.number if found.row else None) == number


def test_a_forged_path_that_changes_the_answer(login: Login) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(403 if request.headers.get("x-forwarded-uri") == "/health" else 401)

    found = forged(answering(login, answer))
    assert found.row and found.row.number == 33
    assert "/health" in found.note


def test_a_forged_name_that_is_believed(login: Login) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200 if "x-auth-request-user" in request.headers else 401)

    assert forged(answering(login, answer)).verdict is Verdict.MISS


def test_all_that_was_said_is_kept(login: Login) -> None:
    walk = answering(login, api_says(401))
    found = forged(walk)
    assert found.verdict is Verdict.HIT
    assert len(walk.exchanges) > 10
    assert not any("eyJhbGci" in str(exchange) for exchange in walk.exchanges)
