"""Which Go builds the parts: this machine's own where it is of the series that they were tried with."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from platformctl.local.toolchain.lock import Lock, PypiPart

GO = "go"  # the part, and the program that it provides

# Without it Go would fetch and be the version that a go.mod above the current folder asks for.
_AS_IT_IS = {"GOTOOLCHAIN": "local"}


@dataclass(frozen=True)
class Go:
    """A Go distribution.

    Attributes:
        program: absolute path of ``go``.
        version: such as ``(1, 26, 8)``.
        environment: what it has to be started with.
    """

    program: Path
    version: tuple[int, int, int]
    environment: Mapping[str, str] = field(default_factory=dict)

    def suits(self, lock: Lock) -> bool:
        """Whether it builds the parts of a lock.

        Any patch from the one that the go.mod files ask for; not the next minor version, whose standard
        library may break modules that lean on its insides.
        """
        oldest = oldest_version(lock)
        return self.version[:2] == oldest[:2] and self.version >= oldest

    def __str__(self) -> str:
        return f"{'.'.join(map(str, self.version))} at {self.program}"


def oldest_version(lock: Lock) -> tuple[int, int, int]:
    """The newest version that a workspace's go.mod asks for."""
    directives = (
        re.search(r"^go (\d+)\.(\d+)(?:\.(\d+))?$", path.read_text(), re.MULTILINE)
        for path in lock.go.glob("*/go.mod")
    )
    return max((_numbers(found) for found in directives if found), default=(0, 0, 0))


def on_path() -> Go | None:
    """The Go of this machine; None where it has none, or one that is no release."""
    program = shutil.which("go")
    if program is None:
        return None
    said = subprocess.run([program, "version"], capture_output=True, text=True, env=os.environ | _AS_IT_IS)
    found = re.search(r" go(\d+)\.(\d+)\.(\d+) ", said.stdout)
    return Go(Path(program).absolute(), _numbers(found)) if found else None


def of_machine(lock: Lock) -> Go | None:
    """The Go of this machine, where it suits."""
    go = on_path()
    return go if go and go.suits(lock) else None


def pinned(lock: Lock) -> PypiPart:
    """The part with the Go that is fetched where the machine's own does not suit."""
    part = lock.provider(GO)
    assert isinstance(part, PypiPart)
    return part


def fetched(lock: Lock, program: Path) -> Go:
    """The Go of that part, once it is there."""
    found = re.fullmatch(r"(\d+)\.(\d+)\.(\d+)", pinned(lock).wheels[0].version)
    assert found
    # A GOROOT that the user has set belongs to another Go.
    return Go(program, _numbers(found), {"GOROOT": str(program.parent.parent)})


def _numbers(found: re.Match[str]) -> tuple[int, int, int]:
    major, minor, patch = (int(number or 0) for number in found.groups())
    return major, minor, patch
