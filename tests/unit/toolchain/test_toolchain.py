import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import namedtuple
from pathlib import Path

import pytest

from platformctl.errors import StepFailed, ToolMissing
from platformctl.local.toolchain import Lock, Toolchain
from platformctl.local.toolchain.process import Processes
from platformctl.steps import Silent
from tests.unit.toolchain.conftest import LOCK, Bench


def toolchain(bench: Bench) -> Toolchain:
    return Toolchain(bench.cache, Lock.read(bench.lock))


def names(parts: list) -> list[str]:
    return [part.name for part in parts]


class Recorder(Silent):
    """Keeps what a task was told."""

    def __init__(self) -> None:
        self.updates: list[tuple[float, float, str]] = []

    def update(self, *, completed=None, total=None, detail=None) -> None:
        self.updates.append((completed, total, detail))


def test_a_second_start_builds_nothing(bench: Bench) -> None:
    tools = toolchain(bench)
    assert names(tools.missing()) == ["first", "second", "third"]
    assert tools.ensure(Silent()) == "3 built, 0 fetched"
    assert bench.built == ["first", "second", "third"]
    assert tools.binary("second").is_file()

    again = toolchain(bench)
    assert again.missing() == []
    assert again.ensure(Silent()) == "all there"
    assert bench.built == ["first", "second", "third"]


def test_versions_cannot_float_whatever_the_user_has_set(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOFLAGS", "-mod=mod")
    tools = toolchain(bench)
    tools.ensure(Silent(), ["first"])
    assert "-mod=readonly" in tools.binary("first").read_text()


def test_a_subset_is_built_alone(bench: Bench) -> None:
    tools = toolchain(bench)
    tools.ensure(Silent(), ["second"])
    assert bench.built == ["first", "second"]
    assert names(tools.missing()) == ["third"]
    assert tools.missing(["second"]) == []


def test_a_changed_entry_is_built_anew_and_the_rest_kept(bench: Bench) -> None:
    toolchain(bench).ensure(Silent())
    bench.lock.write_text(LOCK.replace("third\n    version: v1.0.0", "third\n    version: v2.0.0"))
    assert names(toolchain(bench).missing()) == ["third"]


def test_a_failure_says_the_cause_and_the_log_and_keeps_what_is_complete(bench: Bench) -> None:
    bench.fail(
        "second",
        "go: downloading x v1\n# second\nmain.go:3:2: undefined: x\nmain.go:9:9: too many errors\n",
    )
    tools = toolchain(bench)
    with pytest.raises(StepFailed) as caught:
        tools.ensure(Silent())
    assert caught.value.message == "building second v1.0.0 failed: main.go:3:2: undefined: x"
    assert caught.value.fix
    assert caught.value.log == bench.cache / "logs" / "second.log"
    assert "too many errors" in caught.value.log.read_text()
    assert "first" not in names(tools.missing())

    (bench.folder / "fail-second").unlink()
    tools.ensure(Silent())
    assert tools.missing() == []
    assert bench.built.count("first") == 1


def test_an_interrupted_build_goes_on_where_it_stopped(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    release = bench.hang("second")
    tools = toolchain(bench)

    def interrupt() -> None:
        while not (bench.folder / "pid").exists():
            time.sleep(0.01)
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=interrupt, daemon=True).start()
    with pytest.raises(KeyboardInterrupt):
        tools.ensure(Silent())

    with pytest.raises(ProcessLookupError):
        os.kill(int((bench.folder / "pid").read_text()), 0)
    assert names(tools.missing()) == ["second", "third"], "half a file is not a part"
    release()
    tools.ensure(Silent())
    assert tools.missing() == []
    assert bench.built == ["first", "second", "second", "third"]


def test_two_at_once_build_each_part_once(bench: Bench) -> None:
    threads = [threading.Thread(target=toolchain(bench).ensure, args=(Silent(),)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(bench.built) == ["first", "second", "third"]
    assert toolchain(bench).missing() == []


def test_progress_names_the_part_and_ends_full(bench: Bench) -> None:
    record = Recorder()
    toolchain(bench).ensure(record)
    assert record.updates[-1] == (15, 15, "3/3")
    assert {detail for _, _, detail in record.updates} <= {"3/3"} | {
        f"{name}{count}/3" for name in ("", "first ", "second ", "third ") for count in range(4)
    }


def test_what_is_not_there_is_named(bench: Bench) -> None:
    tools = toolchain(bench)
    with pytest.raises(ToolMissing, match="first is not built"):
        tools.binary("first")
    with pytest.raises(ToolMissing, match="no part of the toolchain provides nothing"):
        tools.binary("nothing")


def test_a_full_disk_is_told_before_anything_starts(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(10**11, 10**11, 3 * 10**9))
    with pytest.raises(StepFailed, match=r"disk: 3\.0 GB free under .*, 21 GB needed"):
        toolchain(bench).ensure(Silent())
    assert not bench.cache.exists()


def test_a_killed_run_leaves_no_compiler_behind(bench: Bench) -> None:
    bench.hang("first")
    program = (
        "import sys; from pathlib import Path; from platformctl.local.toolchain import Lock, Toolchain;"
        "from platformctl.steps import Silent;"
        "Toolchain(Path(sys.argv[2]), Lock.read(Path(sys.argv[1]))).ensure(Silent())"
    )
    run = subprocess.Popen([sys.executable, "-c", program, bench.lock, bench.cache])
    pid = bench.folder / "pid"
    while not (pid.exists() and pid.read_text()):
        assert run.poll() is None
        time.sleep(0.01)
    run.kill()
    run.wait()
    state = Path("/proc") / pid.read_text().strip() / "stat"
    for _ in range(500):
        if not state.exists() or ") Z " in state.read_text():
            return
        time.sleep(0.01)
    pytest.fail("the compiler still runs")


def test_a_program_that_is_absent_is_named(tmp_path: Path) -> None:
    with pytest.raises(ToolMissing, match="packing needs no-such-program"):
        Processes().run(["no-such-program"], log=tmp_path / "log", cwd=tmp_path, what="packing")
