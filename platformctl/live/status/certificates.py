"""cert-manager's certificates: whether each is there, how long it lasts, and when it is renewed. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from platformctl.live.flux import Object, State, readiness
from platformctl.live.status.row import Row

DAYS_LEFT = 14
"""Fewer, and a renewal that is due has been tried for days, or was never going to come."""


def certificates(found: Iterable[Object], at: datetime) -> Iterator[Row]:
    """A row each; one that is not Ready has failed, and so has one that soon ends and was not renewed.

    Args:
        at: when it was looked.
    """
    for each in found:
        one, status = readiness(each), each.get("status", {})
        ends, renewal = _time(status.get("notAfter")), _time(status.get("renewalTime"))
        state, message = one.state, "" if one.ready else f"{one.reason}: {one.message}".strip(": ")
        # A short certificate has few days all its life: it is well until its renewal is due.
        if one.ready and ends and (ends - at).days < DAYS_LEFT and (renewal is None or renewal <= at):
            state = State.FAILED
            message = f"{_ends(ends, at)} and was not renewed"
        yield Row(one.identity, state, _lasts(ends, renewal, at), message)


def _lasts(ends: datetime | None, renewal: datetime | None, at: datetime) -> str:
    """As ``89 days left, renewal in 59``."""
    if ends is None:
        return ""
    left = f"{_days((ends - at).days)} left" if ends > at else "over"
    if renewal is None:
        return left
    due = f"renewal in {(renewal - at).days}" if renewal > at else "renewal due"
    return f"{left}, {due}"


def _ends(ends: datetime, at: datetime) -> str:
    return f"ends in {_days((ends - at).days)}" if ends > at else f"ended on {ends:%Y-%m-%d}"


def _days(count: int) -> str:
    return f"{count} day" if count == 1 else f"{count} days"


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
