"""Killed pods, a killed Ollama, killed node daemons: the chat answers again, and never wrongly."""

import os
import signal
from pathlib import Path

import httpx
import pytest

from tests.e2e.running import RunningPlatform, eventually, processes

# What a client may see while something is down: never a 200 without an answer.
HONEST_FAILURES = {500, 502, 503, 504}


def answers_again(platform: RunningPlatform, *, seconds: float = 240) -> None:
    """Asks until an answer comes; every reply on the way must be an answer or an honest failure."""

    def ask() -> bool:
        try:
            reply = platform.ask("Say hello.")
        except httpx.TransportError:
            return False
        if reply.status_code == 200:
            assert reply.json()["message"]["content"].strip(), "an answer without text"
            return True
        assert reply.status_code in HONEST_FAILURES | {404}, f"{reply.status_code}: {reply.text}"
        return False

    for _ in range(3):
        eventually("an answer", ask, seconds=seconds, pause=1)


def test_a_killed_api_pod(platform: RunningPlatform) -> None:
    platform.kubectl(
        "delete",
        "pod",
        "-n",
        "chat",
        "-l",
        "app.kubernetes.io/name=chatbot-api",
        "--force",
        "--grace-period=0",
    )
    answers_again(platform)


def test_a_killed_ollama_comes_back_with_its_models(platform: RunningPlatform) -> None:
    victims = processes("ollama", "serve")
    assert victims, "no ollama serve runs"
    for victim in victims:
        os.kill(victim, signal.SIGKILL)
    answers_again(platform)
    assert platform.platformctl("models", "verify", "--cluster", "service").returncode == 0


def test_a_killed_ollama_pod_keeps_its_models(platform: RunningPlatform) -> None:
    platform.kubectl("delete", "pod", "-n", "inference", "ollama-0", "--force", "--grace-period=0")
    answers_again(platform)


@pytest.mark.parametrize("daemon", ["kubelet", "kube-proxy", "containerd", "kube-apiserver", "etcd"])
def test_a_killed_node_daemon_is_started_again(platform: RunningPlatform, daemon: str) -> None:
    state = str(platform.kubeconfig.parent)
    victims = [
        pid
        for pid in processes(daemon, state)
        if Path(f"/proc/{pid}/comm").read_text().strip().startswith(daemon[:15])
    ]
    assert victims, f"no {daemon} of this cluster runs"
    for victim in victims:
        os.kill(victim, signal.SIGKILL)
    answers_again(platform)
    eventually(
        "the node Ready",
        lambda: "True" in platform.kubectl(
            "get", "nodes", "-o", "jsonpath={.items[*].status.conditions[?(@.type=='Ready')].status}"
        ),
        seconds=120,
    )  # fmt: skip
