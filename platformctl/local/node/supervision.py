"""The one supervisor: its configuration, and asking it about the daemons."""

from __future__ import annotations

import http.client
import shlex
import socket
import xmlrpc.client
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.parsers.expat import ExpatError

from platformctl.errors import StepFailed
from platformctl.local.node.settings import NETNS_PATH
from platformctl.local.paths import Paths
from platformctl.local.service import Service

SOCKET_NAME = "supervisor.sock"
RUNNING_STATES = frozenset({"RUNNING", "STARTING", "BACKOFF"})

# Supervisor's faults that are no trouble: somebody, or autorestart, was faster.
_SPAWN_ERROR, _ABNORMAL_TERMINATION, _ALREADY_STARTED, _NOT_RUNNING = 50, 40, 60, 70


def supervisor_config(paths: Paths, services: Iterable[Service]) -> str:
    """supervisord's configuration. Nothing starts by itself: the order is decided by who starts the node."""
    sections: dict[str, dict[str, str | Path]] = {
        "supervisord": {
            "nodaemon": "true",
            "silent": "true",
            "user": "root",
            "umask": "022",
            "logfile": paths.logs / "supervisord.log",
            "logfile_maxbytes": "5MB",
            "logfile_backups": "1",
            "pidfile": "/run/supervisord.pid",
            "childlogdir": paths.logs,
            "identifier": "platformctl",
        },
        "unix_http_server": {"file": paths.run / SOCKET_NAME, "chmod": "0700"},
        "rpcinterface:supervisor": {
            "supervisor.rpcinterface_factory": "supervisor.rpcinterface:make_main_rpcinterface"
        },
    }
    for service in services:
        sections[f"program:{service.name}"] = {
            "command": shlex.join(command_line(service)),
            "priority": str(service.priority),
            "autostart": "false",
            "autorestart": "true",
            "startsecs": "1",
            "startretries": "20",
            "stopsignal": service.stop_signal,
            "stopwaitsecs": str(service.stop_seconds),
            "redirect_stderr": "true",
            "stdout_logfile": paths.logs / f"{service.name}.log",
            "stdout_logfile_maxbytes": "20MB",
            "stdout_logfile_backups": "1",
        }
    return "\n".join(
        "\n".join([f"[{name}]", *(f"{key} = {_escaped(value)}" for key, value in values.items()), ""])
        for name, values in sections.items()
    )


def command_line(service: Service) -> list[str]:
    """A service's command, led into its network namespace and given its environment.

    The environment goes through ``env`` because supervisor's own setting cannot hold a value with quotes.
    """
    environment = [f"{name}={value}" for name, value in sorted(service.environment.items())]
    return [
        *(["nsenter", f"--net={NETNS_PATH}", "--"] if service.namespace == "node" else []),
        *(["env", *environment] if environment else []),
        *service.command,
    ]


def _escaped(value: str | Path) -> str:
    # supervisor expands %(name)s in each value and takes " ;" for the start of a comment.
    text = str(value).replace("%", "%%")
    if "\n" in text or " ;" in text:
        raise ValueError(f"supervisor cannot hold {text!r}")
    return text


@dataclass(frozen=True)
class ProcessState:
    """What the supervisor says about one daemon.

    Attributes:
        name: the service's name.
        state: supervisor's word: STOPPED, STARTING, RUNNING, BACKOFF, STOPPING, EXITED, FATAL, UNKNOWN.
        pid: in the cell's process namespace; 0 where it does not run.
        since: seconds since the epoch at which it was last started.
        reason: why it could not be started, mostly empty.
    """

    name: str
    state: str
    pid: int
    since: int
    reason: str


class SupervisorGone(StepFailed):
    """No supervisor listens, it ended in the middle of an answer, or it is about to end."""


class Supervisor:
    """A running supervisord, asked over its Unix socket. Every question may raise SupervisorGone."""

    def __init__(self, paths: Paths) -> None:
        self._socket = paths.run / SOCKET_NAME
        self._log = paths.logs / "supervisord.log"

    def answers(self) -> bool:
        """Whether it listens and is not about to end; never raises."""
        try:
            return bool(self._call("getState")["statename"] == "RUNNING")
        except SupervisorGone:
            return False

    def states(self) -> dict[str, ProcessState]:
        """All daemons by name."""
        return {
            info["name"]: ProcessState(
                info["name"], info["statename"], info["pid"], info["start"], info["spawnerr"]
            )
            for info in self._call("getAllProcessInfo")
        }

    def start(self, name: str) -> None:
        """Start a daemon that is not running; its success is seen in ``states``."""
        # SPAWN_ERROR shows in the state, with the log.
        self._call("startProcess", name, False, expected=(_ALREADY_STARTED, _SPAWN_ERROR))

    def stop(self, name: str) -> None:
        """Send a daemon its stop signal and return at once; supervisord kills it when its time is over."""
        self._call("stopProcess", name, False, expected=(_NOT_RUNNING, _ABNORMAL_TERMINATION))

    def shutdown(self) -> None:
        self._call("shutdown")

    def _call(self, method: str, *arguments: object, expected: Collection[int] = ()) -> Any:
        """Ask; None where the answer is a fault whose code is expected."""
        transport = _UnixTransport(self._socket)
        try:
            with xmlrpc.client.ServerProxy("http://supervisor", transport=transport) as server:
                return getattr(server.supervisor, method)(*arguments)
        except xmlrpc.client.Fault as fault:
            if fault.faultCode in expected:
                return None
            raise self._gone(f"refuses {method}: {fault.faultString}") from fault
        except (OSError, http.client.HTTPException, xmlrpc.client.Error, ExpatError) as error:
            raise self._gone(f"does not answer: {error or type(error).__name__}") from error

    def _gone(self, what: str) -> SupervisorGone:
        return SupervisorGone(
            f"the cluster's supervisor {what}",
            fix="run the command again: it sweeps away what is left and starts afresh",
            log=self._log if self._log.exists() else None,
        )


class _UnixTransport(xmlrpc.client.Transport):
    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path

    def make_connection(self, host: Any) -> http.client.HTTPConnection:  # noqa: ARG002
        return _UnixConnection(self._path)


class _UnixConnection(http.client.HTTPConnection):
    """Unlike supervisor's own, with a timeout: a supervisor that hangs must not hang who asks it."""

    def __init__(self, path: Path) -> None:
        super().__init__("supervisor", timeout=10)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))
