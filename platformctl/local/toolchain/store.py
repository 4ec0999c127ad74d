"""Where parts lie in the cache, and how they get there whole or not at all."""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Store:
    """The toolchain's part of the cache: ``parts/<name>/<key>``, ``workspaces/``, ``logs/<name>.log``."""

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

    @contextmanager
    def held(self, name: str) -> Iterator[None]:
        """Hold what has this name against other threads and processes; waits."""
        path = self.cache / "locks" / f"{name}.lock"
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    @contextmanager
    def filling(self, folder: Path) -> Iterator[Path]:
        """An empty folder beside this one, which takes its place when the block ends well.

        What an interrupted fill left is thrown away. Use it while the name is `held`.
        """
        draft = folder.with_name(f".{folder.name}.part")
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(parents=True)
        yield draft
        draft.rename(folder)
