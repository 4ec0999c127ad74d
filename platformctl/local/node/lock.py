"""One start or stop at a time."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from platformctl.errors import NotHealthy
from platformctl.steps import Task


@contextmanager
def locked(path: Path, task: Task, patience: float = 180.0) -> Iterator[None]:
    """Hold the file's lock; wait for who holds it, and say so.

    Args:
        patience: seconds to wait.

    Raises:
        NotHealthy: the other one does not end.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    end = time.monotonic() + patience
    with path.open("a+") as file:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                file.seek(0)
                holder = file.read().strip() or "unknown"
                task.update(detail=f"waiting for process {holder}, which starts or stops the same cluster")
                if time.monotonic() > end:
                    raise NotHealthy(
                        f"process {holder} has been starting or stopping this cluster for {patience:.0f} s",
                        fix=f"look at process {holder}, end it, and run the command again",
                    ) from None
                time.sleep(0.1)
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield
