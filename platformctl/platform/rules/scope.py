"""What a rule looks at: one cluster, and the lines of what it says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from platformctl.platform.schema import ClusterSettings, PlatformFile
from platformctl.platform.source import Path, Problem, Source


@dataclass(frozen=True)
class Scope:
    """One cluster of a file; paths are those below the cluster."""

    file: PlatformFile
    cluster: ClusterSettings
    path: Path
    source: Source

    def problem(self, path: Path, message: str) -> Problem:
        return self.source.problem((*self.path, *path), message)

    def line(self, path: Path) -> int:
        """The line of a key, or of the nearest thing around it that the file has."""
        return self.source.line((*self.path, *path))

    def says(self, path: Path) -> bool:
        """Whether the file has the key."""
        data = self.source.data
        for part in (*self.path, *path):
            if not isinstance(data, dict) or part not in data:
                return False
            data = data[part]
        return True

    def at(self, path: Path) -> str:
        """``line 12``, or ``by default, line 10`` with the line of what could set it."""
        return f"line {self.line(path)}" if self.says(path) else f"by default, line {self.line(path)}"

    def said(self, key: str) -> str:
        """What the cluster says at a key that is always set, with its line: ``gateway: istio (line 12)``."""
        return f"{key}: {getattr(self.cluster, key)} ({self.at((key,))})"

    def only_with(self, path: Path, key: str, wanted: str) -> Iterator[Problem]:
        """A problem if the file says anything at ``path`` and the cluster's ``key`` is not ``wanted``."""
        if self.says(path) and getattr(self.cluster, key) != wanted:
            yield self.problem(path, f"is for {key}: {wanted}, not for {self.said(key)}.")
