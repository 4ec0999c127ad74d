"""What an answer is made of, whatever the dialect."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Text:
    """A piece of the answer."""

    content: str


@dataclass(frozen=True, slots=True)
class Reasoning:
    """A piece of what a reasoning model thinks before it answers."""

    content: str


@dataclass(frozen=True, slots=True)
class Finish:
    """The answer is complete; ``reason`` is ``stop`` or ``length``, or what else the server says."""

    reason: str
    prompt_tokens: int | None = None
    completion_tokens: int | None = None


Part = Text | Reasoning | Finish
