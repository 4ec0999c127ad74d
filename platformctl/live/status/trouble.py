"""One thing that is not as it should be."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Trouble:
    """What, where (``kind/namespace/name`` or a file), and the next thing to do, if one is known."""

    message: str
    place: str
    fix: str = ""
