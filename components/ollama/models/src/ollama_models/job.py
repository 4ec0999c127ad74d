"""The Job: pulls all wanted models, one after the other, with its progress as a log."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence

import httpx

from ollama_models.ollama import Ollama, OllamaError
from ollama_models.pull import pull
from ollama_models.settings import Settings
from ollama_models.wanted import Wanted

log = logging.getLogger("ollama-models")

SECONDS_TO_WAIT = 300.0
SECONDS_BETWEEN_TRIES = 1.0
# The kubelet brings a changed ConfigMap at its next sync, as late as 90 s after the change.
SECONDS_FOR_THE_LIST = 120.0


async def pull_all(settings: Settings, *, patience: float = SECONDS_TO_WAIT) -> int:
    """Pull every wanted model; 0 when all are there as wanted, 1 when any is not.

    One that fails does not keep the others from being pulled.
    """
    wanted = settings.wanted()
    failed: dict[str, str] = {}
    async with Ollama(settings.ollama_url) as ollama:
        if not await _reachable(ollama, patience):
            return 1
        for model in wanted:
            start = time.monotonic()
            try:
                async for step in pull(ollama, model, settings.registry):
                    log.info("%s  %s", model.name, step)
                log.info("%s  done in %.1f s", model.name, time.monotonic() - start)
            except OllamaError as error:
                failed[str(model.name)] = str(error)
                log.error("%s  FAILED: %s", model.name, error)
    if failed:
        # These are the last lines, which Kubernetes keeps as the pod's termination message.
        log.error("%d of %d models are not there:", len(failed), len(wanted))
        for name, reason in failed.items():
            log.error("%s: %s", name, reason)
        return 1
    if settings.sidecar_url:
        await _known(settings.sidecar_url, wanted)
    log.info("%d of %d models are there", len(wanted), len(wanted))
    return 0


async def _known(sidecar_url: str, wanted: Sequence[Wanted]) -> None:
    """Wait until the sidecar has the same list, so that a release that is done is also reported rightly.

    It learns of it by itself, so that no failure counts.
    """
    deadline = time.monotonic() + SECONDS_FOR_THE_LIST
    asked = {(str(one.name), one.digest) for one in wanted}
    said = False
    async with httpx.AsyncClient(trust_env=False, timeout=10) as http:
        while True:
            try:
                answer = (await http.get(f"{sidecar_url}/status")).raise_for_status()
                if asked == {(one["name"], one["wanted"]) for one in answer.json()["models"]}:
                    return
                reason = "the kubelet has not brought it yet"
            except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
                reason = str(error) or type(error).__name__
            if time.monotonic() > deadline:
                log.warning("the sidecar does not know the list: %s", reason)
                return
            if not said:
                log.info("waiting for the sidecar to know the list")
                said = True
            await asyncio.sleep(SECONDS_BETWEEN_TRIES)


async def _reachable(ollama: Ollama, patience: float) -> bool:
    deadline = time.monotonic() + patience
    said = ""
    while True:
        try:
            log.info("Ollama %s at %s", await ollama.version(), ollama.url)
        except OllamaError as error:
            if str(error) != said:
                said = str(error)
                log.info("waiting: %s", error)
            if time.monotonic() > deadline:
                log.error("gave up after %.0f s: %s", patience, error)
                return False
            await asyncio.sleep(SECONDS_BETWEEN_TRIES)
        else:
            return True
