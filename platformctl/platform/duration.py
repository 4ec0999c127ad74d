"""Spans of time as Go writes them."""

from __future__ import annotations

import re
from dataclasses import dataclass

_SECONDS = {"h": 3600, "m": 60, "s": 1, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}
_PART = re.compile(r"(\d+\.?\d*|\.\d+)(h|ms|m|s|us|µs|ns)")


@dataclass(frozen=True)
class Duration:
    """A span; ``text`` is a Go duration, such as ``1h30m``. In platform.yaml it has whole seconds."""

    text: str

    @property
    def seconds(self) -> int:
        """Rounded down."""
        return int(sum(float(number) * _SECONDS[unit] for number, unit in _PART.findall(self.text)))

    def __str__(self) -> str:
        return self.text
