"""The two consoles: data goes to ``out`` (stdout), everything else to ``err`` (stderr)."""

from __future__ import annotations

import io
import re
import sys
from typing import TextIO, cast

from rich.console import Console

# A pipe has no width, and rich would take 80 columns and cut the names in a table off.
PIPE_WIDTH = 200

_PADDING = re.compile(r"[ \t]+(?=\n)")


class Trimmed(io.TextIOBase):
    """The process's stdout or stderr; in a pipe, lines end where their text ends.

    rich fills the rows of a table up to their full width, which is noise in a file, a diff or a log. The
    stream is looked up by its name at each write, because tests put another one there.
    """

    def __init__(self, name: str) -> None:
        self._name = name

    @property
    def _stream(self) -> TextIO:
        stream: TextIO = getattr(sys, self._name)
        return stream

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return self._stream.encoding

    def isatty(self) -> bool:
        return self._stream.isatty()

    def fileno(self) -> int:
        return self._stream.fileno()

    def write(self, text: str) -> int:
        self._stream.write(text if self.isatty() else _PADDING.sub("", text))
        return len(text)

    def flush(self) -> None:
        self._stream.flush()


def _console(name: str) -> Console:
    """soft_wrap keeps a finding or a path on one line; highlight is off so that colour means something."""
    stream = cast(TextIO, Trimmed(name))
    width = None if stream.isatty() else PIPE_WIDTH
    return Console(file=stream, highlight=False, soft_wrap=True, width=width)


out = _console("stdout")
err = _console("stderr")


def someone_to_ask() -> bool:
    """Whether a question can be answered: somebody sits at a terminal."""
    return sys.stdin is not None and sys.stdin.isatty()
