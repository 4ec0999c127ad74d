"""The disk that caches and clusters lie on: what is free there, and how long unused things stay."""

from __future__ import annotations

import shutil
from pathlib import Path

GIGABYTE = 10**9
# Another checkout's branch may want it: long enough for one that nobody looks at for some weeks.
SECONDS_KEPT_UNUSED = 30 * 24 * 3600


def free_disk(folder: Path) -> tuple[Path, int]:
    """The nearest folder above that exists, and the bytes that are free there."""
    existing = next(parent for parent in (folder, *folder.parents) if parent.exists())
    return existing, shutil.disk_usage(existing).free
