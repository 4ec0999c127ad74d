"""Somebody who is signed in and goes on working while something is broken."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import httpx
from httpx_sse import connect_sse

from platformctl.errors import PlatformctlError, Unreachable
from platformctl.live.auth import Browser
from tests.e2e.running import RunningPlatform, eventually
from tests.login.visitor import BOUND_SECONDS, login_of, me_of, new_browser, signed_in

# The embedded cluster's small model follows this one without an end; other questions it answers in a line.
LONG = "Please repeat: yes, yes, yes, yes, yes, yes, yes, yes"

# What says that it does not work now: not a page that is not there, nor an empty or another user's answer.
HONEST = {401, 502, 503, 504}
PAUSE_SECONDS = 0.1


@dataclass
class Seen:
    """What came back, by what was asked.

    Attributes:
        statuses: how often each status came; 0: the connection broke.
        wrong: what must not have come, a sentence each.
        longest: seconds that the slowest answer took.
    """

    statuses: dict[str, Counter[int]] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    longest: float = 0.0

    def count(self, what: str, status: int) -> None:
        self.statuses.setdefault(what, Counter())[status] += 1

    def only_worked(self, what: str) -> bool:
        return set(self.statuses[what]) == {200}


@contextmanager
def working(
    platform: RunningPlatform, browser: Browser, user: str, *, newcomer: str | None = None
) -> Iterator[Seen]:
    """Within it the user's browser asks all the time: the API, the page, the login's host.

    Afterwards every answer was right or an honest failure, and none took longer than it may.

    Args:
        newcomer: also somebody who signs in, again and again, which never fails.
    """
    login, seen, over = login_of(platform), Seen(), threading.Event()
    stranger = new_browser(platform)
    asked = {
        "api": (browser, me_of(platform), f'"preferred_username":"{user}"'),
        "page": (stranger, f"{login.app_origin}/", "<!doctype html>"),
        "login": (stranger, f"{login.issuer}/.well-known/openid-configuration", f'"issuer":"{login.issuer}"'),
    }

    def ask(what: str) -> None:
        asking, url, right = asked[what]
        while not over.is_set():
            start = time.monotonic()
            try:
                answer = asking.get(url, accept="application/json")
                status, body = answer.status_code, answer.text
            except Unreachable:
                status, body = 0, ""
            took = time.monotonic() - start
            seen.longest = max(seen.longest, took)
            seen.count(what, status)
            if took > BOUND_SECONDS + 5:
                seen.wrong.append(f"{what}: {status} after {took:.0f} s")
            elif status == 200 and right not in body:
                seen.wrong.append(f"{what}: 200 with {body[:100]!r}")
            elif status not in {0, 200} | HONEST:
                seen.wrong.append(f"{what}: {status} {body[:100]!r}")
            over.wait(PAUSE_SECONDS)

    def sign_in(name: str) -> None:
        while not over.is_set():
            try:
                signed_in(platform, name).client.close()
                seen.count("sign-in", 200)
            except PlatformctlError as error:
                seen.wrong.append(f"sign-in: {error.message}")
            over.wait(5 * PAUSE_SECONDS)

    threads = [threading.Thread(target=ask, args=(what,), daemon=True) for what in asked]
    if newcomer:
        threads.append(threading.Thread(target=sign_in, args=(newcomer,), daemon=True))
    for thread in threads:
        thread.start()
    try:
        yield seen
    finally:
        over.set()
        for thread in threads:
            thread.join(timeout=2 * BOUND_SECONDS)
        stranger.client.close()
        print(f"seen: {seen.statuses}, longest {seen.longest:.1f} s")
    assert not [thread for thread in threads if thread.is_alive()], "a request hangs"
    assert seen.wrong == []
    for what in asked:
        assert seen.statuses[what][200], f"{what} never worked: {seen.statuses}"


@dataclass
class Stream:
    """An answer that streams for minutes.

    Attributes:
        pieces: how many have come.
        ended: its last event's name; empty: the connection broke; None: it goes on.
    """

    pieces: int = 0
    ended: str | None = None
    over: threading.Event = field(default_factory=threading.Event)

    def goes_on(self) -> None:
        """Awaits more of it."""
        wanted = self.pieces + 20
        eventually("more of the answer", lambda: self.pieces >= wanted, seconds=60, pause=0.1)
        assert self.ended is None, self.ended

    def breaks(self) -> None:
        """Awaits its end, which cannot be taken for that of a whole answer."""
        eventually("the end of the answer", lambda: self.ended is not None, seconds=60, pause=0.1)
        assert self.ended in ("", "error")


@contextmanager
def streaming(platform: RunningPlatform, browser: Browser) -> Iterator[Stream]:
    """Within it a long answer streams; then it is left."""
    login, stream = login_of(platform), Stream()
    body = {"messages": [{"role": "user", "content": LONG}], "stream": True}

    def read() -> None:
        last = ""
        try:
            url, origin = f"{login.api_origin}/api/chat", {"origin": login.app_origin}
            with connect_sse(browser.client, "POST", url, json=body, headers=origin) as source:
                for event in source.iter_sse():
                    last = event.event
                    stream.pieces += last == "token"
                    if stream.over.is_set():
                        return
            stream.ended = last
        except httpx.HTTPError:
            stream.ended = ""

    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    try:
        eventually("an answer begins", lambda: stream.pieces, seconds=60, pause=0.1)
        yield stream
    finally:
        stream.over.set()
        thread.join(2 * BOUND_SECONDS)
    assert not thread.is_alive(), "the stream hangs"


def works_again(platform: RunningPlatform, browser: Browser, user: str, *, seconds: float = 120) -> None:
    """Awaits that the API knows the user again, three times in a row, with the session that there is."""
    for _ in range(3):
        eventually(f"{user} is known again", lambda: _known(platform, browser, user) or None, seconds=seconds)


def comes_back(
    platform: RunningPlatform,
    browser: Browser,
    user: str,
    *,
    seconds: float = 120,
    refusals: frozenset[int] = frozenset(),
) -> bool:
    """The user goes on, with the session or by the way to the login, whichever the platform asks for.

    Args:
        refusals: how the way to the login may also end, to be gone again.

    Returns:
        Whether the session was still the same one.
    """
    login, kept, row = login_of(platform), True, 0

    def step() -> bool:
        nonlocal kept, row
        known = _known(platform, browser, user)
        row = row + 1 if known else 0
        if known is False:
            kept = False
            start = browser.get(f"{login.api_origin}/oauth2/start", params={"rd": f"{login.app_origin}/"})
            end = browser.follow(start)
            assert end.status_code in {200, *HONEST, *refusals}, (
                f"{end.url}: {end.status_code} {end.text[:200]}"
            )
            assert end.status_code != 200 or str(end.url) == f"{login.app_origin}/", f"ends at {end.url}"
        return row == 3

    def stepped() -> bool:
        try:
            return step()
        except Unreachable:
            return False

    eventually(f"{user} goes on", stepped, seconds=seconds, pause=0.5)
    return kept


def _known(platform: RunningPlatform, browser: Browser, user: str) -> bool | None:
    """Whether the API knows the user: False where it asks who it is, None where it does not answer."""
    try:
        answer = browser.get(me_of(platform), accept="application/json")
    except Unreachable:
        return None
    if answer.status_code == 401:
        return False
    return f'"preferred_username":"{user}"' in answer.text or None
