"""Load drives the API from two replicas to four; test_45 sees that quiet lets it fall back to two."""

import threading
import time

import httpx

from platformctl.live.route import client
from tests.e2e.running import RunningPlatform, eventually

# The load is bounded three ways: workers, seconds, and the end of the test.
WORKERS = 6
LONGEST_SECONDS = 180


class Load:
    """Questions that the API refuses after having read them: they cost it CPU and the model nothing."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._work, daemon=True) for _ in range(WORKERS)]
        self.statuses: set[int] = set()

    def _work(self) -> None:
        filler = [{"role": "user", "content": "lorem ipsum " * 200}] * 20
        body = {"messages": [*filler, {"role": "nobody", "content": "?"}]}
        end = time.monotonic() + LONGEST_SECONDS
        with client(self._url) as browser:
            while not self._stop.is_set() and time.monotonic() < end:
                try:
                    self.statuses.add(browser.post("/api/chat", json=body).status_code)
                except httpx.HTTPError:
                    time.sleep(0.2)

    def __enter__(self) -> "Load":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(timeout=40)


def test_load_makes_four_replicas(platform: RunningPlatform) -> None:
    def measured() -> bool:
        status = platform.get("hpa", "-n", "chat", "chatbot-api")["status"]
        return bool(status.get("currentMetrics"))

    eventually("a CPU figure from metrics-server", measured)
    eventually("two replicas before the load", lambda: platform.ready_replicas() == 2, seconds=180)
    with Load(platform.url) as load:
        eventually(
            "four replicas under load", lambda: platform.ready_replicas() == 4, seconds=LONGEST_SECONDS
        )
    assert 422 in load.statuses and load.statuses <= {422, 503}
    platform.scaled_up = True
