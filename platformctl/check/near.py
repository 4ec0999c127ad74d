"""Naming what was probably meant."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches


def suggestion(wrong: str, known: Sequence[str]) -> str:
    """What to say as a fix: the nearest known name, or the few that there are."""
    close = get_close_matches(wrong, known, n=1)
    if close:
        return f'did you mean "{close[0]}"?'
    return f"there are: {', '.join(known)}" if 0 < len(known) <= 8 else ""
