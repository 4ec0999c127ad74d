"""Installs packages of Debian on this machine."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from platformctl.errors import StepFailed, ToolMissing
from platformctl.local.toolchain.debian_services import forget_interrupted, nothing_started
from platformctl.local.toolchain.lock import DebianPart
from platformctl.local.toolchain.store import Store
from platformctl.local.toolchain.workshop import Workshop

_APT = {"DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1", "LC_ALL": "C.UTF-8"}


def lacking(part: DebianPart) -> dict[str, str]:
    """The packages that are not installed, or older than the lock says; by name, with the locked version."""
    installed = _installed(part.packages)
    return {
        name: version
        for name, version in part.packages.items()
        if name not in installed or _older(installed[name], version)
    }


def install(part: DebianPart, workshop: Workshop) -> list[str]:
    """Install what is lacking; says which packages Debian has moved on from.

    Where the locked version is gone, Debian has replaced it by a security update, which is taken.

    Raises:
        ToolMissing: this is not Debian, or not root.
        StepFailed: apt failed, or would have to remove a package of the machine.
    """
    wanted = lacking(part)
    if not wanted:
        return []
    by_hand = "apt-get install " + " ".join(wanted)
    if shutil.which("apt-get") is None:
        raise ToolMissing("this machine has no apt-get", fix="the embedded cluster needs Debian 12")
    if os.geteuid() != 0:
        raise ToolMissing(f"{', '.join(wanted)}: not installed, and only root can", fix=f"sudo {by_hand}")

    def run(*command: str) -> None:
        workshop.processes.run(
            command,
            cwd=Path("/"),
            env=_APT,
            log=workshop.log(part),
            what=f"installing {', '.join(wanted)}",
            fix=by_hand,
        )

    with workshop.held("apt"), nothing_started():
        # Goes on where an installation was killed; apt refuses before that. Otherwise it does nothing.
        run("dpkg", "--configure", "-a")
        run("apt-get", "-q", "update")
        available = {name: _candidate(name) for name in wanted}
        gone = sorted(name for name, version in available.items() if version is None)
        if gone:
            raise StepFailed(
                f"this system has no package {', '.join(gone)}", log=workshop.log(part), fix="use Debian 12"
            )
        # --no-remove: Docker's own containerd.io, say, is not ours to take away.
        run(
            "apt-get",
            "-q",
            "install",
            "--yes",
            "--no-install-recommends",
            "--no-remove",
            "-o",
            "Dpkg::Lock::Timeout=120",
            *wanted,
        )
    return [
        f"{name} {available[name]} instead of {version}"
        for name, version in wanted.items()
        if available[name] != version
    ]


def clean_up(store: Store) -> None:
    """Undo what a killed installation left on the machine; one that still runs is left alone."""

    def give_up(_: str) -> None:
        raise _Busy

    with contextlib.suppress(_Busy), store.held("apt", give_up):
        forget_interrupted()


class _Busy(Exception):
    """Another process installs packages right now."""


def _installed(names: Mapping[str, str]) -> dict[str, str]:
    if shutil.which("dpkg-query") is None:
        return {}
    answer = subprocess.run(
        ["dpkg-query", "--show", "--showformat=${Package} ${db:Status-Status} ${Version}\n", *names],
        capture_output=True,
        text=True,
    )
    rows = (line.split(" ") for line in answer.stdout.splitlines())
    return {name: version for name, status, version in rows if status == "installed"}


def _older(version: str, than: str) -> bool:
    return (
        version != than
        and subprocess.run(["dpkg", "--compare-versions", version, "lt", than]).returncode == 0
    )


def _candidate(name: str) -> str | None:
    answer = subprocess.run(
        ["apt-cache", "policy", name], capture_output=True, text=True, env=os.environ | _APT
    )
    for line in answer.stdout.splitlines():
        word, _, version = line.strip().partition(": ")
        if word == "Candidate":
            return None if version == "(none)" else version
    return None
