"""What the builders of parts share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from platformctl.errors import ToolMissing
from platformctl.local.toolchain.keys import part_key
from platformctl.local.toolchain.lock import DebianPart, Lock, Part
from platformctl.local.toolchain.process import Processes
from platformctl.local.toolchain.store import Store


@dataclass(frozen=True)
class Workshop:
    """The lock, the store, and the processes of one job."""

    lock: Lock
    store: Store
    processes: Processes = field(default_factory=Processes)

    def log(self, part: Part) -> Path:
        """The log of a part."""
        return self.store.log(part.name)

    def place(self, part: Part) -> Path:
        """The folder of a part; the root folder for what Debian installs."""
        if isinstance(part, DebianPart):
            return Path("/")
        return self.store.folder(part.name, part_key(self.lock, part))

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
                return path
        raise ToolMissing(f"no part of the toolchain provides {name}")
