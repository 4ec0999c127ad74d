"""Unpacks what packages ship, and checks it first."""

from __future__ import annotations

import base64
import hashlib
import subprocess
import zipfile
from pathlib import Path

from platformctl.errors import StepFailed


def check_integrity(path: Path, integrity: str) -> None:
    """Compare a file with npm's form of a digest, ``sha512-<base64>``.

    Raises:
        StepFailed: it is another file.
    """
    with path.open("rb") as file:
        found = "sha512-" + base64.b64encode(hashlib.file_digest(file, "sha512").digest()).decode()
    if found != integrity:
        raise StepFailed(f"{path.name} is {found}, the lock says {integrity}", fix="do not use it")


def unzip(archive: Path, into: Path) -> None:
    """Unpack a zip file or wheel; executables stay executable, which zipfile alone forgets."""
    with zipfile.ZipFile(archive) as file:
        for entry in file.infolist():
            path = Path(file.extract(entry, into))
            mode = entry.external_attr >> 16
            if mode & 0o111 and path.is_file():
                path.chmod(0o755)


def untar(archive: Path, into: Path) -> None:
    """Unpack a compressed tar file, nothing outside its folder.

    Raises:
        StepFailed: it cannot be unpacked.
    """
    # tarfile's own safe way is younger than Debian 12's Python. tar refuses to leave its folder.
    command = ["tar", "--extract", "--no-same-owner", "--file", str(archive), "--directory", str(into)]
    ended = subprocess.run(command, capture_output=True, text=True)
    if ended.returncode != 0:
        raise StepFailed(f"{archive.name} cannot be unpacked: {ended.stderr.strip()}")
