"""Image layers made of files: the same files always give the same bytes."""

from __future__ import annotations

import hashlib
import io
import tarfile
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

import zstandard

from platformctl.local.digest import file_digest
from platformctl.local.images.digests import DigestOf

# containerd (1.5 and newer) and buildah read zstd. Level 1 is as small as gzip's level 1 at a fifth of the
# time, and the node unpacks it several times faster, which is on the way to every first start of a pod.
MEDIA_TYPE = "application/vnd.oci.image.layer.v1.tar+zstd"
_LEVEL = 1


@dataclass(frozen=True)
class File:
    """A file in an image.

    Attributes:
        target: where it goes.
        source: a path on this machine, or the content itself.
        mode: permission bits.
        owner: numeric user and group.
        capabilities: file capabilities as the kernel keeps them (``struct vfs_cap_data``), empty for none.
    """

    target: str
    source: Path | bytes
    mode: int = 0o644
    owner: int = 0
    capabilities: bytes = b""


@dataclass(frozen=True)
class Folder:
    """An empty folder in an image."""

    target: str
    mode: int = 0o755
    owner: int = 0


@dataclass(frozen=True)
class Link:
    """A symbolic link in an image."""

    target: str
    to: str


Entry = File | Folder | Link


def tree(source: Path, target: str, owner: int = 0) -> list[Entry]:
    """All files below a folder, under another path, with their executable bits and links."""
    entries: list[Entry] = []
    for path in sorted(source.rglob("*")):
        place = f"{target}/{path.relative_to(source).as_posix()}"
        if path.is_symlink():
            entries.append(Link(place, str(path.readlink())))
        elif path.is_dir():
            entries.append(Folder(place, owner=owner))
        else:
            mode = 0o755 if path.stat().st_mode & 0o111 else 0o644
            entries.append(File(place, path, mode, owner))
    return entries


@dataclass(frozen=True)
class Layer:
    """A packed layer, valid while the block that packed it runs.

    Attributes:
        content: the compressed tar.
        digest: of the compressed tar, what the registry calls the blob.
        diff_id: of the plain tar, what the image's configuration calls the layer.
        size: of the compressed tar in bytes.
    """

    content: BinaryIO
    digest: str
    diff_id: str
    size: int


@contextmanager
def packed(entries: Iterable[Entry], scratch: Path | None = None) -> Iterator[Layer]:
    """Pack files into a layer that lies in a temporary file, in that folder or where the system has such."""
    with _sink(scratch) as sink:
        with tarfile.open(fileobj=cast(BinaryIO, sink), mode="w|", format=tarfile.PAX_FORMAT) as tar:
            _add(tar, entries)
        yield sink.finish()


@contextmanager
def repacked(tar: Path) -> Iterator[Layer]:
    """Use a plain tar file as a layer, which lies beside it in a temporary file."""
    with _sink(tar.parent) as sink:
        with tar.open("rb") as source:
            while chunk := source.read(1 << 20):
                sink.write(chunk)
        yield sink.finish()


def fingerprint(entries: Iterable[Entry], digest_of: DigestOf = file_digest) -> str:
    """What the layer would be made of, as a digest, without packing it."""
    total = hashlib.sha256()
    for entry in sorted(entries, key=lambda one: one.target):
        total.update(_describe(entry, digest_of).encode() + b"\0")
    return total.hexdigest()


def _describe(entry: Entry, digest_of: DigestOf) -> str:
    match entry:
        case File(target, source, mode, owner, capabilities):
            digest = digest_of(source) if isinstance(source, Path) else hashlib.sha256(source).hexdigest()
            return f"file {target} {mode:o} {owner} {capabilities.hex()} {digest}"
        case Folder(target, mode, owner):
            return f"folder {target} {mode:o} {owner}"
        case Link(target, to):
            return f"link {target} {to}"


def _add(tar: tarfile.TarFile, entries: Iterable[Entry]) -> None:
    """Write the entries in the order of their paths, parents first, without times and names of owners."""
    named = {entry.target.strip("/"): entry for entry in entries}
    for target in list(named):
        for parent in Path(target).parents:
            if str(parent) != ".":
                named.setdefault(str(parent), Folder(str(parent)))
    for target, entry in sorted(named.items()):
        member = tarfile.TarInfo(target)
        match entry:
            case Link(to=to):
                member.type, member.linkname, member.mode = tarfile.SYMTYPE, to, 0o777
                tar.addfile(member)
            case Folder(mode=mode, owner=owner):
                member.type, member.mode, member.uid, member.gid = tarfile.DIRTYPE, mode, owner, owner
                tar.addfile(member)
            case File(source=source, mode=mode, owner=owner, capabilities=capabilities):
                member.mode, member.uid, member.gid = mode, owner, owner
                if capabilities:
                    member.pax_headers = {"SCHILY.xattr.security.capability": capabilities.decode()}
                with _open(source) as content:
                    member.size = content.seek(0, io.SEEK_END)
                    content.seek(0)
                    tar.addfile(member, content)


def _open(source: Path | bytes) -> io.BytesIO | io.BufferedReader:
    return io.BytesIO(source) if isinstance(source, bytes) else source.open("rb")


class _Sink:
    """Takes a plain tar, keeps it compressed, and knows both digests at the end."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._plain = hashlib.sha256()
        self._compressed = hashlib.sha256()
        self._compressor = zstandard.ZstdCompressor(level=_LEVEL).compressobj()

    def write(self, chunk: bytes) -> int:
        self._plain.update(chunk)
        self._keep(self._compressor.compress(chunk))
        return len(chunk)

    def finish(self) -> Layer:
        self._keep(self._compressor.flush())
        size = self._file.tell()
        self._file.seek(0)
        return Layer(
            content=self._file,
            digest=f"sha256:{self._compressed.hexdigest()}",
            diff_id=f"sha256:{self._plain.hexdigest()}",
            size=size,
        )

    def _keep(self, part: bytes) -> None:
        self._compressed.update(part)
        self._file.write(part)


@contextmanager
def _sink(folder: Path | None) -> Iterator[_Sink]:
    with tempfile.TemporaryFile(dir=folder) as file:
        yield _Sink(cast(BinaryIO, file))
