"""Images of one layer that is put together here, on a base or on nothing."""

from __future__ import annotations

import json
import platform
import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from platformctl.errors import StepFailed
from platformctl.local.digest import file_digest
from platformctl.local.images import debian
from platformctl.local.images.digests import DigestOf
from platformctl.local.images.distribution import Distribution, sha256
from platformctl.local.images.finish import put_image
from platformctl.local.images.image import Runtime, Workshop
from platformctl.local.images.layer import MEDIA_TYPE, Entry, File, Layer, fingerprint, packed, repacked
from platformctl.local.images.name import ImageName

_ARCHITECTURE = {"x86_64": "amd64", "aarch64": "arm64"}
_EPOCH = "1970-01-01T00:00:00Z"


@dataclass(frozen=True)
class Packed:
    """Files on a base, or on nothing.

    Attributes:
        files: called late, because it may ask for tools that are not built yet.
        runtime: the image's defaults.
        base: None: on nothing.
        made_of: the toolchain's programs and folders that the files come from.
    """

    files: Callable[[], list[Entry]]
    runtime: Runtime
    base: ImageName | None = None
    made_of: frozenset[str] = frozenset()

    def bases(self) -> set[ImageName]:
        return {self.base} if self.base else set()

    def tools(self) -> set[str]:
        return set(self.made_of)

    def inputs(self, digest_of: DigestOf = file_digest) -> str:
        return sha256(f"{fingerprint(self.files(), digest_of)} {self.runtime.config()}".encode())

    def make(self, name: ImageName, workshop: Workshop) -> None:
        files = self.files()
        if self.base is None:
            for entry in files:
                if isinstance(entry, File) and isinstance(entry.source, Path) and is_dynamic(entry.source):
                    raise StepFailed(f"{entry.source} needs a C library, and {name} has no base that has one")
        # Not in /tmp, which may lie in memory: a layer can have hundreds of megabytes.
        workshop.scratch.mkdir(parents=True, exist_ok=True)
        with packed(files, workshop.scratch) as layer:
            _push(workshop.registry, name, layer, self.runtime, self.base)


@dataclass(frozen=True)
class DebianBase:
    """A minimal Debian from its packages. Made once: newer packages alone do not make it anew."""

    def bases(self) -> set[ImageName]:
        return set()

    def tools(self) -> set[str]:
        return {"mmdebstrap"}

    def inputs(self, digest_of: DigestOf = file_digest) -> str:  # noqa: ARG002
        return sha256(f"{debian.SUITE} {debian.INCLUDED}".encode())

    def make(self, name: ImageName, workshop: Workshop) -> None:
        workshop.scratch.mkdir(parents=True, exist_ok=True)
        tar = workshop.scratch / "debian.tar"
        try:
            debian.bootstrap(tar, workshop.logs / "debian.log")
            path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
            with repacked(tar) as layer:
                runtime = Runtime(command=("bash",), environment={"PATH": path})
                _push(workshop.registry, name, layer, runtime, None)
        finally:
            tar.unlink(missing_ok=True)


def is_dynamic(binary: Path) -> bool:
    """Whether an ELF program needs a loader, and with it a C library, in its image."""
    with binary.open("rb") as content:
        header = content.read(64)
        if header[:4] != b"\x7fELF":
            return False
        # The 64-bit header: e_phoff at 32, e_phentsize and e_phnum at 54; p_type 3 is PT_INTERP.
        offset = struct.unpack_from("<Q", header, 32)[0]
        size, count = struct.unpack_from("<HH", header, 54)
        content.seek(offset)
        table = content.read(size * count)
    loader = 3
    return any(struct.unpack_from("<I", table, size * row)[0] == loader for row in range(count))


def _push(
    registry: Distribution, name: ImageName, layer: Layer, runtime: Runtime, base: ImageName | None
) -> None:
    """Push an image of one new layer, on the layers of its base."""
    layers: list[dict[str, Any]] = []
    diff_ids: list[str] = []
    config = runtime.config()
    if base is not None:
        manifest = registry.manifest(base.repository, base.tag).json()
        below = json.loads(registry.blob(base.repository, manifest["config"]["digest"]))
        layers, diff_ids = list(manifest["layers"]), list(below["rootfs"]["diff_ids"])
        own = {entry.partition("=")[0] for entry in config.get("Env", [])}
        inherited = [e for e in below["config"].get("Env", []) if e.partition("=")[0] not in own]
        config = {**config, "Env": inherited + config.get("Env", [])}
        for one in layers:
            registry.mount_blob(name.repository, one["digest"], base.repository)
    registry.put_blob(name.repository, layer.content, layer.digest, layer.size)
    layers.append({"mediaType": MEDIA_TYPE, "digest": layer.digest, "size": layer.size})
    diff_ids.append(layer.diff_id)
    written = {
        "architecture": _ARCHITECTURE[platform.machine()],
        "os": "linux",
        "created": _EPOCH,
        "config": config,
        "rootfs": {"type": "layers", "diff_ids": diff_ids},
        "history": [{"created": _EPOCH, "created_by": "platformctl"} for _ in layers],
    }
    put_image(registry, name, written, layers)
