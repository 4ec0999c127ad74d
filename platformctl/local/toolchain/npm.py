"""Fetches packages of npm that carry programs."""

from __future__ import annotations

from pathlib import Path

from platformctl.errors import StepFailed
from platformctl.local.toolchain.archives import check_integrity, untar, unzip
from platformctl.local.toolchain.fetching import fetching
from platformctl.local.toolchain.lock import NpmPart
from platformctl.local.toolchain.workshop import Workshop

# npm's own are 10 and 60 s between attempts, and 5 minutes for an answer: a registry that is blocked would
# look like a slow one.
_FAIL_FAST = (
    "--fetch-retries=1",
    "--fetch-retry-mintimeout=1000",
    "--fetch-retry-maxtimeout=2000",
    "--fetch-timeout=20000",
)
_NPM = "lib/node_modules/npm/bin/npm-cli.js"


def fetch_npm(part: NpmPart, into: Path, workshop: Workshop) -> None:
    """Unpack the package, and the zip file inside it; none of its scripts is run."""
    download = into / "download"
    download.mkdir()
    wanted = f"{part.package}@{part.version}"
    with fetching():
        workshop.processes.run(
            [
                workshop.binary("node"),
                workshop.folder("node-home") / _NPM,
                "pack",
                "--ignore-scripts",
                *_FAIL_FAST,
                wanted,
            ],
            cwd=download,
            log=workshop.log(part),
            what=f"fetching {wanted}",
            fix="run it again; if it fails again, see that npm's registry can be reached",
        )
    (archive,) = download.glob("*.tgz")
    check_integrity(archive, part.integrity)
    untar(archive, into)
    archive.unlink()
    download.rmdir()
    if part.archive:
        inner = into / part.archive
        if not inner.exists():
            raise StepFailed(f"{wanted} holds no {part.archive}", log=workshop.log(part))
        unzip(inner, into)
        inner.unlink()
