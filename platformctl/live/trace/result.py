"""What a step of the trace finds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from platformctl.check.login.rows import Row, row
from platformctl.live.auth import Exchange


class Verdict(StrEnum):
    """Whether a link of the chain holds."""

    HIT = "hit"
    """It does what it should."""
    MISS = "miss"
    """It does not, and nobody gets in, or somebody does who should not."""
    MAY = "may"
    """It could not be looked at, or is only likely to be right."""
    NOT_REACHED = "not reached"
    """A link before it is broken."""


@dataclass(frozen=True)
class Result:
    """What was found about one link.

    Attributes:
        note: a few words: what there is.
        row: the failure of the catalogue that this is, where it is one.
        cause, fix: one sentence each, for a miss or a may; of the row unless given.
        exchanges: what was said, redacted.
    """

    verdict: Verdict
    note: str
    row: Row | None = None
    cause: str = ""
    fix: str = ""
    exchanges: Sequence[Exchange] = field(default=(), compare=False)


def hit(note: str) -> Result:
    """The link holds."""
    return Result(Verdict.HIT, note)


def miss(note: str, number: int) -> Result:
    """A failure of the catalogue, by its number."""
    found = row(number)
    return Result(Verdict.MISS, note, found, found.cause, found.fix)


def other_miss(note: str, cause: str, fix: str) -> Result:
    """A failure that is not in the catalogue."""
    return Result(Verdict.MISS, note, None, cause, fix)


def may(note: str, cause: str = "", fix: str = "") -> Result:
    """Nobody can tell from here."""
    return Result(Verdict.MAY, note, None, cause, fix)
