"""Where parts lie in the cache, how they get there whole or not at all, and how they leave it."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from platformctl.local.lockfile import hold


@dataclass(frozen=True)
class Store:
    """The toolchain's part of the cache: ``parts/<name>/<key>``, ``workspaces/``, ``logs/<name>.log``.

    A folder's modification time says when it was used last.
    """

    cache: Path

    def folder(self, name: str, key: str) -> Path:
        """Where a part lies when it is there."""
        return self.cache / "parts" / name / key

    def workspace(self, name: str, key: str) -> Path:
        """Where a workspace lies when it is there."""
        return self.cache / "workspaces" / f"{name}-{key}"

    def log(self, name: str) -> Path:
        """What the tools said while they fetched or built a part, the last time."""
        return self.cache / "logs" / f"{name}.log"

    def held(self, name: str, waiting: Callable[[str], None]) -> AbstractContextManager[None]:
        """Hold what has this name, see `hold`: ``part-<name>``, ``workspace-<name>`` or ``apt``."""
        return hold(self.cache / "locks" / f"{name}.lock", waiting)

    @contextmanager
    def filling(self, folder: Path) -> Iterator[Path]:
        """An empty folder beside this one, which takes its place when the block ends well.

        What an interrupted fill left is thrown away. Use it while the name is `held`.
        """
        draft = _draft(folder)
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(parents=True)
        yield draft
        draft.rename(folder)

    def mark(self, folder: Path) -> None:
        """Note that a part or a workspace is used now; nothing where it is absent or another user's."""
        with contextlib.suppress(OSError):
            os.utime(folder)

    def remove(self, folder: Path) -> None:
        """Remove a folder so that no half of it is ever seen. Use it while the name is `held`."""
        draft = folder if folder.name.startswith(".") else folder.rename(_draft(folder))
        shutil.rmtree(draft)

    def kept(self) -> Iterator[tuple[str, Path]]:
        """All parts and workspaces of whatever lock, unfinished ones first: what to hold, and the folder."""
        for folder in sorted(self.cache.glob("parts/*/*")):
            yield f"part-{folder.parent.name}", folder
        for folder in sorted(self.cache.glob("workspaces/*")):
            yield f"workspace-{folder.name.removeprefix('.').rpartition('-')[0]}", folder


def _draft(folder: Path) -> Path:
    return folder.with_name(f".{folder.name}.part")
