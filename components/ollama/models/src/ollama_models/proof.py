"""Knows of every wanted model whether it is there, is the wanted one, and has answered.

A model has answered when one short real generation succeeded since this Ollama process started, with this
digest. That makes a pod Ready only when it can do its work, at the price of one generation for each start.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ollama_models.alive import Alive
from ollama_models.ollama import Ollama, OllamaError
from ollama_models.wanted import Wanted

log = logging.getLogger("ollama-models")

SECONDS_BETWEEN_LOOKS = 1.0
FIRST_BACK_OFF = 2.0
LONGEST_BACK_OFF = 60.0
MISSES = 3


@dataclass
class ModelState:
    """What is known of one wanted model; ``reason`` says why it is not well, None when it is.

    ``missing_since`` is the clock when it was first seen to be absent, None while it is present; ``pulling``
    how far a pull by the sidecar itself is, and ``pull_failure`` why the last one failed.
    """

    wanted: Wanted
    present: str | None = None
    size: int | None = None
    loaded: dict[str, Any] | None = None
    answered: tuple[int, str] | None = None
    answered_seconds: float | None = None
    failure: str | None = None
    failures: int = 0
    retry_at: float = 0.0
    missing_since: float | None = None
    pulling: str | None = None
    pull_failure: str | None = None

    @property
    def there(self) -> bool:
        """Whether it is present as wanted."""
        return self.present is not None and self.wanted.accepts(self.present)

    def well(self, life: int) -> bool:
        """Whether it is there and has answered in this life of Ollama."""
        return self.there and self.answered == (life, self.present)

    def reason(self, life: int) -> str | None:
        """Why it is not well, in one sentence."""
        if self.present is None and self.pulling:
            return f"is not there, and being pulled: {self.pulling}"
        if self.present is None and self.pull_failure:
            return f"is not there, and the last pull failed: {self.pull_failure}"
        if self.present is None:
            return "is not there: the Job that pulls it has not succeeded yet, or somebody removed it"
        if not self.there:
            return f"is {self.present}, and Git wants {self.wanted.digest}"
        if self.well(life):
            return None
        return f"does not answer: {self.failure}" if self.failure else "has not answered yet"

    def fix(self, life: int) -> str | None:
        """What helps against the reason."""
        if self.present is None:
            return f"see the Job's log; or: platformctl models repair {self.wanted.name}"
        if not self.there:
            return f"platformctl models repair {self.wanted.name}, or: platformctl models lock"
        if self.failure and not self.well(life):
            return "platformctl models verify --deep; if the files are whole, Ollama's log says what it lacks"
        return None


@dataclass
class Proof:
    """Looks at Ollama again and again, and keeps what it saw."""

    ollama: Ollama
    alive: Alive
    read_wanted: Callable[[], tuple[Wanted, ...]]
    clock: Callable[[], float] = time.monotonic
    states: dict[Wanted, ModelState] = field(default_factory=dict)
    trouble: str | None = "has not been looked at yet"
    _required: set[Wanted] | None = None
    _misses: int = 0
    _proving: asyncio.Task[None] | None = None

    @property
    def ready(self) -> bool:
        """Whether all required models are well in the present life of Ollama.

        Required is what was wanted at the start and is wanted still. A model that Git adds later becomes
        required when it is well for the first time, so that its download does not stop the chats with others.
        """
        if not self.alive.up or self.trouble is not None or self._required is None:
            return False
        return all(self.states[wanted].well(self.alive.life) for wanted in self._required)

    def reasons(self) -> dict[str, str]:
        """Why the pod is not Ready, by model; "ollama" where it is about Ollama itself."""
        if not self.alive.up:
            return {"ollama": "does not run"}
        if self.trouble is not None:
            return {"ollama": self.trouble}
        found = ((state.wanted.name, state.reason(self.alive.life)) for state in self.states.values())
        return {str(name): reason for name, reason in found if reason is not None}

    async def run(self) -> None:
        """Look for ever."""
        try:
            while True:
                await self.look()
                await asyncio.sleep(SECONDS_BETWEEN_LOOKS)
        finally:
            await self.stop()

    async def stop(self) -> None:
        """Give up a generation that is under way."""
        if self._proving is not None:
            self._proving.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._proving

    async def look(self) -> None:
        """Look once, and start the generation of the first model that needs one."""
        try:
            wanted = self.read_wanted()
        except (ValueError, OSError) as error:
            self.trouble = f"the list of wanted models cannot be read: {error}"
            return
        try:
            present, loaded = await self.ollama.models(), await self.ollama.loaded()
        except OllamaError as error:
            self._misses += 1
            # One late answer of a busy Ollama must not take the chats away that it is busy with.
            if self._misses >= MISSES:
                self.trouble = str(error)
            return
        self._misses = 0
        self.states = {one: self.states.get(one) or ModelState(one) for one in wanted}
        for state in self.states.values():
            name = str(state.wanted.name)
            state.present = present.get(name, {}).get("digest")
            state.size = present.get(name, {}).get("size")
            state.loaded = loaded.get(name)
            if state.present is not None:
                state.missing_since = state.pull_failure = None
            elif state.missing_since is None:
                state.missing_since = self.clock()
        self.trouble = None
        self._note_required()
        self._prove_next()

    def _note_required(self) -> None:
        if self._required is None:
            self._required = set(self.states)
        well = {wanted for wanted, state in self.states.items() if state.well(self.alive.life)}
        self._required = (self._required & set(self.states)) | well

    def _prove_next(self) -> None:
        if not self.alive.up or (self._proving is not None and not self._proving.done()):
            return
        for state in self.states.values():
            if state.there and not state.well(self.alive.life) and self.clock() >= state.retry_at:
                self._proving = asyncio.create_task(self._prove(state))
                return

    async def _prove(self, state: ModelState) -> None:
        life, digest = self.alive.life, state.present
        assert digest is not None
        start = time.monotonic()
        try:
            await self.ollama.generate(state.wanted.name)
        except OllamaError as error:
            state.failure = str(error)
            state.failures += 1
            back_off = min(FIRST_BACK_OFF * 2 ** (state.failures - 1), LONGEST_BACK_OFF)
            state.retry_at = self.clock() + back_off
            log.warning("%s  does not answer: %s  next try in %.0f s", state.wanted.name, error, back_off)
            return
        state.answered, state.answered_seconds = (life, digest), time.monotonic() - start
        state.failure, state.failures, state.retry_at = None, 0, 0.0
        log.info("%s  answered in %.1f s  %s", state.wanted.name, state.answered_seconds, digest)
        self._note_required()
