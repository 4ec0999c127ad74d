"""After a kill -9 of everything, `platformctl up` brings the platform back, models included."""

import os
import signal
from pathlib import Path

from tests.e2e.running import CLUSTER, RunningPlatform


def of_the_cluster() -> list[int]:
    """Every process of the cluster: what names its state folder, and what runs in its containers."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes().decode(errors="replace")
            groups = (folder / "cgroup").read_text()
        except OSError:
            continue
        if int(folder.name) == os.getpid():
            continue
        if f"platformctl/{CLUSTER}" in command or f"platformctl-{CLUSTER}" in groups:
            found.append(int(folder.name))
    return found


def test_up_after_kill_9_of_everything(platform: RunningPlatform) -> None:
    victims = of_the_cluster()
    assert len(victims) > 20, f"only {len(victims)} processes found"
    for victim in victims:
        try:
            os.kill(victim, signal.SIGKILL)
        except ProcessLookupError:
            continue
    again = platform.platformctl("up", "--cluster", CLUSTER, timeout=900, echo=True)
    assert again.returncode == 0
    assert platform.ask().status_code == 200
