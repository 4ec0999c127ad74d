"""Where the templates and charts that come with platformctl lie: in the package, or beside it."""

from __future__ import annotations

from pathlib import Path

import platformctl


def folder(name: str) -> Path:
    """The folder ``templates`` or ``components`` that belongs to this platformctl."""
    package = Path(platformctl.__file__).parent
    inside = package / name
    return inside if inside.is_dir() else package.parent / name
