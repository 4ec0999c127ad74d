"""Removes from the cache what other versions of the lock have left there."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Collection
from pathlib import Path

from platformctl.local.disk import SECONDS_KEPT_UNUSED
from platformctl.local.toolchain.store import Store


class _Busy(Exception):
    """Another process builds a part of this name right now."""


def prune(store: Store, current: Collection[Path]) -> int:
    """Remove the parts and workspaces that were not used for 30 days, nor by a process that runs.

    What cannot be removed, because it is in work or another user's, is left to the next time.

    Args:
        current: folders that stay, whenever they were used.

    Returns:
        How many were removed.
    """
    candidates = [kept for kept in store.kept() if kept[1] not in current and _unused(kept[1])]
    # A cluster that was started longer ago than that, from another checkout.
    running = _programs_that_run() if candidates else []
    removed = 0
    for name, folder in candidates:
        if any(program.is_relative_to(folder) for program in running):
            continue
        with contextlib.suppress(_Busy, OSError), store.held(name, _give_up):
            if _unused(folder):
                store.remove(folder)
                removed += 1
    return removed


def _give_up(_: str) -> None:
    raise _Busy


def _unused(folder: Path) -> bool:
    try:
        return folder.stat().st_mtime < time.time() - SECONDS_KEPT_UNUSED
    except FileNotFoundError:  # removed by another process in the meantime
        return False


def _programs_that_run() -> list[Path]:
    programs = []
    for link in Path("/proc").glob("[0-9]*/exe"):
        with contextlib.suppress(OSError):  # it has ended, or is not ours to look at
            programs.append(link.readlink())
    return programs
