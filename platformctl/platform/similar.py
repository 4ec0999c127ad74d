"""Names that were probably meant."""

from __future__ import annotations

from difflib import get_close_matches

CUTOFF = 0.7
"""How alike two names have to be for one to be taken for the other."""


def suggestion(wrong: str, known: list[str]) -> str:
    """`` Did you mean "x"?``, or nothing."""
    close = get_close_matches(wrong, known, n=1, cutoff=CUTOFF)
    return f' Did you mean "{close[0]}"?' if close else ""
