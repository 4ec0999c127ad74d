"""A step of a long job as a value, so that interruption, repetition and progress are written once."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from platformctl.steps.progress import Progress, Task

Context = TypeVar("Context")


@dataclass(frozen=True)
class Step(Generic[Context]):
    """One step.

    Attributes:
        name: what the user sees, one word or two.
        run: does the work, may report through the task, returns a note of a few words.
        done: tells, cheaply, that nothing is left to do; the note says what was reused. None: not done.
    """

    name: str
    run: Callable[[Context, Task], str]
    done: Callable[[Context], str | None] = lambda _: None


@dataclass(frozen=True)
class Outcome:
    """How one step ended: its name, the seconds it took, its note, and whether it was reused."""

    name: str
    seconds: float
    note: str
    reused: bool


def run_steps(steps: Sequence[Step[Context]], context: Context, progress: Progress) -> list[Outcome]:
    """Run the steps in order and say how long each took.

    A step that is done already is not run. The first exception ends the job; what went before stays done,
    so the same call goes on from there.
    """
    outcomes = []
    for step in steps:
        start = time.monotonic()
        with progress.task(step.name) as task:
            note = step.done(context)
            reused = note is not None
            if note is None:
                note = step.run(context, task)
            task.done(note)
        outcomes.append(Outcome(step.name, time.monotonic() - start, note, reused))
    return outcomes
