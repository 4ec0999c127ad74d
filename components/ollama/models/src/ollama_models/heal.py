"""Pulls what is missing although its Job has ended: a volume that was lost, a model that somebody removed."""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Callable
from dataclasses import dataclass, field

from ollama_models.ollama import OllamaError
from ollama_models.proof import ModelState, Proof
from ollama_models.pull import WrongDigest, pull
from ollama_models.wanted import Wanted

log = logging.getLogger("ollama-models")

SECONDS_BETWEEN_LOOKS = 1.0
# The Job comes first: then the progress stands in its log.
SECONDS_OF_GRACE = 30.0
FIRST_BACK_OFF = 10.0
LONGEST_BACK_OFF = 600.0


@dataclass
class Healer:
    """Pulls wanted models that are not there, one after the other, with the progress as a log.

    ``busy`` is held while it pulls. A registry that serves another build than the wanted one is not asked
    again: every try would download all of it.
    """

    proof: Proof
    registry: str
    busy: asyncio.Lock
    clock: Callable[[], float]
    _failures: dict[Wanted, int] = field(default_factory=dict)
    _next: dict[Wanted, float] = field(default_factory=dict)

    async def run(self) -> None:
        """Look for ever."""
        while True:
            await asyncio.sleep(SECONDS_BETWEEN_LOOKS)
            for state in list(self.proof.states.values()):
                if self._due(state):
                    async with self.busy:
                        await self._pull(state)

    def _due(self, state: ModelState) -> bool:
        if state.missing_since is None or not self.proof.alive.up or self.proof.trouble is not None:
            return False
        now = self.clock()
        return now - state.missing_since >= SECONDS_OF_GRACE and now >= self._next.get(state.wanted, 0.0)

    async def _pull(self, state: ModelState) -> None:
        wanted = state.wanted
        log.info("%s  is not there, and no Job has brought it: pulling it", wanted.name)
        try:
            async for step in pull(self.proof.ollama, wanted, self.registry):
                state.pulling = str(step)
                log.info("%s  %s", wanted.name, step)
        except OllamaError as error:
            state.pull_failure = str(error)
            failures = self._failures[wanted] = self._failures.get(wanted, 0) + 1
            back_off = min(FIRST_BACK_OFF * 2 ** (failures - 1), LONGEST_BACK_OFF)
            back_off = math.inf if isinstance(error, WrongDigest) else back_off
            self._next[wanted] = self.clock() + back_off
            log.error("%s  FAILED: %s", wanted.name, error)
        else:
            self._failures.pop(wanted, None)
            # The proof sees it at its next look.
            state.missing_since = None
        finally:
            state.pulling = None
