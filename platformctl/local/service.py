"""One supervised daemon of the embedded cluster, as a value."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True)
class Service:
    """A daemon that the cluster's one supervisor starts, watches and stops.

    Attributes:
        name: unique in the cluster; also the name of its log file.
        command: the program (absolute path) and its arguments.
        namespace: the network namespace it runs in, the machine's or the node's.
        environment: added to what the supervisor gives every daemon.
        priority: daemons of one priority start together, lower ones first, and stop in the reverse order.
        stop_signal: name of the signal that asks it to end.
        stop_seconds: after which it is killed.
        ready: tells, cheaply and without raising, that it does its work; None where running is enough.
        listens: "address:port" that must be free before it starts, checked in the machine's namespace only.
    """

    name: str
    command: tuple[str, ...]
    namespace: Literal["host", "node"]
    environment: Mapping[str, str] = field(default_factory=dict)
    priority: int = 500
    stop_signal: str = "TERM"
    stop_seconds: int = 20
    ready: Callable[[], bool] | None = None
    listens: tuple[str, ...] = ()
