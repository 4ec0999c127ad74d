"""After a kill -9 of everything, `platformctl up` brings the platform back, models included."""

import os
import signal

from tests.e2e.running import CLUSTER, RunningPlatform, processes


def test_up_after_kill_9_of_everything(platform: RunningPlatform) -> None:
    victims = processes()
    assert len(victims) > 20, f"only {len(victims)} processes found"
    for victim in victims:
        try:
            os.kill(victim, signal.SIGKILL)
        except ProcessLookupError:
            continue
    again = platform.platformctl("up", "--cluster", CLUSTER, timeout=900, echo=True)
    assert again.returncode == 0
    assert platform.ask().status_code == 200
    status = platform.platformctl("status", "--cluster", CLUSTER)
    assert status.returncode == 0, status.stdout
