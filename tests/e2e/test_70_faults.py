"""Killed pods, a killed Ollama, killed node daemons: the chat answers again, and never wrongly."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from httpx_sse import ServerSentEvent, connect_sse

from platformctl.live.route import client
from tests.e2e.running import CLUSTER, RunningPlatform, eventually, processes

# What a client may see while something is down: the gateway or the API says that it cannot answer now.
HONEST_FAILURES = {502, 503, 504}
# The embedded cluster's small model follows this one for 200 tokens; other questions it answers in a line.
LONG = "Please repeat: yes, yes, yes, yes, yes, yes, yes, yes"


def answered(platform: RunningPlatform) -> bool:
    """Whether a question is answered now; anything but an answer or an honest failure fails the test."""
    try:
        reply = platform.ask("Say hello.")
    except httpx.TransportError:
        return False
    if reply.status_code == 200:
        assert reply.json()["message"]["content"].strip(), "an answer without text"
        return True
    assert reply.status_code in HONEST_FAILURES, f"{reply.status_code}: {reply.text}"
    return False


def answers_again(platform: RunningPlatform, *, seconds: float = 240) -> None:
    """Asks until three answers came in a row; every reply on the way is an answer or an honest failure."""
    for _ in range(3):
        eventually("an answer", lambda: answered(platform), seconds=seconds, pause=1)


@contextmanager
def asked_all_the_while(platform: RunningPlatform) -> Iterator[None]:
    """Many cheap questions about the models, from before to after; each is answered or fails honestly."""
    wrong: list[str] = []
    seen: set[int] = set()
    over = threading.Event()

    def ask() -> None:
        while not over.is_set():
            try:
                with client(platform.url, timeout_seconds=10) as browser:
                    reply = browser.get("/api/models")
            except httpx.TransportError:
                continue
            seen.add(reply.status_code)
            if reply.status_code != 200 and reply.status_code not in HONEST_FAILURES:
                wrong.append(f"{reply.status_code}: {reply.text[:200]}")
            over.wait(0.02)

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    try:
        yield
    finally:
        over.set()
        asking.join(timeout=30)
    assert 200 in seen, seen
    assert wrong == []


def delete_pods(platform: RunningPlatform, namespace: str, name: str) -> None:
    """As if their node had failed: without a moment to say goodbye."""
    label = f"app.kubernetes.io/name={name}"
    platform.kubectl("delete", "pod", "-n", namespace, "-l", label, "--force", "--grace-period=0")


def kill(victims: list[int]) -> None:
    assert victims, "nothing to kill"
    for victim in victims:
        os.kill(victim, signal.SIGKILL)


def kill_ollama() -> None:
    kill(processes("ollama", "serve"))


def kill_the_apis() -> None:
    kill(processes("python", "-m", "chatbot_api"))


def kill_the_gateway() -> None:
    kill(processes("traefik", "--providers.kubernetesingress"))


@pytest.mark.parametrize(("namespace", "name"), [("chat", "chatbot-api"), ("traefik", "traefik")])
def test_killed_pods(platform: RunningPlatform, namespace: str, name: str) -> None:
    with asked_all_the_while(platform):
        delete_pods(platform, namespace, name)
        answers_again(platform)


def test_a_killed_ollama_pod_keeps_its_models(platform: RunningPlatform) -> None:
    with asked_all_the_while(platform):
        delete_pods(platform, "inference", "ollama")
        answers_again(platform)


@pytest.mark.parametrize("kill_it", [kill_ollama, kill_the_apis, kill_the_gateway])
def test_an_answer_that_breaks_off_is_not_taken_for_a_whole_one(
    platform: RunningPlatform, kill_it: Callable[[], None]
) -> None:
    """Ends with an ``error`` event or a broken connection, never as a stream that simply ends."""
    with asked_all_the_while(platform):
        # What was killed before may be half back: an answer that does not begin is not this test's.
        events, broken = eventually(
            "an answer that begins",
            lambda: found if (found := stream(platform, at_first_token=kill_it))[0] else None,
        )
        names = [event.event for event in events]
        assert "token" in names
        assert "done" not in names, "the answer was over before the kill"
        if "error" in names:
            assert names.index("error") == len(names) - 1
            assert json.loads(events[-1].data)["status"] in HONEST_FAILURES
        assert broken or "error" in names
        answers_again(platform)
    assert platform.platformctl("models", "verify", "--cluster", CLUSTER).returncode == 0


def stream(
    platform: RunningPlatform, *, at_first_token: Callable[[], None]
) -> tuple[list[ServerSentEvent], bool]:
    """The events of one long answer, and whether the connection broke."""
    events: list[ServerSentEvent] = []
    body = {"messages": [{"role": "user", "content": LONG}], "stream": True}
    try:
        with (
            client(platform.url, timeout_seconds=120) as browser,
            connect_sse(browser, "POST", "/api/chat", json=body) as source,
        ):
            for event in source.iter_sse():
                if event.event == "token" and events[-1].event != "token":
                    at_first_token()
                events.append(event)
    except httpx.TransportError:
        return events, True
    return events, False


PROBE = """
apiVersion: v1
kind: Service
metadata: {name: probe, namespace: chat}
spec:
  selector: {app.kubernetes.io/name: chatbot-ui}
  ports: [{port: 80, targetPort: http}]
"""


def a_new_pod_serves_behind_a_new_service(platform: RunningPlatform) -> None:
    """What only works when all the node's daemons do: the chat runs on for a while without most of them."""
    pods = ("pods", "-n", "chat", "-l", "app.kubernetes.io/name=chatbot-ui")
    before = {pod["metadata"]["uid"] for pod in platform.get(*pods)["items"]}
    platform.kubectl("delete", *pods, "--wait=false")

    def a_new_one() -> bool:
        return any(
            pod["metadata"]["uid"] not in before
            and any(
                condition["type"] == "Ready" and condition["status"] == "True"
                for condition in pod["status"].get("conditions", [])
            )
            for pod in platform.get(*pods)["items"]
        )

    eventually("a new pod Ready", a_new_one)
    platform.kubectl("apply", "--filename=-", given=PROBE)
    try:
        address = platform.get("service", "-n", "chat", "probe")["spec"]["clusterIP"]
        fetch = f"import urllib.request as r; r.urlopen('http://{address}/', timeout=5).read()"
        (kubelet, *_) = daemons("kubelet")
        in_node = ["nsenter", f"--target={kubelet}", "--net", sys.executable, "-c", fetch]
        eventually("the new Service", lambda: subprocess.run(in_node).returncode == 0, seconds=60)
    finally:
        platform.kubectl("delete", "service", "-n", "chat", "probe")


def daemons(name: str) -> list[int]:
    return [pid for pid in processes(name) if Path(f"/proc/{pid}/comm").read_text().strip() == name[:15]]


# With its shim a container ends: the last one is every pod at once.
@pytest.mark.parametrize(
    "daemon", ["kubelet", "kube-proxy", "containerd", "kube-apiserver", "etcd", "containerd-shim"]
)
def test_a_killed_node_daemon_is_started_again(platform: RunningPlatform, daemon: str) -> None:
    with asked_all_the_while(platform):
        killed = daemons(daemon)
        kill(killed)
        eventually("another process", lambda: set(daemons(daemon)) - set(killed))
        answers_again(platform)
        eventually("a ready API", lambda: "ok" in platform.kubectl("get", "--raw=/readyz"))
        a_new_pod_serves_behind_a_new_service(platform)
