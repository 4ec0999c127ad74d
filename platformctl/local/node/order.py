"""Starting daemons in rising and stopping them in falling order of priority, a whole priority at a time."""

from __future__ import annotations

import configparser
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from itertools import groupby
from pathlib import Path

from platformctl.errors import StepFailed
from platformctl.local.node.supervision import RUNNING_STATES, ProcessState, Supervisor
from platformctl.local.paths import Paths
from platformctl.local.service import Service
from platformctl.steps import Task

POLL_SECONDS = 0.03
# Failed starts in a row after which waiting is of no use; the first may only lack a neighbour.
TRIES = 5


def start_in_order(
    services: Sequence[Service], supervisor: Supervisor, paths: Paths, task: Task, patience: float
) -> list[str]:
    """Start what does not run, each priority once the ones before it are ready.

    Args:
        patience: seconds to wait for one priority.

    Returns:
        The names of what was started.

    Raises:
        StepFailed: a daemon ends again and again, or is not ready in time, or the supervisor dies; names
            the log.
    """
    started = []
    for _, group in groupby(sorted(services, key=_priority), key=_priority):
        wave = list(group)
        states = supervisor.states()
        for service in wave:
            if states[service.name].state not in RUNNING_STATES:
                supervisor.start(service.name)
                started.append(service.name)
        waiting = [service for service in wave if service.ready is not None]
        task.update(detail=", ".join(service.name for service in wave))
        wait_for(partial(_all_ready, waiting), supervisor, paths, patience, waiting)
    return started


def wait_for(
    condition: Callable[[], bool],
    supervisor: Supervisor,
    paths: Paths,
    patience: float,
    waiting: Sequence[Service] = (),
) -> None:
    """Wait for a condition that the daemons bring about, unless one of them has failed for good.

    Raises:
        StepFailed: a daemon has failed, the supervisor has died, or the time is over.
    """
    end = time.monotonic() + patience
    failed = defaultdict[str, set[int]](set)
    while not condition():
        for process in supervisor.states().values():
            if process.state == "BACKOFF":
                failed[process.name].add(process.since)
            if process.state == "FATAL" or len(failed[process.name]) >= TRIES:
                raise failure(process.name, "does not stay up", paths)
        if time.monotonic() > end:
            late = [service.name for service in waiting if not _ready(service)] or ["kubelet"]
            raise failure(late[0], f"was not ready within {patience:.0f} s", paths)
        time.sleep(POLL_SECONDS)


def stop_in_order(supervisor: Supervisor, config: Path, task: Task) -> None:
    """Stop all that runs, the highest priority first. supervisord kills what does not end in its time."""
    programs = _programs(config)
    for _, group in groupby(
        sorted(programs, key=lambda one: -programs[one][0]), key=lambda one: programs[one][0]
    ):
        names = list(group)
        stop(names, supervisor, max(programs[name][1] for name in names), task)


def stop(names: Iterable[str], supervisor: Supervisor, seconds: float, task: Task) -> None:
    """Stop daemons and wait until they have ended, a little longer than supervisord waits to kill them."""
    states = supervisor.states()
    running = [name for name in names if name in states and states[name].state in RUNNING_STATES]
    if running:
        task.update(detail=f"stopping {', '.join(running)}")
    for name in running:
        supervisor.stop(name)
    end = time.monotonic() + seconds + 3
    while time.monotonic() < end:
        states = supervisor.states()
        left = [name for name in running if not _ended(states[name])]
        if not left:
            return
        time.sleep(POLL_SECONDS)


def failure(name: str, what: str, paths: Paths) -> StepFailed:
    """The error of a daemon, with the last line that it wrote."""
    log = paths.logs / f"{name}.log"
    last = last_line(log)
    return StepFailed(f"{name} {what}" + (f": {last}" if last else ""), log=log)


def last_line(log: Path, limit: int = 300) -> str:
    """The last line of a log that says something, cut to ``limit`` characters."""
    try:
        with log.open("rb") as file:
            file.seek(0, 2)
            file.seek(max(0, file.tell() - 8192))
            lines = file.read().decode(errors="replace").splitlines()
    except OSError:
        return ""
    return next((line.strip()[:limit] for line in reversed(lines) if line.strip()), "")


def _priority(service: Service) -> int:
    return service.priority


def _all_ready(services: Sequence[Service]) -> bool:
    return all(_ready(service) for service in services)


def _ready(service: Service) -> bool:
    return service.ready is None or service.ready()


def _ended(state: ProcessState) -> bool:
    return state.state not in RUNNING_STATES and state.state != "STOPPING"


def _programs(config: Path) -> dict[str, tuple[int, int]]:
    """Priority and stop seconds of each program in a supervisord configuration."""
    parser = configparser.RawConfigParser()
    parser.read(config)
    return {
        section.removeprefix("program:"): (
            parser.getint(section, "priority"),
            parser.getint(section, "stopwaitsecs"),
        )
        for section in parser.sections()
        if section.startswith("program:")
    }
