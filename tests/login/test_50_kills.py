"""What the login is made of, killed one part at a time under somebody who is signed in.

While it is down there are only honest failures, and nothing hangs. After that the session goes on, or the
way to the login is open.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

from platformctl.errors import PlatformctlError
from platformctl.live.auth import Browser
from tests.e2e.running import RunningPlatform, eventually, processes
from tests.login.observer import comes_back, streaming, working, works_again
from tests.login.visitor import login_of, me_of, new_browser, program_token, session_of, signed_in


@dataclass(frozen=True)
class Part:
    """A part of the login.

    Attributes:
        words: of the command line of its processes.
        workload: that its pods belong to.
        carries: requests of users go through it.
        kept: a session outlives its end.
    """

    name: str
    namespace: str
    words: tuple[str, ...]
    workload: str
    carries: bool = False
    kept: bool = True

    def kill(self) -> None:
        victims = processes(*self.words)
        assert victims, f"no process of {self.name}"
        for victim in victims:
            os.kill(victim, signal.SIGKILL)

    def pods(self, platform: RunningPlatform) -> dict[str, int]:
        """Its Ready pods by uid, with the number of times that their containers were started anew."""
        (key, value), *_ = self._selector(platform).items()
        found = platform.get("pods", "-n", self.namespace, "-l", f"{key}={value}")["items"]
        return {
            pod["metadata"]["uid"]: sum(each["restartCount"] for each in pod["status"]["containerStatuses"])
            for pod in found
            if all(each["ready"] for each in pod["status"].get("containerStatuses", [{"ready": False}]))
        }

    def delete(self, platform: RunningPlatform) -> None:
        """Without a moment to say goodbye, as if the node had failed, where two at a time do no harm."""
        (key, value), *_ = self._selector(platform).items()
        now = ("--force", "--grace-period=0") if self.workload.startswith("deployment/") else ()
        label = f"{key}={value}"
        platform.kubectl("delete", "pod", "-n", self.namespace, "-l", label, "--wait=false", *now)

    def _selector(self, platform: RunningPlatform) -> dict[str, str]:
        labels = platform.get(self.workload, "-n", self.namespace)["spec"]["selector"]["matchLabels"]
        return dict(labels)


POSTGRESQL = Part("PostgreSQL", "auth", ("postgres", "listen_addresses"), "statefulset/postgresql")
REDIS = Part("Redis", "auth", ("redis-server",), "statefulset/redis", kept=False)
KEYCLOAK = Part("Keycloak", "auth", ("java", "keycloak"), "statefulset/keycloak")
PROXY = Part("oauth2-proxy", "auth", ("oauth2-proxy", "--"), "deployment/oauth2-proxy")
ISTIOD = Part("istiod", "istio-system", ("pilot-discovery", "discovery"), "deployment/istiod")
GATEWAY = Part(
    "the gateway",
    "istio-ingress",
    ("pilot-agent", "proxy", "router"),
    "deployment/istio-gateway",
    carries=True,
)


@pytest.fixture(scope="module")
def ada(platform: RunningPlatform) -> Iterator[Browser]:
    with signed_in(platform, "ada") as browser:
        yield browser


@pytest.fixture(scope="module", autouse=True)
def grace(platform: RunningPlatform) -> Iterator[tuple[Browser, float]]:
    """Signed in at the beginning, and quiet since: her session has to be renewed at her next question."""
    with signed_in(platform, "grace") as browser:
        yield browser, time.monotonic()


def replaced(platform: RunningPlatform, part: Part, before: dict[str, int]) -> None:
    """Awaits that as many pods as before are Ready, of which none is as it was."""
    eventually(
        f"{part.name} is there again",
        lambda: len(after := part.pods(platform)) >= len(before) and not before.items() & after.items(),
        seconds=180,
    )


@pytest.mark.parametrize(
    "part", [REDIS, POSTGRESQL, PROXY, GATEWAY, ISTIOD, KEYCLOAK], ids=lambda one: one.name
)
def test_a_killed_part(platform: RunningPlatform, ada: Browser, part: Part) -> None:
    before = part.pods(platform)
    assert before, f"{part.name} is not Ready"
    with working(platform, ada, "ada") as seen:
        with streaming(platform, ada) as stream:
            part.kill()
            # An answer that has begun needs nothing but the gateway.
            stream.breaks() if part.carries else stream.goes_on()
        replaced(platform, part, before)
        kept = comes_back(platform, ada, "ada")
    assert kept or not part.kept, f"the session was lost: {seen.statuses}"
    if part is ISTIOD:
        assert all(seen.only_worked(what) for what in seen.statuses), seen.statuses


@pytest.mark.parametrize("part", [PROXY, GATEWAY], ids=lambda one: one.name)
def test_deleted_pods(platform: RunningPlatform, ada: Browser, part: Part) -> None:
    before = part.pods(platform)
    with working(platform, ada, "ada") as seen:
        part.delete(platform)
        replaced(platform, part, before)
        kept = comes_back(platform, ada, "ada")
    assert kept or not part.kept, f"the session was lost: {seen.statuses}"


@contextmanager
def without(platform: RunningPlatform, part: Part) -> Iterator[None]:
    """Within it there is no pod of the part."""
    wanted = platform.get(part.workload, "-n", part.namespace)["spec"]["replicas"]
    scale = ("scale", "-n", part.namespace, part.workload)
    platform.kubectl(*scale, "--replicas=0")
    try:
        eventually(f"{part.name} is gone", lambda: not processes(*part.words))
        yield
    finally:
        platform.kubectl(*scale, f"--replicas={wanted}")
        eventually(f"{part.name} is there again", lambda: len(part.pods(platform)) == wanted, seconds=180)


def test_a_session_that_is_to_be_renewed_outlives_keycloak(
    platform: RunningPlatform, grace: tuple[Browser, float]
) -> None:
    """Who is signed in goes on while Keycloak is away; who is not is told so."""
    browser, since = grace
    renewed_at = since + login_of(platform).session.refresh.seconds + 3
    time.sleep(max(0.0, renewed_at - time.monotonic()))
    before = session_of(platform, browser)
    each_proxy_has_the_keys(platform)
    with without(platform, KEYCLOAK):
        works_again(platform, browser, "grace", seconds=30)
        assert session_of(platform, browser) == before
        with pytest.raises(PlatformctlError):
            signed_in(platform, "ada")
    assert comes_back(platform, browser, "grace")
    eventually("the session is renewed", lambda: renewed(platform, browser, before))


def each_proxy_has_the_keys(platform: RunningPlatform) -> None:
    """A process of oauth2-proxy fetches them with the first token that it checks, and keeps them."""
    token = {"authorization": f"Bearer {program_token(platform, 'ada')}"}
    with new_browser(platform) as program:
        for _ in range(20):
            answer = program.get(me_of(platform), accept="application/json", headers=token)
            assert answer.status_code == 200, answer.text


def renewed(platform: RunningPlatform, browser: Browser, before: str) -> bool:
    assert browser.get(me_of(platform), accept="application/json").status_code == 200
    return session_of(platform, browser) != before


def test_a_gateway_that_starts_without_istiod_serves_when_istiod_is_back(
    platform: RunningPlatform, ada: Browser
) -> None:
    before = GATEWAY.pods(platform)
    with working(platform, ada, "ada"):
        with without(platform, ISTIOD):
            works_again(platform, ada, "ada", seconds=10)
            GATEWAY.kill()
            eventually("the gateway is down", lambda: not GATEWAY.pods(platform))
        replaced(platform, GATEWAY, before)
        assert comes_back(platform, ada, "ada")
