"""A fault of the files, which is found before it gets into any cluster."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Defect:
    """A text of a file of the repository, replaced by another."""

    file: str
    old: str
    new: str

    def into(self, root: Path) -> None:
        """Write it into a copy of the repository."""
        path = root / self.file
        text = path.read_text(encoding="utf-8")
        assert self.old in text, f"{self.old!r} is not in {self.file}"
        path.write_text(text.replace(self.old, self.new, 1), encoding="utf-8")
