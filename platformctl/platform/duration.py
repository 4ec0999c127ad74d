"""Spans of time as platform.yaml writes them."""

from __future__ import annotations

import re
from dataclasses import dataclass

_SECONDS = {"h": 3600, "m": 60, "s": 1}


@dataclass(frozen=True)
class Duration:
    """A span of whole seconds; ``text`` is a Go duration, such as ``1h30m``."""

    text: str

    @property
    def seconds(self) -> int:
        return sum(int(number) * _SECONDS[unit] for number, unit in re.findall(r"(\d+)([hms])", self.text))

    def __str__(self) -> str:
        return self.text
