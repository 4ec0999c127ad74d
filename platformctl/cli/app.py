"""The entry point: whatever ends a command becomes a sentence and an exit code here, from the first moment.

Only the smallest modules are imported at the top, so that Ctrl-C while the rest loads is caught as well.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys

INTERRUPTED = 130
"""What a shell shows for a program that ended by Ctrl-C."""
PIPE_CLOSED = 141
"""What a shell shows for a program whose reader went away, as ``head`` does."""


def main() -> None:
    """Run the command line; the entry point of the installed program."""
    try:
        try:
            code = _run()
            _flush()
        except Exception as error:
            code = _explain(error)
    except KeyboardInterrupt:
        _say("\ninterrupted; the same command goes on from here")
        code = INTERRUPTED
    with contextlib.suppress(OSError):
        _flush()
    sys.exit(code)


def _run() -> int:
    for asked_to_end in (signal.SIGTERM, signal.SIGHUP):
        # As Ctrl-C: what is half done is cleaned up by the same `finally` blocks.
        signal.signal(asked_to_end, signal.default_int_handler)
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by the caller, who wants nothing of it
            setattr(sys, name, open(os.devnull, "w"))  # noqa: PTH123, SIM115
    from platformctl.cli.commands import run

    return run()


def _explain(error: Exception) -> int:
    """Say what happened, and return the exit code."""
    if isinstance(error, BrokenPipeError):
        return PIPE_CLOSED
    if isinstance(error, OSError) and not error.filename and _raised_in(error) in _OUTPUT:
        error.filename = "stdout"
    from platformctl.cli.console import err
    from platformctl.cli.errors import as_ours, show_error

    ours = as_ours(error)
    with contextlib.suppress(OSError):
        show_error(ours, err)
    return ours.exit_code


_OUTPUT = {"echo", "write"}  # of typer and of our console


def _raised_in(error: Exception) -> str:
    """The innermost function on the way of the error."""
    trace, name = error.__traceback__, ""
    while trace:
        name = trace.tb_frame.f_code.co_name
        trace = trace.tb_next
    return name


def _say(line: str) -> None:
    with contextlib.suppress(OSError):
        print(line, file=sys.stderr)  # noqa: T201


def _flush() -> None:
    """Write what is still buffered. Raises OSError; then nothing is left that Python would complain about."""
    for stream, name in ((sys.stdout, "stdout"), (sys.stderr, "stderr")):
        try:
            stream.flush()
        except OSError as error:
            nothing = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nothing, stream.fileno())
            error.filename = error.filename or name
            raise
