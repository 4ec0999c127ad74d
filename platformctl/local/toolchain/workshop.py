"""What the builders of parts share."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from platformctl.errors import ToolMissing
from platformctl.local.toolchain.go_command import GO, Go, fetched, of_machine
from platformctl.local.toolchain.keys import part_key
from platformctl.local.toolchain.lock import DebianPart, Lock, Part
from platformctl.local.toolchain.process import Processes
from platformctl.local.toolchain.store import Store


@dataclass(frozen=True)
class Workshop:
    """The lock, the store, and the processes of one job.

    Attributes:
        waiting: what is held by another process right now, with that one's process id.
    """

    lock: Lock
    store: Store
    processes: Processes = field(default_factory=Processes)
    waiting: dict[str, str] = field(default_factory=dict)

    def log(self, part: Part) -> Path:
        """The log of a part."""
        return self.store.log(part.name)

    def place(self, part: Part) -> Path:
        """The folder of a part; the root folder for what Debian installs."""
        if isinstance(part, DebianPart):
            return Path("/")
        return self.store.folder(part.name, part_key(self.lock, part))

    @cached_property
    def go(self) -> Go:
        """The Go that builds: this machine's own, or the fetched one.

        Raises:
            ToolMissing: the machine's own does not suit, and the other is not there yet.
        """
        if own := of_machine(self.lock):
            return own
        return fetched(self.lock, self.binary(GO))

    @contextmanager
    def held(self, name: str) -> Iterator[None]:
        """Hold what has this name against other threads and processes; waits until the job is stopped.

        Raises:
            Stopped: the job was ended while another held it.
        """

        def wait(holder: str) -> None:
            self.processes.check()
            if holder != str(os.getpid()):  # another thread of this job
                self.waiting[name] = holder

        try:
            with self.store.held(name, wait):
                self.waiting.pop(name, None)
                yield
        finally:
            self.waiting.pop(name, None)

    def mark(self, part: Part) -> None:
        """Note that a part is used now."""
        if not isinstance(part, DebianPart):
            self.store.mark(self.place(part))

    def binary(self, name: str) -> Path:
        """Absolute path of a program.

        Raises:
            ToolMissing: it is not there yet, or no part provides it.
        """
        return self._provided(name, {part.name: part.binaries for part in self.lock.parts})

    def folder(self, name: str) -> Path:
        """Absolute path of a folder.

        Raises:
            ToolMissing: it is not there yet, or no part provides it.
        """
        return self._provided(name, {part.name: part.folders for part in self.lock.parts})

    def _provided(self, name: str, by_part: Mapping[str, Mapping[str, str]]) -> Path:
        for part, provided in by_part.items():
            if name in provided:
                path = self.place(self.lock.by_name[part]) / provided[name]
                if not path.exists():
                    raise ToolMissing(f"{name} is not built", fix="platformctl up builds what is missing")
                self.mark(self.lock.by_name[part])
                return path
        raise ToolMissing(f"no part of the toolchain provides {name}")
