"""After a kill -9 of everything, `platformctl up` brings the login back: same authority, same users."""

from __future__ import annotations

from tests.e2e.running import RunningPlatform, kill_everything


def test_up_after_kill_9_of_everything(platform: RunningPlatform) -> None:
    authority = platform.embedded.authorities
    assert authority is not None
    trusted = authority.read_text()
    kill_everything(more_than=40)
    again = platform.platformctl("up", "--cluster", platform.cluster, timeout=900, echo=True)
    # It has signed in, asked a question, and found nothing to mend.
    assert again.returncode == 0
    assert authority.read_text() == trusted
