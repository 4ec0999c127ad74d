"""A running platform as the tests see it: its addresses, its command line, kubectl and Git."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import httpx

from platformctl.jobs.embedded import Embedded
from platformctl.live.route import client
from platformctl.local.node.settings import CGROUP
from platformctl.local.paths import Paths

CLUSTER = "service"
# Not the user's own, whose commits and volumes the tests would delete. Short: sockets lie below it.
STATE_HOME = "/var/tmp/platformctl-tests"
Value = TypeVar("Value")


def eventually(
    what: str, probe: Callable[[], Value | None], *, seconds: float = 120, pause: float = 1.0
) -> Value:
    """The first true value of the probe; fails, saying what was awaited, when the time is over."""
    end = time.monotonic() + seconds
    last: object = None
    while time.monotonic() < end:
        try:
            value = probe()
        except (httpx.HTTPError, subprocess.CalledProcessError, json.JSONDecodeError) as error:
            last = error
        else:
            if value:
                return value
            last = value
        time.sleep(pause)
    raise AssertionError(f"{what}: not within {seconds:.0f} s; last seen: {last!r}")


def every_process() -> Iterator[tuple[int, str, str]]:
    """Id, command line (arguments divided by spaces) and cgroups of every process but this one."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            groups = (folder / "cgroup").read_text()
        except OSError:
            continue  # it ended meanwhile
        if int(folder.name) != os.getpid():
            yield int(folder.name), command, groups


def processes(*words: str) -> list[int]:
    """Ids of the cluster's processes, all of them or those whose command line holds all the words.

    They name its state folder, or run in its containers.
    """
    return [
        pid
        for pid, command, groups in every_process()
        if (STATE_HOME in command or CGROUP in groups) and all(word in command for word in words)
    ]


def kill_everything(*, more_than: int) -> None:
    """End all the cluster's processes at once, as a power cut does; fails if they were too few."""
    victims = processes()
    assert len(victims) > more_than, f"only {len(victims)} processes found"
    for victim in victims:
        with contextlib.suppress(ProcessLookupError):
            os.kill(victim, signal.SIGKILL)


@dataclass
class RunningPlatform:
    """Where everything is, and short ways to use it."""

    root: Path
    command: Path
    work: Path
    cluster: str = CLUSTER
    scaled_up: bool = False
    taken_down: bool = False
    first_up: subprocess.CompletedProcess[str] = field(init=False)
    host_before: dict[str, list[str]] = field(init=False)

    # Asked for when first used: before the first `up` there are no programs and no credentials yet.
    @cached_property
    def embedded(self) -> Embedded:
        return Embedded.of(self.root, self.cluster)

    @property
    def kubeconfig(self) -> Path:
        return self.embedded.kubeconfig

    @property
    def url(self) -> str:
        return self.embedded.chat_url

    @property
    def flux(self) -> Path:
        return self.embedded.toolchain.binary("flux")

    @property
    def git_url(self) -> str:
        return self.embedded.git_url

    @property
    def git_credentials(self) -> tuple[str, str]:
        return self.embedded.git_credentials

    def platformctl(
        self, *arguments: str, timeout: float = 300, echo: bool = False, folder: Path | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run the command line; with ``echo`` its progress (stderr) goes straight to the test's log.

        It finds its platform.yaml in the folder; that is this checkout unless another is given.
        """
        return subprocess.run(
            [self.command, *arguments],
            cwd=folder or self.root,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=None if echo else subprocess.PIPE,
            text=True,
            timeout=timeout,
        )

    def purge(self) -> None:
        """Take the cluster down and delete its data; well where there is none."""
        if Paths.of(self.cluster).state.exists():
            down = self.platformctl("down", "--cluster", self.cluster, "--purge", "--yes")
            assert down.returncode == 0, down.stderr

    def kubectl(self, *arguments: str, timeout: float = 120, given: str = "") -> str:
        """What kubectl prints; ``given`` is its standard input."""
        done = subprocess.run(
            [self.embedded.toolchain.binary("kubectl"), "--kubeconfig", self.kubeconfig, *arguments],
            input=given,
            capture_output=True,
            text=True,
            timeout=timeout,
        )
        if done.returncode:
            raise subprocess.CalledProcessError(done.returncode, arguments, done.stdout, done.stderr)
        return done.stdout

    def get(self, *arguments: str) -> dict[str, Any]:
        """``kubectl get ... -o json`` as a dictionary."""
        found: dict[str, Any] = json.loads(self.kubectl("get", *arguments, "-o", "json"))
        return found

    def ready_replicas(self) -> int:
        """How many pods of the API are Ready."""
        status = self.get("deployment", "-n", "chat", "chatbot-api")["status"]
        return int(status.get("readyReplicas", 0))

    def git(self, *arguments: str, folder: Path) -> str:
        identity = [
            "-c",
            "user.name=Ada",
            "-c",
            "user.email=ada@example.com",
            "-c",
            "init.defaultBranch=main",
        ]
        done = subprocess.run(
            ["git", *identity, *arguments], cwd=folder, capture_output=True, text=True, timeout=120
        )
        assert done.returncode == 0, f"git {' '.join(arguments)}: {done.stderr}"
        return done.stdout

    def repository_url(self, name: str) -> str:
        """The address of a repository of the local Git server, with the credentials in it."""
        user, password = self.git_credentials
        base = self.git_url.rsplit("/", 1)[0]
        return f"{base.replace('://', f'://{user}:{password}@')}/{name}.git"

    def clone(self, name: str) -> Path:
        """A fresh clone of one repository of the local Git server."""
        folder = self.work / f"{name}-{time.monotonic_ns()}"
        self.git("clone", "--quiet", self.repository_url(name), str(folder), folder=self.work)
        return folder

    def ask(self, text: str = "Say hello.", **settings: object) -> httpx.Response:
        """One question, answered as plain JSON."""
        body = {"messages": [{"role": "user", "content": text}], "stream": False, **settings}
        with client(self.url, timeout_seconds=120) as platform:
            return platform.post("/api/chat", json=body)

    @staticmethod
    def host_state() -> dict[str, list[str]]:
        """What a cluster could leave behind on this machine, to be compared before and after."""

        def lines(*command: str) -> list[str]:
            if shutil.which(command[0]) is None:
                return []  # before the first `up` on a bare machine
            done = subprocess.run(command, capture_output=True, text=True)
            return sorted(line for line in done.stdout.splitlines() if not line.startswith("#"))

        cgroups = sorted(
            str(folder)
            for folder in Path("/sys/fs/cgroup").glob("**/*")
            if folder.is_dir() and any(word in folder.name for word in ("kubepods", "platformctl", "k8s.io"))
        )
        mounts = sorted(line.split()[1] for line in Path("/proc/self/mounts").read_text().splitlines())
        links = sorted(path.name for path in Path("/sys/class/net").iterdir())
        return {
            "links": links,
            "mounts": mounts,
            "namespaces": sorted(path.name for path in Path("/run/netns").glob("*")),
            "cgroups": cgroups,
            "iptables": lines("iptables-save"),
            "nftables": lines("nft", "list", "ruleset"),
        }
