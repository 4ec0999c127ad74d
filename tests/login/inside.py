"""A pod of the cluster that belongs to nobody: what reaches services past the gateway."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from tests.e2e.running import RunningPlatform

NAMESPACE = "chat"
NAME = "stranger"

# Reads a list of [url, headers] and prints a list of [status, body].
ASK = """
import json, sys, urllib.error, urllib.request
answers = []
for url, headers in json.load(sys.stdin):
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=10) as answer:
            answers.append([answer.status, answer.read().decode()])
    except urllib.error.HTTPError as error:
        answers.append([error.code, error.read().decode()])
print(json.dumps(answers))
"""


@dataclass(frozen=True)
class Stranger:
    """The pod, running."""

    platform: RunningPlatform

    def ask(self, requests: Sequence[tuple[str, Mapping[str, str]]]) -> list[tuple[int, str]]:
        """GET each URL with its headers; status and body of each answer."""
        command = ("exec", "-i", "-n", NAMESPACE, NAME, "--", "python", "-c", ASK)
        said = self.platform.kubectl(*command, given=json.dumps(requests))
        return [(status, body) for status, body in json.loads(said)]


@contextmanager
def stranger(platform: RunningPlatform) -> Iterator[Stranger]:
    """Start it, with the API's image for its Python, and remove it at the end."""
    deployment = platform.get("deployment", "-n", NAMESPACE, "chatbot-api")
    (container, *_) = deployment["spec"]["template"]["spec"]["containers"]
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": NAME, "namespace": NAMESPACE},
        "spec": {
            "automountServiceAccountToken": False,
            "restartPolicy": "Never",
            "terminationGracePeriodSeconds": 0,
            "securityContext": deployment["spec"]["template"]["spec"]["securityContext"],
            "containers": [
                {
                    "name": NAME,
                    "image": container["image"],
                    "command": ["sleep", "900"],
                    "securityContext": container["securityContext"],
                }
            ],
        },
    }
    remove = ("delete", "pod", "-n", NAMESPACE, NAME, "--ignore-not-found", "--force", "--grace-period=0")
    platform.kubectl(*remove)  # of a run that was interrupted
    try:
        platform.kubectl("apply", "--filename=-", given=json.dumps(pod))
        platform.kubectl("wait", "-n", NAMESPACE, f"pod/{NAME}", "--for=condition=Ready", "--timeout=60s")
        yield Stranger(platform)
    finally:
        platform.kubectl(*remove)
