"""Digests of files; those of large ones are remembered for as long as the file is not touched."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

from platformctl.files import replace_text
from platformctl.local.digest import file_digest

DigestOf = Callable[[Path], str]
"""The SHA-256 of a file's content, in hexadecimal digits."""

# A smaller file is hashed as fast as it is looked up.
LARGE = 1 << 20
# A file that changed this short a time ago may change again within one tick of the file system's clock,
# and look the same: Git's index has the same rule.
SECONDS_TO_SETTLE = 2.0


class KnownDigests:
    """Remembers digests in a file, each with size, times and inode of what it was read from.

    A programs' folder and a registry of more than a gigabyte are the same at nearly every start, and hashing
    them costs seconds when they are not in memory. The inode's change time is kept as well, because a program
    can set the other one back. A damaged or missing memory costs only the time.
    """

    def __init__(self, memory: Path) -> None:
        self._memory = memory
        self._before = _read(memory)
        self._now: dict[str, list[object]] = {}

    def of(self, path: Path) -> str:
        """The digest of a file, from memory if the file is the one that was hashed."""
        # Before reading: what changes while it is read will look different the next time.
        found = path.stat()
        if found.st_size < LARGE:
            return file_digest(path)
        mark = [found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino, found.st_dev]
        known = self._now.get(str(path)) or self._before.get(str(path))
        digest = str(known[-1]) if known and known[:-1] == mark else file_digest(path)
        if time.time() - max(found.st_mtime, found.st_ctime) > SECONDS_TO_SETTLE:
            self._now[str(path)] = [*mark, digest]
        return digest

    def save(self) -> None:
        """Remember what was asked for, and of the rest what still exists."""
        kept = {path: known for path, known in self._before.items() if Path(path).exists()} | self._now
        if kept == self._before:
            return
        self._memory.parent.mkdir(parents=True, exist_ok=True)
        replace_text(self._memory, json.dumps(kept))


def _read(memory: Path) -> dict[str, list[object]]:
    try:
        content = json.loads(memory.read_text())
    except (OSError, ValueError):
        return {}
    known = content if isinstance(content, dict) else {}
    return {path: entry for path, entry in known.items() if isinstance(entry, list)}
