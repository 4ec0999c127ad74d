"""Zip files of Maven repositories, through the real functions by a `mvn` of a few lines of shell."""

from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path

import pytest

from platformctl.errors import StepFailed, Unreachable
from platformctl.local.toolchain import Lock, Toolchain
from platformctl.steps import Silent

LOCK = """
version: 1
workspaces: {{}}
parts:
  - name: java
    kind: debian
    build_only: true
    packages: {{}}
    binaries: {{mvn: {folder}/mvn}}
  - name: server
    kind: maven
    needs: [java]
    artifact: example.org:server:1.0:zip
    sha256: {sha256}
    plugin: example.org:fetcher:2.0
    binaries: {{server: server-1.0/bin/server}}
    folders: {{server-home: server-1.0}}
"""

# Writes down what it is asked, obeys the file "fail", and puts the archive where it is told to.
MVN = """#!/bin/sh
echo "$@" > {folder}/asked
if [ -e {folder}/fail ]; then cat {folder}/fail; exit 1; fi
for word; do
  case $word in -DoutputDirectory=*) output=${{word#*=}} ;; esac
done
mkdir -p "$output" && cp {folder}/server-1.0.zip "$output"
"""


class Bench:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        archive = folder / "server-1.0.zip"
        with zipfile.ZipFile(archive, "w") as file:
            program = zipfile.ZipInfo("server-1.0/bin/server")
            program.external_attr = 0o100755 << 16
            file.writestr(program, "#!/bin/sh\n")
        self.sha256 = hashlib.sha256(archive.read_bytes()).hexdigest()
        mvn = folder / "mvn"
        mvn.write_text(MVN.format(folder=folder))
        mvn.chmod(0o755)

    def toolchain(self, sha256: str | None = None) -> Toolchain:
        lock = self.folder / "parts.lock.yaml"
        lock.write_text(LOCK.format(folder=self.folder, sha256=sha256 or self.sha256))
        return Toolchain(self.folder / "cache", Lock.read(lock))


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_the_zip_file_is_unpacked_and_nothing_else_stays(bench: Bench) -> None:
    tools = bench.toolchain()
    assert tools.ensure(Silent()) == "0 built, 1 fetched"
    assert tools.binary("server").stat().st_mode & 0o111
    assert [path.name for path in tools.folder("server-home").parent.iterdir()] == ["server-1.0"]
    asked = (bench.folder / "asked").read_text().split()
    assert {"example.org:fetcher:2.0:copy", "-Dartifact=example.org:server:1.0:zip"} <= set(asked)
    assert any(word.startswith(f"-Dmaven.repo.local={bench.folder}/cache/") for word in asked)
    assert bench.toolchain().missing() == []


def test_another_file_than_the_locked_one_is_refused(bench: Bench) -> None:
    tools = bench.toolchain("a" * 64)
    with pytest.raises(
        StepFailed, match=f"server-1.0.zip is sha256:{bench.sha256}, the lock says aaa"
    ) as caught:
        tools.ensure(Silent())
    assert not isinstance(caught.value, Unreachable)
    assert [part.name for part in tools.missing()] == ["server"]


def test_a_repository_that_cannot_be_reached_is_told_in_mavens_words(bench: Bench) -> None:
    (bench.folder / "fail").write_text(
        "[ERROR] Plugin x could not be resolved: Connection refused\n"
        "[ERROR] \n[ERROR] [Help 1] http://example.org/PluginResolutionException\n"
    )
    with pytest.raises(Unreachable, match="Plugin x could not be resolved: Connection refused"):
        bench.toolchain().ensure(Silent())


def test_a_damaged_download_is_no_repository_that_is_away(bench: Bench) -> None:
    (bench.folder / "fail").write_text("[ERROR] Checksum validation failed, expected 1 but is 2\n")
    with pytest.raises(StepFailed, match="Checksum validation failed") as caught:
        bench.toolchain().ensure(Silent())
    assert not isinstance(caught.value, Unreachable)
