"""After a kill -9 of everything, `platformctl up` brings the platform back, models included."""

from tests.e2e.running import CLUSTER, RunningPlatform, kill_everything


def test_up_after_kill_9_of_everything(platform: RunningPlatform) -> None:
    kill_everything(more_than=20)
    again = platform.platformctl("up", "--cluster", CLUSTER, timeout=900, echo=True)
    assert again.returncode == 0
    assert platform.ask().status_code == 200
    status = platform.platformctl("status", "--cluster", CLUSTER)
    assert status.returncode == 0, status.stdout
