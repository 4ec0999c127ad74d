"""What `up` says of a login, and where a session is read from."""

from __future__ import annotations

from pathlib import Path

import pytest

from platformctl.errors import ConfigError, NotHealthy
from platformctl.jobs import trace
from platformctl.live.trace import Result, TraceStep, Verdict, Walk
from platformctl.live.trace.result import hit, may, miss
from platformctl.steps import Silent


class Anybody:
    """A walk whose steps look at nothing."""

    credentials = None
    session = None


def prove(monkeypatch: pytest.MonkeyPatch, *results: Result) -> str:
    found = [(TraceStep(f"link {at}", lambda _: results[0]), one) for at, one in enumerate(results)]
    monkeypatch.setattr(trace, "steps_of", lambda _: ())
    monkeypatch.setattr(trace, "walk_through", lambda *_: iter(found))
    walk: Walk = Anybody()  # type: ignore[assignment]
    return trace.prove(walk, Silent())


def test_what_may_be_wrong_is_said_where_something_can_be_done(monkeypatch: pytest.MonkeyPatch) -> None:
    note = prove(monkeypatch, hit("a"), may("drift", "changed", "auth realm apply"), may("not waited for"))
    assert note == "1 links hold, signed in; link 1: drift (auth realm apply)"


def test_a_broken_link_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NotHealthy, match="link 1: 403") as broken:
        prove(monkeypatch, hit("a"), miss("403", 2))
    assert broken.value.fix


@pytest.mark.parametrize(
    ("text", "session"),
    [
        ("Cookie: __Secure-chat=abc; other=1\n", "__Secure-chat=abc; other=1"),
        ("__Secure-chat=abc", "__Secure-chat=abc"),
        (
            "# Netscape HTTP Cookie File\n"
            "#HttpOnly_.chat.localhost\tTRUE\t/\tTRUE\t0\t__Secure-chat\tabc\n"
            ".chat.localhost\tTRUE\t/\tTRUE\t0\tother\t1\n",
            "__Secure-chat=abc; other=1",
        ),
    ],
)
def test_a_session_from_a_browser_or_from_curl(text: str, session: str, tmp_path: Path) -> None:
    file = tmp_path / "cookies"
    file.write_text(text)
    assert trace.session_of(file) == session


@pytest.mark.parametrize("text", ["", "nothing", "a=1\nb=2\n"])
def test_a_file_without_a_session(text: str, tmp_path: Path) -> None:
    file = tmp_path / "cookies"
    file.write_text(text)
    with pytest.raises(ConfigError, match="holds no cookie"):
        trace.session_of(file)
    with pytest.raises(ConfigError, match="cannot be read"):
        trace.session_of(tmp_path / "none")


def test_verdicts_are_words() -> None:
    assert [str(verdict) for verdict in Verdict] == ["hit", "miss", "may", "not reached"]
