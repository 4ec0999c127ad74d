"""What was fetched and built, and the way to have the rest."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from platformctl.errors import StepFailed
from platformctl.local.toolchain.debian import clean_up, lacking
from platformctl.local.toolchain.go_command import GO, of_machine
from platformctl.local.toolchain.job import Job
from platformctl.local.toolchain.keys import workspace_key
from platformctl.local.toolchain.lock import DebianPart, Lock, Part
from platformctl.local.toolchain.needs import Need, needs_of
from platformctl.local.toolchain.pruning import prune
from platformctl.local.toolchain.store import Store
from platformctl.local.toolchain.workshop import Workshop
from platformctl.steps import Task


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
        names = None if names is None else list(names)
        wanted = {self._lock.provider(name).name for name in names or ()}
        missing: list[Part] = []
        for part in reversed(self._lock.closure(names)):  # what needs a part comes after it
            if part.build_only and part.name not in wanted:
                continue
            if not self._there(part):
                missing.append(part)
                wanted.update(part.needs)
        return missing[::-1]

    def needs(self, names: Iterable[str] | None = None) -> list[Need]:
        """What `ensure` would need of this machine; nothing where nothing is missing. Changes nothing.

        Raises:
            ConfigError: there is no such part, program or folder.
        """
        return list(needs_of(self.missing(names), self._shelf))

    def ensure(self, task: Task, names: Iterable[str] | None = None) -> str:
        """Have these parts, programs or folders, and what they need; all for None.

        Safe to interrupt and to run again, also twice at once: what is complete is kept, and what the
        compiler had done is in its own cache. What other locks left and nobody has used for long is removed.

        Args:
            task: is told the seconds of work done, of all, by the measured times of the parts.

        Returns:
            A note in a few words.

        Raises:
            StepFailed: a part cannot be had; the log says why.
            Unreachable: a part cannot be fetched.
            ToolMissing: the machine lacks what the work needs.
            ConfigError: there is no such part, program or folder.
        """
        names = None if names is None else list(names)
        for part in self._lock.closure(names):
            self._shelf.mark(part)
        parts = self.missing(names)
        for need in needs_of(parts, self._shelf):
            if not need.well:
                raise StepFailed(f"{need.name}: {need.found}, {need.wanted} needed", fix=need.fix)
        self.clean_up()
        note = Job(Workshop(self._lock, self._store), parts, task).run() if parts else "all there"
        removed = prune(self._store, self._current())
        return f"{note}; {removed} unused removed" if removed else note

    def clean_up(self) -> None:
        """Undo what a killed `ensure` left on the machine outside the cache."""
        if os.geteuid() == 0:
            clean_up(self._store)

    def _there(self, part: Part) -> bool:
        if isinstance(part, DebianPart):
            return not lacking(part)
        if part.name == GO and of_machine(self._lock):
            return True
        return self._shelf.place(part).exists()

    def _current(self) -> set[Path]:
        """The folders of all that this lock names, there or not."""
        parts = (self._shelf.place(part) for part in self._lock.parts)
        workspaces = (
            self._store.workspace(name, workspace_key(self._lock, name)) for name in self._lock.workspaces
        )
        return {*parts, *workspaces}
