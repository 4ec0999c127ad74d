"""Pulls one wanted model and makes sure that it is the wanted one."""

from __future__ import annotations

import contextlib
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from ollama_models.ollama import Ollama, OllamaError
from ollama_models.wanted import ModelName, Wanted

SECONDS_BETWEEN_REPORTS = 2.0


class WrongDigest(OllamaError):
    """The registry serves something else than Git wants."""


@dataclass(frozen=True)
class Pulling:
    """How far a pull is.

    Attributes:
        status: what Ollama does, as "pulling 8be58a8c71a3".
        completed: bytes of the present blob that are here.
        total: bytes of the present blob, 0 where it is not about a blob.
        rate: bytes per second since the blob began.
    """

    status: str
    completed: int = 0
    total: int = 0
    rate: float = 0.0

    def __str__(self) -> str:
        if not self.total:
            return self.status
        share = 100 * self.completed / self.total
        return (
            f"{self.status}  {share:3.0f}%  {megabytes(self.completed)} of {megabytes(self.total)} MB"
            f"  {megabytes(self.rate)} MB/s"
        )


async def pull(
    ollama: Ollama, wanted: Wanted, registry: str, *, pause: float = SECONDS_BETWEEN_REPORTS
) -> AsyncIterator[Pulling]:
    """Pull a model; the steps come as they happen, but those within one blob at most once a ``pause``.

    From a registry of our own it is pulled under its long name, and gets the short one only when its digest
    is the wanted one: a wrong build never replaces the model that is there. Raises OllamaError.

    Two may pull the same model at the same time: Ollama downloads once for both, and the first to end gives
    the name and takes the long one away from the other.
    """
    source = wanted.name.at(registry)
    scheme = urlsplit(registry).scheme or None if source != wanted.name else None
    async for step in _throttled(ollama, source, scheme, pause):
        yield step
    listed = await _digests(ollama)
    # Where the long name is gone, another pull of the same model has ended meanwhile.
    pulled = source if str(source) in listed else wanted.name
    present = listed.get(str(pulled))
    if present is None:
        raise OllamaError(f"Ollama reported success and does not list {source}")
    if not wanted.accepts(present):
        if pulled != wanted.name:
            await _forget(ollama, source)
        raise WrongDigest(
            f"{source} is {present} at its registry, and Git wants {wanted.digest}; accept it with"
            " 'platformctl models lock', or publish the wanted build again"
        )
    if pulled != wanted.name:
        with contextlib.suppress(OllamaError):
            await ollama.copy(source, wanted.name)
        await _forget(ollama, source)
        named = (await _digests(ollama)).get(str(wanted.name))
        if named != present:
            raise WrongDigest(f"{wanted.name} is {named} after the copy from {source}, which is {present}")
    yield Pulling(f"present as {present}")


async def _throttled(
    ollama: Ollama, source: ModelName, scheme: str | None, pause: float
) -> AsyncIterator[Pulling]:
    status, began, first, said, whole = "", 0.0, 0, 0.0, False
    async for event in ollama.pull(source, scheme=scheme):
        now = time.monotonic()
        completed, total = int(event.get("completed") or 0), int(event.get("total") or 0)
        new = event["status"] != status
        if new:
            status, began, first, whole = event["status"], now, completed, False
        # Ollama goes on telling that a blob is whole; once is enough.
        if whole:
            continue
        whole = total > 0 and completed == total
        if new or whole or now - said >= pause:
            said = now
            yield Pulling(status, completed, total, (completed - first) / max(now - began, 0.001))


async def _digests(ollama: Ollama) -> dict[str, str]:
    return {name: str(one["digest"]) for name, one in (await ollama.models()).items()}


async def _forget(ollama: Ollama, name: ModelName) -> None:
    """Remove a name that may be gone already."""
    try:
        await ollama.delete(name)
    except OllamaError:
        if str(name) in await ollama.models():
            raise


def megabytes(count: float) -> str:
    """Bytes as megabytes with one digit."""
    return f"{count / 1e6:.1f}"
