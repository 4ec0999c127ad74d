"""The supervisor's configuration, read by supervisor itself, and a real supervisor asked over its socket."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from supervisor.options import ServerOptions

from platformctl.errors import StepFailed
from platformctl.local.node import order
from platformctl.local.node.supervision import (
    Supervisor,
    SupervisorGone,
    command_line,
    supervisor_config,
)
from platformctl.local.paths import Paths
from platformctl.local.service import Service
from platformctl.steps import Silent

AWKWARD = Service(
    "awkward",
    ("/bin/echo", "two words", "100%", 'a "quote"', "%(program_name)s"),
    "node",
    environment={"B": 'say "hi", 5%', "A": "1"},
    priority=7,
    stop_signal="INT",
    stop_seconds=3,
)


def test_supervisor_reads_back_what_was_meant(paths: Paths) -> None:
    for folder in (paths.logs, paths.run, paths.config):
        folder.mkdir(parents=True)
    config = paths.config / "supervisord.conf"
    config.write_text(supervisor_config(paths, [AWKWARD]))
    options = ServerOptions()
    options.realize(["-c", str(config)])
    [group] = options.process_group_configs
    [program] = group.process_configs
    assert program.name == "awkward"
    assert program.priority == 7
    assert program.stopsignal.name == "SIGINT"
    assert program.stopwaitsecs == 3
    assert program.autostart is False
    assert subprocess.run(
        ["bash", "-c", f"printf '%s\\n' {program.command}"], capture_output=True, text=True
    ).stdout.splitlines() == [
        *("nsenter", "--net=/run/netns/platformctl-service", "--"),
        *("env", "A=1", 'B=say "hi", 5%'),
        *("/bin/echo", "two words", "100%", 'a "quote"', "%(program_name)s"),
    ]


def test_a_service_of_the_machine_enters_no_namespace() -> None:
    assert command_line(Service("plain", ("/bin/true",), "host")) == ["/bin/true"]


def test_what_supervisor_cannot_hold_is_refused(paths: Paths) -> None:
    with pytest.raises(ValueError, match="cannot hold"):
        supervisor_config(paths, [Service("bad", ("/bin/echo", "a ; b"), "host")])


SERVICES = [
    Service("sleeper", ("/bin/sleep", "1000"), "host", priority=1),
    Service("stubborn", ("/bin/sh", "-c", "trap '' TERM; exec sleep 99"), "host", priority=2, stop_seconds=1),
]
FAILING = Service("failing", ("/bin/sh", "-c", "echo cannot open the door; exit 3"), "host", priority=3)


@contextmanager
def supervised() -> Iterator[tuple[Paths, Supervisor, subprocess.Popen[bytes]]]:
    # Not pytest's folder: a socket's path is limited to 107 bytes.
    folder = Path(tempfile.mkdtemp(prefix="node"))
    paths = Paths(cache=folder / "cache", state=folder)
    for needed in (paths.logs, paths.run, paths.config):
        needed.mkdir(parents=True)
    config = paths.config / "supervisord.conf"
    text = supervisor_config(paths, [*SERVICES, FAILING])
    config.write_text(text.replace("/run/supervisord.pid", str(folder / "pid")).replace("user = root\n", ""))
    process = subprocess.Popen([sys.executable, "-m", "supervisor.supervisord", "-c", str(config)])
    supervisor = Supervisor(paths)
    end = time.monotonic() + 20
    while not supervisor.answers():
        assert time.monotonic() < end
        time.sleep(0.02)
    yield paths, supervisor, process
    process.terminate()
    process.wait(20)
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def running() -> Iterator[tuple[Paths, Supervisor]]:
    with supervised() as (paths, supervisor, _):
        yield paths, supervisor


def test_nobody_answers_where_nobody_listens(paths: Paths) -> None:
    assert not Supervisor(paths).answers()
    with pytest.raises(SupervisorGone, match="No such file"):
        Supervisor(paths).states()


@pytest.mark.parametrize("meanwhile", ["start", "stop"])
def test_a_supervisor_that_dies_is_told_with_its_log(meanwhile: str) -> None:
    with supervised() as (paths, supervisor, process):
        config = paths.config / "supervisord.conf"
        service = SERVICES[0]

        def die() -> bool:
            orphans = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
            process.kill()
            process.wait()
            for orphan in orphans:
                os.kill(int(orphan), signal.SIGKILL)
            return False

        dying = Service(service.name, service.command, "host", priority=1, ready=die)
        with pytest.raises(StepFailed, match="supervisor does not answer") as caught:
            if meanwhile == "start":
                order.start_in_order([dying], supervisor, paths, Silent(), patience=20)
            order.start_in_order([service], supervisor, paths, Silent(), patience=20)
            die()
            order.stop_in_order(supervisor, config, Silent())
        assert caught.value.log == paths.logs / "supervisord.log"


def test_a_supervisor_that_is_about_to_end_starts_nothing() -> None:
    with supervised() as (paths, supervisor, process):
        order.start_in_order(SERVICES[1:2], supervisor, paths, Silent(), patience=20)
        supervisor.shutdown()  # waits a second for the stubborn one
        with pytest.raises(StepFailed, match=r"supervisor (refuses|does not answer)"):
            order.start_in_order(SERVICES, supervisor, paths, Silent(), patience=20)
        process.wait(20)


def test_services_start_and_stop_in_order(running: tuple[Paths, Supervisor]) -> None:
    paths, supervisor = running
    assert {state.state for state in supervisor.states().values()} == {"STOPPED"}
    started = order.start_in_order(SERVICES, supervisor, paths, Silent(), patience=20)
    assert started == ["sleeper", "stubborn"]
    assert order.start_in_order(SERVICES, supervisor, paths, Silent(), patience=20) == []
    order.stop_in_order(supervisor, paths.config / "supervisord.conf", Silent())
    states = supervisor.states()
    assert {states[service.name].state for service in SERVICES} == {"STOPPED"}


def test_a_daemon_that_fails_is_named_with_its_last_line(
    running: tuple[Paths, Supervisor], monkeypatch: pytest.MonkeyPatch
) -> None:
    paths, supervisor = running
    monkeypatch.setattr(order, "TRIES", 1)  # supervisord waits longer after each failure
    with pytest.raises(StepFailed, match="failing does not stay up: cannot open the door") as caught:
        order.start_in_order([FAILING], supervisor, paths, Silent(), patience=20)
        order.wait_for(lambda: False, supervisor, paths, patience=20)
    assert caught.value.log == paths.logs / "failing.log"


def test_a_daemon_that_is_late_is_named(running: tuple[Paths, Supervisor]) -> None:
    paths, supervisor = running
    late = Service("sleeper", ("/bin/sleep", "1000"), "host", ready=lambda: False)
    with pytest.raises(StepFailed, match="sleeper was not ready within 0 s"):
        order.start_in_order([late], supervisor, paths, Silent(), patience=0.1)
