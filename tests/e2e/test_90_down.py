"""`platformctl down` leaves nothing of the cluster on the machine."""

from tests.e2e.running import CLUSTER, RunningPlatform, processes


def test_down_leaves_nothing_behind(platform: RunningPlatform) -> None:
    down = platform.platformctl("down", "--cluster", CLUSTER, "--purge", "--yes", timeout=300)
    assert down.returncode == 0, down.stderr
    platform.taken_down = True
    assert processes() == []
    assert platform.host_state() == platform.host_before


def test_a_second_down_is_well(platform: RunningPlatform) -> None:
    assert platform.platformctl("down", "--cluster", CLUSTER, "--purge", "--yes").returncode == 0
