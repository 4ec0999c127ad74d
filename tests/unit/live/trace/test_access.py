"""What the API answers to a session, and what it says of the token."""

from __future__ import annotations

import time

import httpx
import pytest

from platformctl.live.trace import Verdict
from platformctl.live.trace.access import check, token
from platformctl.platform.login import Login
from tests.unit.live.trace.answering import answering


@pytest.mark.parametrize(
    ("status", "said", "number"),
    [
        (202, "", 1),
        (404, "", 1),
        (401, "{}", 4),
        (403, "RBAC: access denied", 14),
        (403, "Audiences in Jwt are not allowed", 9),
        (401, "Jwt verification fails", 12),
        (401, "sign in: the request came without x-auth-request-access-token", 14),
        (401, "Jwt not yet valid", 30),
        (431, "", 20),
        (500, "", None),
    ],
)
def test_a_session_that_is_refused(login: Login, status: int, said: str, number: int | None) -> None:
    found = check(answering(login, lambda _: httpx.Response(status, text=said)))
    assert found.verdict is Verdict.MISS
    assert (found.row.number if found.row else None) == number


def test_a_token_that_ends_before_it_is_renewed(login: Login) -> None:
    def answer(_: httpx.Request) -> httpx.Response:
        ends = time.time() + login.session.refresh.seconds - 5
        return httpx.Response(
            200, json={"issuer": login.issuer, "audience": [login.audience], "expires_at": ends}
        )

    found = token(answering(login, answer))
    assert found.row and found.row.number == 22
    # A session that a browser brings may be on its last seconds.
    assert token(answering(login, answer, session="s=1")).verdict is Verdict.HIT
