"""A line of the status."""

from __future__ import annotations

from dataclasses import dataclass

from platformctl.live.flux import Identity, State


@dataclass(frozen=True)
class Row:
    """One object: how it stands, in a few words what it is at, and why it is not Ready."""

    identity: Identity
    state: State
    detail: str
    message: str = ""
