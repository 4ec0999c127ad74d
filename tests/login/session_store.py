"""Where oauth2-proxy keeps the sessions."""

from __future__ import annotations

import base64

from tests.e2e.running import RunningPlatform


def key_of(cookie: str) -> str:
    """The key in Redis that a session cookie leads to; the cookie's rest is the key of its encryption."""
    ticket = base64.urlsafe_b64decode(cookie.partition("|")[0]).decode()
    _, encoded, _ = ticket.split(".")
    return base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)).decode()


def forget_session(platform: RunningPlatform, cookie: str) -> None:
    """Take one session out of the store, as the end of its life does."""
    # The container's environment has the password.
    deleted = platform.kubectl("exec", "-n", "auth", "redis-0", "--", "redis-cli", "DEL", key_of(cookie))
    assert deleted.strip() == "1", deleted
