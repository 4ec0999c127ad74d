"""What the images of the catalogue have in common: how they are made of programs and of Containerfiles."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from platformctl.local.images import machine
from platformctl.local.images.containerfile import Built
from platformctl.local.images.image import Image, Runtime
from platformctl.local.images.layer import Entry, File, Folder
from platformctl.local.images.name import ImageName
from platformctl.local.images.packed import Packed

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
DEBIAN = ImageName.parse("docker.io/library/debian:bookworm-slim")
_CONTAINERFILES = Path(__file__).parents[1] / "containerfiles"


class Binaries(Protocol):
    """The part of the toolchain that images are made of."""

    def binary(self, name: str) -> Path:
        """A program; ToolMissing while it is not built."""

    def folder(self, name: str) -> Path:
        """A folder of files; ToolMissing while it is not there."""


def program(
    toolchain: Binaries,
    name: str,
    tool: str,
    target: str,
    runtime: Runtime,
    *,
    base: ImageName | None = None,
    capabilities: bytes = b"",
) -> Image:
    """One program, the machine's certificate authorities and a /tmp."""

    def files() -> list[Entry]:
        binary = File(target, toolchain.binary(tool), 0o755, capabilities=capabilities)
        bundle = machine.authorities()
        trusted = [File("/etc/ssl/certs/ca-certificates.crt", bundle)] if bundle else []
        return [binary, *trusted, Folder("/tmp", 0o1777)]

    return Image(ImageName.parse(name), Packed(files, runtime, base, frozenset({tool})))


def containerfile(name: str, folder: str) -> Image:
    """An image from the Containerfile in that folder of ``containerfiles/``."""
    context = _CONTAINERFILES / folder
    return Image(ImageName.parse(name), Built(context, context / "Containerfile"))
