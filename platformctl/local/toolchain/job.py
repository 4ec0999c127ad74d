"""Fetches and builds a list of parts: the compiler in one lane, the network beside it."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import assert_never

from platformctl.errors import PlatformctlError
from platformctl.local.toolchain.debian import install
from platformctl.local.toolchain.flux_manifests import build_manifests
from platformctl.local.toolchain.go_command import GO
from platformctl.local.toolchain.golang import build_c, build_go, copy_module_files, fetch_dependencies
from platformctl.local.toolchain.lock import (
    CPart,
    DebianPart,
    GoPart,
    ManifestsPart,
    MavenPart,
    ModuleFilesPart,
    NpmPart,
    Part,
    PypiPart,
)
from platformctl.local.toolchain.maven import fetch_maven
from platformctl.local.toolchain.npm import fetch_npm
from platformctl.local.toolchain.process import Stopped
from platformctl.local.toolchain.pypi import fetch_pypi
from platformctl.local.toolchain.workshop import Workshop
from platformctl.steps import Task

_TICK = 1.0  # seconds between two looks at the clock
_UNFINISHED = 0.95  # of a part's share, at most, before it is done


class Job:
    """One run over parts that are missing, in the order of the lock."""

    def __init__(self, workshop: Workshop, parts: Sequence[Part], task: Task) -> None:
        self._workshop = workshop
        self._parts = parts
        self._task = task
        self._futures: dict[str, Future[None]] = {}
        self._since: dict[str, float] = {}
        self._done: set[str] = set()
        self._notes: list[str] = []

    def run(self) -> str:
        """Do all of it; the note says how much it was, and what Debian has replaced.

        Raises:
            StepFailed: a part cannot be had; the others are ended, and what is complete stays.
            ToolMissing: the machine lacks a program that this needs.
        """
        compiler = ThreadPoolExecutor(1)
        network = ThreadPoolExecutor(2)
        ahead = ThreadPoolExecutor(1)
        try:
            for part in self._parts:
                lane = network if _is_fetched(part) else compiler
                self._futures[part.name] = lane.submit(self._make, part)
            ahead.submit(self._fetch_ahead)
            self._watch()
        finally:
            # After a failure or an interruption much still runs; after success the fetching ahead may.
            for lane in (compiler, network, ahead):
                lane.shutdown(wait=False, cancel_futures=True)
            self._workshop.processes.stop()
            for lane in (compiler, network, ahead):
                lane.shutdown()
        fetched = sum(_is_fetched(part) for part in self._parts)
        return "; ".join([f"{len(self._parts) - fetched} built, {fetched} fetched", *self._notes])

    def _watch(self) -> None:
        pending = set(self._futures.values())
        self._report()
        while pending:
            finished, pending = wait(pending, _TICK, return_when=FIRST_COMPLETED)
            for future in finished:
                future.result()
            self._report()

    def _report(self) -> None:
        now = time.monotonic()
        share = 0.0
        running = []
        for part in self._parts:
            if part.name in self._done:
                share += part.seconds
            elif part.name in self._since:
                share += min(now - self._since[part.name], _UNFINISHED * part.seconds)
                running.append(part)
        # The compiler's part first: it is the one that takes the time.
        running.sort(key=_is_fetched)
        doing = running[0].name if running else ""
        if holders := list(self._workshop.waiting.values()):
            doing = f"waiting for another platformctl (pid {holders[0]})"
        self._task.update(
            completed=share,
            total=sum(part.seconds for part in self._parts),
            detail=f"{doing} {len(self._done)}/{len(self._parts)}".strip(),
        )

    def _make(self, part: Part) -> None:
        for need in part.needs:
            if need in self._futures:
                self._futures[need].result()
        self._since[part.name] = time.monotonic()
        make(part, self._workshop, self._notes)
        self._done.add(part.name)

    def _fetch_ahead(self) -> None:
        # A failure here is told by the build that meets it again.
        with contextlib.suppress(Stopped, PlatformctlError):
            if GO in self._futures:
                self._futures[GO].result()
            for part in self._parts:
                if isinstance(part, GoPart) and part.name not in self._done:
                    fetch_dependencies(part, self._workshop)


def make(part: Part, workshop: Workshop, notes: list[str]) -> None:
    """Fetch or build one part, unless another process did so in the meantime."""
    with workshop.held(f"part-{part.name}"):
        workshop.log(part).unlink(missing_ok=True)
        if isinstance(part, DebianPart):
            replaced = install(part, workshop)
            if replaced:
                notes.append(f"Debian has {', '.join(replaced)}")
            return
        folder = workshop.place(part)
        if folder.exists():
            return
        with workshop.store.filling(folder) as draft:
            match part:
                case GoPart():
                    build_go(part, draft, workshop)
                case CPart():
                    build_c(part, draft, workshop)
                case ModuleFilesPart():
                    copy_module_files(part, draft, workshop)
                case ManifestsPart():
                    build_manifests(part, draft, workshop)
                case NpmPart():
                    fetch_npm(part, draft, workshop)
                case PypiPart():
                    fetch_pypi(part, draft, workshop)
                case MavenPart():
                    fetch_maven(part, draft, workshop)
                case _:
                    assert_never(part)


def _is_fetched(part: Part) -> bool:
    return isinstance(part, NpmPart | PypiPart | MavenPart | DebianPart)
