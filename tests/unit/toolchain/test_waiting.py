"""A toolchain that another process works on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from platformctl.local.toolchain import Lock, Toolchain
from platformctl.local.toolchain.process import Processes
from platformctl.local.toolchain.store import Store
from platformctl.local.toolchain.workshop import Workshop
from platformctl.steps import Silent
from tests.unit.toolchain.conftest import Bench

HOLDER = (
    "import sys; from pathlib import Path; from platformctl.local.lockfile import hold\n"
    "with hold(Path(sys.argv[1]), print): print('held', flush=True); sys.stdin.read()"
)


class Watcher(Silent):
    """Calls a function once, at the first update that begins with a text."""

    def __init__(self, text: str, then: Callable[[], None]) -> None:
        self.text = text
        self.then = then
        self.details: list[str] = []

    def update(self, *, completed=None, total=None, detail=None) -> None:
        self.details.append(detail)
        if detail.startswith(self.text) and not any(d.startswith(self.text) for d in self.details[:-1]):
            self.then()


@pytest.fixture
def holder(bench: Bench) -> Iterator[subprocess.Popen[str]]:
    """Another process that builds the part `first` until its input ends."""
    path: Path = bench.cache / "locks" / "part-first.lock"
    command = [sys.executable, "-c", HOLDER, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin and process.stdout
        assert process.stdout.readline() == "held\n"
        yield process
        process.stdin.close()


def waits_for(process: subprocess.Popen[str]) -> str:
    return f"waiting for another platformctl (pid {process.pid})"


def test_who_is_waited_for_is_told(bench: Bench, holder: subprocess.Popen[str]) -> None:
    assert holder.stdin
    watcher = Watcher(waits_for(holder), holder.stdin.close)
    tools = Toolchain(bench.cache, Lock.read(bench.lock))
    tools.ensure(watcher)
    assert watcher.details[-1] == "3/3"
    assert f"{waits_for(holder)} 0/3" in watcher.details
    assert tools.missing() == []


def test_waiting_is_interrupted_at_once(bench: Bench, holder: subprocess.Popen[str]) -> None:
    watcher = Watcher(waits_for(holder), lambda: os.kill(os.getpid(), signal.SIGINT))
    tools = Toolchain(bench.cache, Lock.read(bench.lock))
    with pytest.raises(KeyboardInterrupt):
        tools.ensure(watcher)
    assert holder.poll() is None, "it still holds the part"
    assert bench.built == []


def test_a_thread_of_the_same_job_is_not_another_platformctl(bench: Bench) -> None:
    waited = threading.Event()

    class Checked(Processes):
        def check(self) -> None:
            if seen:  # the second time, what the first look found would be noted
                waited.set()
            seen.append(1)

    seen: list[int] = []
    workshop = Workshop(Lock.read(bench.lock), Store(bench.cache), Checked())

    def work() -> None:
        with workshop.held("workspace-tools"):
            pass

    thread = threading.Thread(target=work)
    with workshop.held("workspace-tools"):
        thread.start()
        waited.wait()
        assert workshop.waiting == {}
    thread.join()
