"""A toolchain of tiny parts, built through the real functions by a `go` of a few lines of shell."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

LOCK = """
version: 1
workspaces:
  tools: {}
parts:
  - name: first
    kind: go
    workspace: tools
    module: example.com/first
    version: v1.0.0
    digest: "h1:first="
    package: example.com/first
    binaries: {first: bin/first}
  - name: second
    kind: go
    needs: [first]
    workspace: tools
    module: example.com/second
    version: v1.0.0
    digest: "h1:second="
    package: example.com/second
    binaries: {second: bin/second}
  - name: third
    kind: go
    workspace: tools
    module: example.com/third
    version: v1.0.0
    digest: "h1:third="
    package: example.com/third
    binaries: {third: bin/third}
"""

# Says that it is a Go of the series that bench's go.mod asks for.
# Writes one line for each build, so that a test can count them; obeys the file "fail" or "hang" of that name.
GO = """#!/bin/sh
[ "$1" = version ] && echo "go version go1.26.8 linux/amd64"
[ "$1" = list ] && touch "{folder}/listed"
[ "$1" = build ] || exit 0
for word; do
  [ "$previous" = -o ] && output=$word
  previous=$word
done
name=$(basename "$output")
echo "$name" >> "{folder}/built"
if [ -e "{folder}/fail-$name" ]; then cat "{folder}/fail-$name" >&2; exit 1; fi
if [ -e "{folder}/hang-$name" ]; then echo half > "$output"; echo $$ > "{folder}/pid"; exec sleep 60; fi
mkdir -p "$(dirname "$output")"
echo "$GOFLAGS $GOROOT" > "$output"
"""


class Bench:
    """A lock file, a cache, and a `go` that can be told to fail or to hang."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.lock = folder / "parts.lock.yaml"
        self.cache = folder / "cache"
        self.lock.write_text(LOCK)
        (folder / "go" / "tools").mkdir(parents=True)
        (folder / "go" / "tools" / "go.mod").write_text("module example.com/tools\n\ngo 1.26.4\n")

    @property
    def built(self) -> list[str]:
        """The names of all builds that were started, in order."""
        path = self.folder / "built"
        return path.read_text().split() if path.exists() else []

    def fail(self, name: str, output: str) -> None:
        (self.folder / f"fail-{name}").write_text(output)

    def hang(self, name: str) -> Callable[[], None]:
        """Let builds of this name hang until the returned function is called."""
        path = self.folder / f"hang-{name}"
        path.touch()
        return path.unlink


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    go = tmp_path / "path" / "go"
    go.parent.mkdir()
    go.write_text(GO.replace("{folder}", str(tmp_path)))
    go.chmod(0o755)
    monkeypatch.setenv("PATH", f"{go.parent}:/usr/bin:/bin")
    return Bench(tmp_path)
