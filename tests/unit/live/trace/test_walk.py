"""The walk goes on past a broken link where it can, and shows nothing that must not be shown."""

from __future__ import annotations

import ssl

import pytest

from platformctl.errors import Unreachable
from platformctl.live.trace import (
    STEPS,
    Credentials,
    Result,
    TraceStep,
    Verdict,
    Walk,
    steps_of,
    walk_through,
)
from platformctl.live.trace.result import hit, miss
from platformctl.platform.login import Login


@pytest.fixture
def walk(login: Login) -> Walk:
    return Walk(login, ssl.create_default_context())


def away(_: Walk) -> Result:
    raise Unreachable("api.example.com does not answer")


def test_what_hangs_on_a_broken_link_is_not_reached(walk: Walk) -> None:
    steps = [
        TraceStep("first", lambda _: miss("broken", 2)),
        TraceStep("second", lambda _: hit("unseen"), ("first",)),
        TraceStep("third", lambda _: hit("unseen"), ("second",)),
        TraceStep("alone", lambda _: hit("seen")),
    ]
    found = {step.name: result.verdict for step, result in walk_through(steps, walk)}
    assert found == {
        "first": Verdict.MISS,
        "second": Verdict.NOT_REACHED,
        "third": Verdict.NOT_REACHED,
        "alone": Verdict.HIT,
    }


def test_a_host_that_is_away_is_a_miss(walk: Walk) -> None:
    ((_, found),) = walk_through([TraceStep("first", away)], walk)
    assert (found.verdict, found.row) == (Verdict.MISS, None)
    assert found.cause and found.fix


def test_every_need_is_an_earlier_step() -> None:
    for at, step in enumerate(STEPS):
        assert set(step.needs) <= {earlier.name for earlier in STEPS[:at]}, step.name


def test_with_a_session_nobody_signs_in(login: Login) -> None:
    walk = Walk(login, ssl.create_default_context(), session="__Secure-chat=abc; other=x")
    assert "login form" not in {step.name for step in steps_of(walk)}
    assert walk.cookie == "__Secure-chat=abc"


def test_neither_password_nor_session_is_shown(login: Login) -> None:
    context = ssl.create_default_context()
    walk = Walk(login, context, credentials=Credentials("ada", "pa55word"), session="s=t0p")
    assert "pa55word" not in repr(walk) and "t0p" not in repr(walk)
