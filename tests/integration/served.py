"""A `Service` as a plain process, for tests that need no supervisor."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from platformctl.local.ports import wait_until
from platformctl.local.service import Service


@contextmanager
def running(service: Service, log: Path) -> Iterator[None]:
    """Run it until the block ends."""
    assert service.ready is not None
    assert not service.ready()
    with log.open("wb") as output:
        process = subprocess.Popen(
            service.command, env={**os.environ, **service.environment}, stdout=output, stderr=output
        )
    try:
        wait_until(service.ready, process=process, what=service.name, log=log)
        yield
    finally:
        process.terminate()
        process.wait(20)
