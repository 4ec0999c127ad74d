"""Runs the programs that fetch and build, each with its output in a log, and ends them with the job."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

from platformctl.errors import StepFailed, ToolMissing
from platformctl.local.children import ends_with_us

# Some tools write it to a log, too.
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
# Lines that a failed tool writes after, before or around the one that says what is wrong.
_NOISE = re.compile(
    r"^(go: downloading |# |npm (notice|warn|http)"
    r"|npm error( *$|   | \}| (code|errno|syscall|If you|network (This|In most)|A complete log))"
    r"|\[notice\]|WARNING: |\[ERROR\] *($|To see |Re-run |For more |\[Help )"
    r"|W: |Reading |Building dependency|\s*$)|too many errors$"
)


class Stopped(Exception):
    """The job was ended while this process ran."""


def cause(output: str) -> str:
    """The line of a failed tool's output that says what is wrong.

    Compilers name the first error first; everything else says it last.
    """
    plain = _COLOUR.sub("", output)
    lines = [line.strip() for line in plain.splitlines() if not _NOISE.search(line)]
    compiler = [line for line in lines if re.search(r"\.(go|c|cc|cpp|h):\d+:\d+: (?!warning|note)", line)]
    return (compiler[:1] or lines[-1:] or ["it wrote nothing"])[0][:300]


class Processes:
    """All processes of one job."""

    def __init__(self) -> None:
        self._running: set[subprocess.Popen[bytes]] = set()
        self._lock = threading.Lock()
        self._stopped = False

    def run(
        self,
        command: Sequence[str | Path],
        *,
        log: Path,
        cwd: Path,
        env: Mapping[str, str] | None = None,
        output: Path | None = None,
        what: str,
        fix: str | None = None,
    ) -> None:
        """Run a command to its end.

        Args:
            log: gets standard error, and standard output too where there is no ``output``.
            env: added to this process's environment.
            output: gets standard output.
            what: the work in a few words, for the sentence of an error.
            fix: what to do when it fails.

        Raises:
            StepFailed: it ended with an error.
            ToolMissing: there is no such program.
            Stopped: `stop` ended it, or was called before.
        """
        log.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.ExitStack() as files:
            story = files.enter_context(log.open("ab"))
            story.write(f"$ {' '.join(map(str, command))}\n".encode())
            story.flush()
            start = story.tell()
            if shutil.which(str(command[0])) is None:
                raise ToolMissing(f"{what} needs {command[0]}, which is not on this machine")
            result = files.enter_context(output.open("wb")) if output else story
            with self._lock:
                if self._stopped:
                    raise Stopped
                process = subprocess.Popen(
                    # A killed `platformctl up` would leave a compiler behind that takes all cores.
                    [*ends_with_us(), *(str(word) for word in command)],
                    cwd=cwd,
                    env={**os.environ, **(env or {})},
                    stdin=subprocess.DEVNULL,
                    stdout=result,
                    stderr=story,
                    start_new_session=True,  # so that its children end with it
                )
                self._running.add(process)
            try:
                code = process.wait()
            finally:
                with self._lock:
                    self._running.discard(process)
        if code == 0:
            return
        if self._stopped:
            raise Stopped
        said = log.read_bytes()[start:].decode(errors="replace")
        raise StepFailed(f"{what} failed: {cause(said)}", log=log, fix=fix)

    def check(self) -> None:
        """Say that the job was ended, where it does not run a process.

        Raises:
            Stopped: `stop` was called.
        """
        if self._stopped:
            raise Stopped

    def stop(self) -> None:
        """End all that runs, wait for it, and start nothing any more."""
        with self._lock:
            self._stopped = True
            running = list(self._running)
        for process in running:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
        for process in running:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
