"""`platformctl down` leaves nothing of the cluster on the machine."""

from tests.e2e.running import RunningPlatform, processes


def test_down_leaves_nothing_behind(platform: RunningPlatform) -> None:
    down = platform.platformctl("down", "--cluster", platform.cluster, "--purge", "--yes", timeout=300)
    assert down.returncode == 0, down.stderr
    platform.taken_down = True
    assert processes() == []
    assert platform.host_state() == platform.host_before


def test_one_more_down_is_well(platform: RunningPlatform) -> None:
    assert platform.platformctl("down", "--cluster", platform.cluster, "--purge", "--yes").returncode == 0
