"""What stands in the way of a bootstrap: all of it at once, each with its place and the fix."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from platformctl.errors import NotHealthy


@dataclass(frozen=True)
class Problem:
    """One thing that would make the bootstrap fail, or (not blocking) surprise somebody later.

    Attributes:
        code: stable, as ``submodule/relative-url``.
        message: one sentence.
        fix: the next thing to do.
        place: ``file:line`` in the repository, a URL, or ``kind/namespace/name``.
        blocking: whether nothing may be started before it is solved.
    """

    code: str
    message: str
    fix: str
    place: str | None = None
    blocking: bool = True


class PreflightFailed(NotHealthy):
    """The bootstrap cannot succeed yet; nothing was changed.

    Attributes:
        problems: all that were found, the blocking ones first.
    """

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = sorted(problems, key=lambda problem: not problem.blocking)
        blocking = [problem for problem in problems if problem.blocking]
        first = blocking[0]
        super().__init__(
            first.message if len(blocking) == 1 else f"{len(blocking)} things stand in the way",
            place=first.place if len(blocking) == 1 else None,
            fix=first.fix if len(blocking) == 1 else None,
        )
