"""What `auth trace` shows of a link."""

from __future__ import annotations

from typing import cast

import pytest

from platformctl.cli import auth
from platformctl.live.trace import TraceStep, Verdict, Walk
from platformctl.live.trace.result import Result, hit, miss

STEP = TraceStep("token", lambda _: hit(""))
WALK = cast(Walk, None)


def places(result: Result) -> list[str]:
    return ["a.yaml:1", "b.yaml:2"] if result.row else []


def shown(result: Result, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> str:
    monkeypatch.setattr(auth, "_walked", lambda _: iter([(STEP, result)]))
    assert [found for _, found in auth._shown(WALK, places, verbose=False)] == [result]
    return capsys.readouterr().out


def test_a_miss_has_its_code_cause_place_and_fix(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = shown(miss("audiences [other]", 9), monkeypatch, capsys)
    told = [
        "audiences [other]",
        "oidc/audience",
        "no mapper adds",
        "a.yaml:1, b.yaml:2",
        "oidc-audience-mapper",
    ]
    assert [told.index(each) for each in sorted(told, key=text.index)] == [0, 1, 2, 3, 4]


def test_a_hit_is_one_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert len(shown(hit("for chatbot-api"), monkeypatch, capsys).splitlines()) == 1


def test_a_miss_as_json() -> None:
    found = auth._as_json(STEP, miss("audiences other", 9), places)
    assert (found["verdict"], found["row"], found["where"]) == (
        Verdict.MISS.value,
        9,
        ["a.yaml:1", "b.yaml:2"],
    )
    assert auth._as_json(STEP, hit("x"), places)["where"] == []
