"""A disk that is full, told as such: each tool that meets it says so in its own words."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from platformctl.errors import PlatformctlError, StepFailed
from platformctl.local.disk import GIGABYTE, free_disk

# Measured: the registry has 1.2 GB of all images, buildah's store 3 GB; the rest is for work in progress.
BYTES_NEEDED = 5 * GIGABYTE
# As C's library says it, and as docker-registry's JSON has the number.
_SAYINGS = (
    "no space left on device",
    "disk quota exceeded",
    f'"err":{errno.ENOSPC}',
    f'"err":{errno.EDQUOT}',
)
_END_OF_LOG = 16 << 10


@contextmanager
def full_disk_told(folder: Path) -> Iterator[None]:
    """Tell what the block raises because of a full disk as just that.

    Args:
        folder: on the disk that the images need; it need not exist.

    Raises:
        StepFailed: no room; says how much is needed, with the log of what met it.
    """
    try:
        yield
    except (OSError, PlatformctlError) as error:
        if not met_full_disk(error):
            raise
        _, free = free_disk(folder)
        raise StepFailed(
            f"no room for the images: {free / GIGABYTE:.1f} GB free under {folder}, "
            f"they need up to {BYTES_NEEDED // GIGABYTE} GB",
            fix="free some, or point XDG_CACHE_HOME at a larger disk; then run the same command again",
            log=error.log if isinstance(error, PlatformctlError) else None,
        ) from error


def met_full_disk(error: OSError | PlatformctlError) -> bool:
    """Whether an error, or the log that it names, comes from a full disk."""
    if isinstance(error, OSError):
        return error.errno in (errno.ENOSPC, errno.EDQUOT)
    said = f"{error.message} {_end(error.log) if error.log else ''}".lower()
    return any(saying in said for saying in _SAYINGS)


def _end(log: Path) -> str:
    try:
        with log.open("rb") as content:
            content.seek(max(0, log.stat().st_size - _END_OF_LOG))
            return content.read().decode(errors="replace")
    except OSError:
        return ""
