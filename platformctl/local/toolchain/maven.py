"""Fetches artifacts of Maven repositories that are zip files of programs."""

from __future__ import annotations

import shutil
from pathlib import Path

from platformctl.errors import StepFailed
from platformctl.local.digest import file_digest
from platformctl.local.toolchain.archives import unzip
from platformctl.local.toolchain.fetching import fetching
from platformctl.local.toolchain.lock import MavenPart
from platformctl.local.toolchain.workshop import Workshop

# Maven's own are a minute to connect, half an hour for an answer, and 3 more attempts: a repository that is
# blocked would look like a slow one.
_FAIL_FAST = (
    "-Dmaven.wagon.http.connectionTimeout=20000",
    "-Dmaven.wagon.rto=20000",
    "-Dmaven.wagon.http.retryHandler.count=1",
)


def fetch_maven(part: MavenPart, into: Path, workshop: Workshop) -> None:
    """Unpack the zip file; nothing of it is run. The plugin that fetches it goes with its store."""
    download = into / "download"
    download.mkdir()
    with fetching():
        workshop.processes.run(
            [
                workshop.binary("mvn"),
                "--batch-mode",
                "--quiet",
                "--strict-checksums",
                *_FAIL_FAST,
                f"-Dmaven.repo.local={download / 'store'}",
                f"{part.plugin}:copy",
                f"-Dartifact={part.artifact}",
                f"-DoutputDirectory={download / 'copied'}",
            ],
            cwd=download,
            log=workshop.log(part),
            what=f"fetching {part.artifact}",
            fix="run it again; if it fails again, see that Maven's repository can be reached",
        )
    (archive,) = (download / "copied").iterdir()
    found = file_digest(archive)
    if found != part.sha256:
        raise StepFailed(
            f"{archive.name} is sha256:{found}, the lock says {part.sha256}", fix="do not use it"
        )
    unzip(archive, into)
    shutil.rmtree(download)
