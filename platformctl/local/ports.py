"""Loopback ports and waiting for the daemon behind one."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from platformctl.errors import Unreachable


def free_port() -> int:
    """A loopback TCP port that nobody listens on right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def accepts(address: str, port: int) -> bool:
    """Whether somebody accepts connections there; never raises."""
    try:
        socket.create_connection((address, port), timeout=2).close()
    except OSError:
        return False
    return True


def wait_until(
    ready: Callable[[], bool],
    *,
    process: subprocess.Popen[bytes],
    what: str,
    log: Path,
    seconds: float = 30,
) -> None:
    """Wait for a daemon that was just started.

    Raises:
        Unreachable: it ended, or was not ready in time.
    """
    deadline = time.monotonic() + seconds
    while not ready():
        if process.poll() is not None:
            raise Unreachable(f"{what} ended with exit status {process.returncode}", log=log)
        if time.monotonic() > deadline:
            raise Unreachable(f"{what} was not ready within {seconds:.0f} s", log=log)
        time.sleep(0.02)
