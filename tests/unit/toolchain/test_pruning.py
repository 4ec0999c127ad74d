"""What earlier locks left in the cache goes, what anybody may still use stays."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from platformctl.errors import StepFailed
from platformctl.local.disk import SECONDS_KEPT_UNUSED
from platformctl.local.toolchain import Lock, Toolchain
from platformctl.local.toolchain.store import Store
from platformctl.steps import Silent
from tests.unit.toolchain.conftest import LOCK, Bench

OTHER_LOCK = LOCK.replace("third\n    version: v1.0.0", "third\n    version: v2.0.0")


def toolchain(bench: Bench, lock: str = LOCK) -> Toolchain:
    bench.lock.write_text(lock)
    return Toolchain(bench.cache, Lock.read(bench.lock))


def age(*folders: Path, seconds: float = SECONDS_KEPT_UNUSED + 60) -> None:
    """Let folders look as if they were used that long ago."""
    for folder in folders:
        os.utime(folder, (time.time() - seconds,) * 2)


@pytest.fixture
def old(bench: Bench) -> Path:
    """What another lock has built for `third`, and nobody has used for more than 30 days."""
    other = toolchain(bench, OTHER_LOCK)
    other.ensure(Silent())
    folder = other.binary("third").parent.parent
    age(folder)
    return folder


def test_what_no_lock_used_for_long_is_removed_and_told(bench: Bench, old: Path) -> None:
    assert toolchain(bench).ensure(Silent()) == "1 built, 0 fetched; 1 unused removed"
    assert not old.exists()
    assert toolchain(bench).ensure(Silent()) == "all there"
    assert toolchain(bench).missing() == []


def test_what_another_checkout_used_lately_stays(bench: Bench, old: Path) -> None:
    age(old, seconds=SECONDS_KEPT_UNUSED - 60)
    assert "removed" not in toolchain(bench).ensure(Silent())
    assert old.exists()


@pytest.mark.parametrize(
    "use",
    [
        lambda tools: tools.ensure(Silent()),
        lambda tools: tools.binary("third"),
    ],
    ids=["ensure", "binary"],
)
def test_every_use_counts(bench: Bench, old: Path, use: Callable[[Toolchain], object]) -> None:
    use(toolchain(bench, OTHER_LOCK))
    toolchain(bench).ensure(Silent())
    assert old.exists()


def test_what_this_lock_names_stays_however_old_it_is(bench: Bench) -> None:
    tools = toolchain(bench)
    tools.ensure(Silent())
    folders = [tools.binary(name).parent.parent for name in ("first", "second", "third")]
    age(*folders, *(bench.cache / "workspaces").iterdir())
    assert tools.ensure(Silent(), ["first"]) == "all there"
    assert all(folder.exists() for folder in folders)
    assert len(list((bench.cache / "workspaces").iterdir())) == 1


def test_workspaces_and_what_interruptions_left_go_as_well(bench: Bench) -> None:
    tools = toolchain(bench)
    tools.ensure(Silent())
    left = [
        bench.cache / "workspaces" / "tools-0123456789ab",
        bench.cache / "workspaces" / ".tools-0123456789ab.part",
        bench.cache / "parts" / "first" / ".0123456789ab.part",
        bench.cache / "parts" / "renamed" / "0123456789ab",
    ]
    for folder in left:
        (folder / "deep").mkdir(parents=True)
    age(*left)
    assert tools.ensure(Silent()) == "all there; 4 unused removed"
    assert not any(folder.exists() for folder in left)


def test_what_another_process_works_on_is_left_to_the_next_time(bench: Bench, old: Path) -> None:
    tools = toolchain(bench)
    with Store(bench.cache).held("part-third", lambda _: None):
        assert tools.ensure(Silent(), ["first"]) == "all there"
        assert old.exists()
    assert tools.ensure(Silent(), ["first"]) == "all there; 1 unused removed"


def test_a_workspace_is_held_by_its_own_name(bench: Bench) -> None:
    tools = toolchain(bench)
    tools.ensure(Silent())
    old = bench.cache / "workspaces" / "metrics-server-0123456789ab"
    old.mkdir()
    age(old)
    with Store(bench.cache).held("workspace-metrics-server", lambda _: None):
        assert tools.ensure(Silent()) == "all there"
    assert tools.ensure(Silent()) == "all there; 1 unused removed"


def test_a_build_uses_its_workspace(bench: Bench) -> None:
    toolchain(bench).ensure(Silent(), ["first"])
    (workspace,) = (bench.cache / "workspaces").iterdir()
    age(workspace)
    toolchain(bench).ensure(Silent(), ["third"])
    assert workspace.stat().st_mtime > time.time() - SECONDS_KEPT_UNUSED


def test_a_program_that_runs_keeps_its_part(bench: Bench, old: Path) -> None:
    program = old / "bin" / "sleeper"
    shutil.copy("/bin/sleep", program)
    age(old)
    with subprocess.Popen([program, "60"]) as process:
        toolchain(bench).ensure(Silent())
        assert old.exists()
        process.kill()
    toolchain(bench).ensure(Silent())
    assert not old.exists()


def test_after_a_failure_nothing_is_removed(bench: Bench, old: Path) -> None:
    bench.fail("third", "main.go:1:1: no")
    with pytest.raises(StepFailed):
        toolchain(bench).ensure(Silent())
    assert old.exists()
