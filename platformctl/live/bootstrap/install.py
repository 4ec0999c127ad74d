"""Runs the real ``flux bootstrap git``."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping
from typing import IO

from platformctl.errors import NotHealthy, StepFailed, ToolMissing, Unreachable
from platformctl.live.bootstrap.target import FLUX_SYSTEM, Bootstrap, Settings
from platformctl.live.git import NO_PASSWORD
from platformctl.live.kinds import GIT_REPOSITORY
from platformctl.live.kubernetes import Cluster
from platformctl.live.reconcile import ask_to_reconcile
from platformctl.steps import Task

_MARK = re.compile(r"^[►✚✔✗◎⚠️]+\s*")
SECONDS_TO_STOP = 10
TRIES = 3
SECONDS_BETWEEN_TRIES = 2.0
GOES_ON = "retrying in"


def install(bootstrap: Bootstrap, task: Task) -> str:
    """Install Flux and its sync, and wait until Flux follows the branch; safe to run again.

    Raises StepFailed with what flux said last, ToolMissing when the CLI is not there.
    """
    settings = bootstrap.settings
    for _ in range(TRIES):
        code, last = _run(bootstrap, task)
        if code == 0:
            return f"{len(settings.components)} controllers, {settings.branch} every {settings.interval}"
        # The CLI gives up where the controller goes on: after a restart the artifact is there a moment later.
        if GOES_ON not in last:
            break
        time.sleep(SECONDS_BETWEEN_TRIES)
    raise StepFailed(
        f"flux bootstrap failed: {last}",
        place=settings.git.url,
        fix="solve that and run the same command again; it goes on where it stopped",
        log=settings.log,
    )


def _run(bootstrap: Bootstrap, task: Task) -> tuple[int, str]:
    """Run it once: the exit code, and what it said last."""
    settings = bootstrap.settings
    with (
        settings.log.open("ab") as log,
        # flux leaves its clone behind when it is killed; here it goes with the folder.
        tempfile.TemporaryDirectory(prefix="platformctl-flux-") as scratch,
    ):
        environment = dict(os.environ) | {"TMPDIR": scratch} | secrets(settings)
        process = _start(arguments(settings), environment)
        try:
            last = _follow(process, log, task, lambda: _hurry(bootstrap.kube))
            return process.wait(), last
        finally:
            _stop(process)


def arguments(settings: Settings) -> list[str]:
    """The command line, without secrets: those go through the environment."""
    git = settings.git
    found = [
        str(settings.flux),
        "bootstrap",
        "git",
        f"--url={git.url}",
        f"--branch={settings.branch}",
        f"--path={settings.path}",
        "--recurse-submodules",
        f"--components={','.join(settings.components)}",
        f"--interval={settings.interval}",
        f"--timeout={settings.timeout_seconds:.0f}s",
        f"--author-name={settings.author.name}",
        f"--author-email={settings.author.email}",
        "--silent",
    ]
    if git.over_http:
        found += ["--token-auth", f"--username={git.username}"]
    if git.url.startswith("http://"):
        found.append("--allow-insecure-http")
    if git.private_key:
        found.append(f"--private-key-file={git.private_key}")
    if git.ca_file:
        found.append(f"--ca-file={git.ca_file}")
    if settings.kubeconfig:
        found.append(f"--kubeconfig={settings.kubeconfig}")
    if settings.context:
        found.append(f"--context={settings.context}")
    return found


def secrets(settings: Settings) -> dict[str, str]:
    """The part of the environment that carries the password to flux."""
    return {"GIT_PASSWORD": settings.git.password or NO_PASSWORD} if settings.git.over_http else {}


def _start(command: list[str], environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
    except OSError as error:
        raise ToolMissing(
            f"the flux CLI cannot be run: {error.strerror}", place=command[0], fix="give it with --flux"
        ) from error


def _hurry(kube: Cluster) -> None:
    """Without a change of its spec the source would look only at its next interval, and flux waits for it."""
    with contextlib.suppress(NotHealthy, Unreachable):
        ask_to_reconcile(kube, GIT_REPOSITORY, FLUX_SYSTEM, FLUX_SYSTEM)


def _follow(
    process: subprocess.Popen[bytes], log: IO[bytes], task: Task, when_waiting: Callable[[], None]
) -> str:
    """Show each line as it comes and return the last one that tells of a failure, else the last one."""
    last = failure = ""
    for line in process.stdout or ():
        log.write(line)
        log.flush()
        text = line.decode(errors="replace").strip()
        if not text:
            continue
        last = _MARK.sub("", text)
        if text.startswith("✗"):
            failure = last
        task.update(detail=last)
        if "waiting for GitRepository" in last:
            when_waiting()
    return failure or last or "it said nothing"


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is not None:
        return
    process.terminate()
    try:
        process.wait(SECONDS_TO_STOP)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
