"""One start or stop at a time."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from platformctl.errors import NotHealthy
from platformctl.local.lockfile import hold
from platformctl.steps import Task


@contextmanager
def locked(path: Path, task: Task, patience: float = 180.0) -> Iterator[None]:
    """Hold the file's lock; wait for who holds it, and say so.

    Args:
        patience: seconds to wait.

    Raises:
        NotHealthy: the other one does not end.
    """
    end = time.monotonic() + patience

    def waiting(holder: str) -> None:
        task.update(detail=f"waiting for process {holder}, which starts or stops the same cluster")
        if time.monotonic() > end:
            raise NotHealthy(
                f"process {holder} has been starting or stopping this cluster for {patience:.0f} s",
                fix=f"look at process {holder}, end it, and run the command again",
            )

    with hold(path, waiting):
        yield
