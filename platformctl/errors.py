"""The one tree of exceptions. Each is one sentence; the command line turns it into text and an exit code."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar


class PlatformctlError(Exception):
    """Something a user can act on.

    Attributes:
        message: one sentence, without a full stop's worth of trace.
        place: where the cause stands, as ``file:line`` or ``kind/namespace/name``.
        fix: the next thing to do, preferably a command.
        log: the file that holds the whole story.
    """

    exit_code: ClassVar[int] = 1

    def __init__(
        self,
        message: str,
        *,
        place: str | None = None,
        fix: str | None = None,
        log: Path | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.place = place
        self.fix = fix
        self.log = log

    @property
    def sentences(self) -> Sequence[str]:
        """The message, or, of an error that holds several, each of them."""
        return (self.message,)

    @property
    def closing(self) -> str | None:
        """A last line below several, such as their count."""
        return None


class NotHealthy(PlatformctlError):
    """What was asked for exists, but is not what it should be."""

    exit_code = 1


class ConfigError(PlatformctlError):
    """Wrong use or a wrong platform.yaml."""

    exit_code = 2


class ToolMissing(PlatformctlError):
    """A tool that the work needs is not on this machine."""

    exit_code = 3


class Unreachable(PlatformctlError):
    """A server did not answer."""

    exit_code = 3


class MachineRefused(PlatformctlError):
    """This machine does not let us: no room, no right, no such path."""

    exit_code = 3


class Bug(PlatformctlError):
    """Something that we did not foresee."""

    exit_code = 3


class StepFailed(PlatformctlError):
    """A step of a long job failed; its log says why."""

    exit_code = 1
