"""Ollama's models folder: which blobs a model needs, and whether each is what its name says.

Ollama does not hash a blob again once it is there, and a new pull skips it: only the file's hash proves it.
"""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ollama_models.wanted import ModelName

CHUNK = 4 * 1024 * 1024
SECONDS_BETWEEN_REPORTS = 0.5

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}", re.ASCII)


@dataclass(frozen=True)
class Blob:
    """A file of a model, as its manifest names it."""

    digest: str
    size: int


@dataclass(frozen=True)
class Manifest:
    """A model's manifest: the digest of its own bytes, and the blobs that it needs."""

    digest: str
    blobs: tuple[Blob, ...]

    @property
    def size(self) -> int:
        """Bytes of all blobs."""
        return sum(blob.size for blob in self.blobs)


class Damaged(Exception):
    """A manifest that cannot be read."""


class Volume:
    """The folder that ``OLLAMA_MODELS`` names."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def manifest(self, name: ModelName) -> Manifest | None:
        """A model's manifest, or None when there is none; raises Damaged when it cannot be read."""
        try:
            content = self._manifest_path(name).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise Damaged(f"its manifest cannot be read: {error}") from error
        try:
            parsed = json.loads(content)
            layers = [*parsed["layers"], *([parsed["config"]] if parsed.get("config") else [])]
            # Two layers may be the same file.
            blobs = tuple(dict.fromkeys(Blob(_digest(one["digest"]), int(one["size"])) for one in layers))
        except (ValueError, KeyError, TypeError) as error:
            raise Damaged(f"its manifest is damaged: {error}") from error
        return Manifest(f"sha256:{hashlib.sha256(content).hexdigest()}", blobs)

    def _manifest_path(self, name: ModelName) -> Path:
        return self._folder / "manifests" / name.host / name.namespace / name.model / name.tag

    def verify(self, name: ModelName, *, deep: bool) -> Iterator[dict[str, Any]]:
        """Check a model's blobs and tell about each.

        Gives objects with ``model`` and, in this order: one with ``manifest``, ``blobs`` (how many) and
        ``bytes``; for each blob any number with ``blob``, ``completed`` and ``total`` (only when deep), and
        one with ``blob``, ``ok`` and, if not ok, ``reason``; at the end one with ``done`` and ``ok``.
        """
        model = str(name)
        try:
            manifest = self.manifest(name)
            if manifest is None:
                raise Damaged("it has no manifest on the volume")
        except Damaged as error:
            yield {"model": model, "done": True, "ok": False, "reason": str(error)}
            return
        yield {
            "model": model,
            "manifest": manifest.digest,
            "blobs": len(manifest.blobs),
            "bytes": manifest.size,
        }
        well = True
        for blob in manifest.blobs:
            reason = yield from self._check(model, blob, deep)
            well = well and reason is None
            result = {"model": model, "blob": blob.digest, "ok": reason is None}
            yield result | ({"reason": reason} if reason else {})
        yield {"model": model, "done": True, "ok": well}

    def _check(self, model: str, blob: Blob, deep: bool) -> Generator[dict[str, Any], None, str | None]:
        """Why a blob is not what its name says, as the generator's value; None when it is."""
        path = self._folder / "blobs" / blob.digest.replace(":", "-")
        try:
            size = path.stat().st_size
            if size != blob.size:
                return f"is {size} bytes long instead of {blob.size}"
            if not deep:
                return None
            hashed, done, said = hashlib.sha256(), 0, time.monotonic()
            with path.open("rb") as file:
                while chunk := file.read(CHUNK):
                    hashed.update(chunk)
                    done += len(chunk)
                    if time.monotonic() - said >= SECONDS_BETWEEN_REPORTS:
                        said = time.monotonic()
                        yield {"model": model, "blob": blob.digest, "completed": done, "total": blob.size}
        except FileNotFoundError:
            return "is missing"
        except OSError as error:
            return f"cannot be read: {error.strerror}"
        actual = f"sha256:{hashed.hexdigest()}"
        return None if actual == blob.digest else f"does not match its name: its content is {actual}"


def _digest(text: str) -> str:
    """A digest, which becomes a file's name; raises ValueError for anything else."""
    if not _DIGEST.fullmatch(text):
        raise ValueError(f'"{text}" is no digest')
    return text
