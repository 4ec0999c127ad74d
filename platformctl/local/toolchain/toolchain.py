"""What was fetched and built, and the way to have the rest."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path

from platformctl.errors import StepFailed, ToolMissing
from platformctl.local.toolchain.debian import lacking
from platformctl.local.toolchain.job import Job
from platformctl.local.toolchain.lock import (
    CPart,
    DebianPart,
    GoPart,
    Lock,
    ManifestsPart,
    ModuleFilesPart,
    Part,
)
from platformctl.local.toolchain.store import Store
from platformctl.local.toolchain.workshop import Workshop
from platformctl.steps import Task

GIGABYTE = 10**9
# Measured: Go's sources and compiler cache 11 GB, programs 2 GB. A part takes of it as it takes of the time.
DISK_FOR_ALL = 14 * GIGABYTE
DISK_ALWAYS = GIGABYTE


class Toolchain:
    """The parts of one lock, in one cache.

    Args:
        cache: the cache folder, shared by all clusters; it need not exist.
        lock: the parts; those of this version of platformctl if not given.
    """

    def __init__(self, cache: Path, lock: Lock | None = None) -> None:
        self._lock = lock or Lock.read()
        self._store = Store(cache)
        self._shelf = Workshop(self._lock, self._store)

    def binary(self, name: str) -> Path:
        """Absolute path of a program, such as ``kubelet`` or ``containerd``.

        Raises:
            ToolMissing: it is not built or installed, or no part provides it.
        """
        return self._shelf.binary(name)

    def folder(self, name: str) -> Path:
        """Absolute path of a folder, such as ``flux-manifests`` or ``gemma3-270m``.

        Raises:
            ToolMissing: it is not built or installed, or no part provides it.
        """
        return self._shelf.folder(name)

    def missing(self, names: Iterable[str] | None = None) -> list[Part]:
        """What `ensure` would fetch and build, in that order. Cheap: looks, and changes nothing.

        Raises:
            ConfigError: there is no such part, program or folder.
        """
        return [part for part in self._lock.closure(names) if not self._there(part)]

    def ensure(self, task: Task, names: Iterable[str] | None = None) -> str:
        """Have these parts, programs or folders, and what they need; all for None.

        Safe to interrupt and to run again, also twice at once: what is complete is kept, and what the
        compiler had done is in its own cache.

        Args:
            task: is told the seconds of work done, of all, by the measured times of the parts.

        Returns:
            A note in a few words.

        Raises:
            StepFailed: a part cannot be had; the log says why.
            ToolMissing: the machine lacks what the work needs.
            ConfigError: there is no such part, program or folder.
        """
        parts = self.missing(names)
        if not parts:
            return "all there"
        self._check_machine(parts)
        return Job(Workshop(self._lock, self._store), parts, task).run()

    def _there(self, part: Part) -> bool:
        if isinstance(part, DebianPart):
            return not lacking(part)
        return self._shelf.place(part).exists()

    def _check_machine(self, parts: list[Part]) -> None:
        if any(
            isinstance(part, GoPart | CPart | ModuleFilesPart | ManifestsPart) for part in parts
        ) and not shutil.which("go"):
            raise ToolMissing(
                "building the cluster's programs needs Go 1.26.4 or newer, which is not on this machine",
                fix="install Go and see that `go version` works",
            )
        self._store.cache.mkdir(parents=True, exist_ok=True)
        seconds = sum(part.seconds for part in parts)
        share = seconds / sum(part.seconds for part in self._lock.parts)
        needed = DISK_ALWAYS + int(share * DISK_FOR_ALL)
        free = shutil.disk_usage(self._store.cache).free
        if free < needed:
            raise StepFailed(
                f"{free / GIGABYTE:.1f} GB are free under {self._store.cache}, and what is missing takes "
                f"{needed / GIGABYTE:.0f} GB",
                fix="free some, or set XDG_CACHE_HOME, GOCACHE and GOMODCACHE to folders of a larger disk",
            )
