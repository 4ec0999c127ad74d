"""What is known of one model, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

SHOWN_HEX = 12


def short(digest: str) -> str:
    """A digest as it is shown: enough of it to be found in a folder."""
    algorithm, _, digits = digest.partition(":")
    return f"{algorithm}:{digits[:SHOWN_HEX]}…"


@dataclass(frozen=True)
class BadBlob:
    """A file of a model that is not what its name says; ``reason`` completes "blob sha256:... "."""

    digest: str
    reason: str


@dataclass
class ModelReport:
    """One model.

    Attributes:
        name: as platform.yaml has it.
        in_git: whether platform.yaml wants it for this cluster.
        wanted: the digest that Git wants, None when it is not locked.
        present: the digest that the engine has, None when it is not there.
        registry: the digest that the registry serves now, None when that is not known.
        size: bytes on the volume.
        blobs: how many files it has, None when nobody looked.
        hashed: whether their content was hashed, and not only their size compared.
        bad_blobs: those that are not what their names say.
        answered_seconds: how long a short generation took just now, None when there was none or it failed.
        loaded: how the engine holds it in memory: ``size`` and ``size_vram`` in bytes, ``context_length``.
        reason: why it is not what Git says, in one sentence without its name; None when all is well.
        fix: what to do about the reason.
        notes: what is worth knowing, and no fault.
    """

    name: str
    in_git: bool = True
    wanted: str | None = None
    present: str | None = None
    registry: str | None = None
    size: int | None = None
    blobs: int | None = None
    hashed: bool = False
    bad_blobs: list[BadBlob] = field(default_factory=list)
    answered_seconds: float | None = None
    loaded: Mapping[str, Any] | None = None
    reason: str | None = None
    fix: str | None = None
    notes: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong with it."""
        return self.reason is None

    def fails(self, reason: str, fix: str) -> None:
        """Say what is wrong; the first reason stays, for the later ones follow from it."""
        if self.reason is None:
            self.reason, self.fix = reason, fix

    def as_json(self) -> dict[str, Any]:
        """The same as plain data."""
        return {
            "name": self.name,
            "ok": self.ok,
            "inGit": self.in_git,
            "wanted": self.wanted,
            "present": self.present,
            "registry": self.registry,
            "size": self.size,
            "blobs": self.blobs,
            "hashed": self.hashed,
            "badBlobs": [{"digest": blob.digest, "reason": blob.reason} for blob in self.bad_blobs],
            "answeredSeconds": self.answered_seconds,
            "loaded": None if self.loaded is None else dict(self.loaded),
            "reason": self.reason,
            "fix": self.fix,
            "notes": self.notes,
        }
