"""The Debian base image, made from the packages themselves by mmdebstrap."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from platformctl.errors import StepFailed, ToolMissing
from platformctl.local.children import ends_with_all_it_starts

SUITE = "bookworm"
# Otherwise apt takes `usrmerge` for the same, and Perl with it: 50 MB in every image.
INCLUDED = "usr-is-merged"
_MERGED = "/usr/share/mmdebstrap/hooks/merged-usr"
# What the production image leaves out as well.
_LEFT_OUT = ("/usr/share/man/*", "/usr/share/locale/*", "/usr/share/doc/*", "/usr/share/info/*")


def bootstrap(tar: Path, log: Path) -> None:
    """Write the root file system of a minimal Debian into a tar file; its folder is used for the work too.

    Raises:
        ToolMissing: mmdebstrap is not installed.
        StepFailed: it failed; its output is in the log.
    """
    if shutil.which("mmdebstrap") is None:
        raise ToolMissing(
            "mmdebstrap is not installed", fix="apt-get install --no-install-recommends mmdebstrap"
        )
    sources = _sources()
    command = [
        *ends_with_all_it_starts(),
        "mmdebstrap",
        "--variant=minbase",
        f"--include={INCLUDED}",
        f"--hook-dir={_MERGED}",
        "--dpkgopt=force-unsafe-io",
        *(f"--dpkgopt=path-exclude={pattern}" for pattern in _LEFT_OUT),
        SUITE,
        str(tar),
        *(["-"] if sources else []),
    ]
    with log.open("wb") as output:
        ended = subprocess.run(
            command,
            input=sources.encode(),
            # What a killed one leaves is found again there.
            env={**os.environ, "TMPDIR": str(tar.parent)},
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
        )
    if ended.returncode != 0:
        raise StepFailed("mmdebstrap could not make the Debian base image", log=log)


def _sources() -> str:
    """The Debian mirrors that this machine's apt uses, as sources.list lines; empty: mmdebstrap's own choice.

    Only lines of the wanted release count, so that a machine of another release still gets the right base.
    """
    if shutil.which("apt-get") is None:
        return ""
    shown = subprocess.run(
        [
            "apt-get",
            "indextargets",
            "--format",
            "$(RELEASE) $(REPO_URI) $(COMPONENT)",
            "Created-By: Packages",
            "Origin: Debian",
        ],
        capture_output=True,
        text=True,
        check=False,
    ).stdout
    lines = dict.fromkeys(
        f"deb {uri} {release} {component}\n"
        for release, uri, component in (line.split() for line in shown.splitlines())
        if release in (SUITE, f"{SUITE}-updates", f"{SUITE}-security") and component == "main"
    )
    return "".join(lines)
