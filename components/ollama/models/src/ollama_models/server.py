"""The sidecar's HTTP interface: readiness, a report, the hashes of the blobs, and a repair.

Every pod of the cluster reaches it without a login. So nobody can tell it what is wanted: that stands in the
mounted list alone, and only what stands there is ever pulled or removed.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from ollama_models.alive import Alive
from ollama_models.heal import Healer
from ollama_models.ollama import Ollama, OllamaError
from ollama_models.proof import ModelState, Proof
from ollama_models.pull import pull
from ollama_models.settings import Settings
from ollama_models.volume import Damaged, Volume
from ollama_models.wanted import ModelName, Wanted

NDJSON = "application/x-ndjson"


class Sidecar:
    """The answers of the sidecar."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._ollama = Ollama(settings.ollama_url)
        self._alive = Alive(settings.ollama_url)
        self._volume = Volume(settings.models_folder)
        self._busy = asyncio.Lock()
        self.proof = Proof(self._ollama, self._alive, settings.wanted)
        self._healer = Healer(self.proof, settings.registry, self._busy, time.monotonic)

    @contextlib.asynccontextmanager
    async def lifespan(self, _: Starlette) -> AsyncIterator[None]:
        """Look at Ollama, and pull what it lacks, for as long as the server runs."""
        async with self._ollama:
            jobs = self._alive.watch(), self.proof.run(), self._healer.run()
            tasks = [asyncio.create_task(job) for job in jobs]
            try:
                yield
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)

    async def live(self, _: Request) -> Response:
        """The sidecar itself runs."""
        return JSONResponse({"live": True})

    async def ready(self, _: Request) -> Response:
        """200 when every required model is there as wanted and has answered, else 503 with the reasons."""
        ready = self.proof.ready
        return JSONResponse(
            {"ready": ready, "reasons": self.proof.reasons()}, status_code=200 if ready else 503
        )

    async def status(self, _: Request) -> Response:
        """What is known of Ollama and of every wanted model."""
        life = self._alive.life
        return JSONResponse(
            {
                "ready": self.proof.ready,
                "ollama": {"running": self._alive.up, "starts": life, "trouble": self.proof.trouble},
                "models": [_report(state, life) for state in self.proof.states.values()],
            }
        )

    async def verify(self, request: Request) -> Response:
        """Checks the files of all wanted models, or of any one by ``?model=``; ``deep=true`` hashes them."""
        deep = request.query_params.get("deep") == "true"
        asked = request.query_params.get("model")
        try:
            names = [ModelName.parse(asked)] if asked else [one.name for one in self._settings.wanted()]
        except ValueError as error:
            return JSONResponse({"error": str(error)}, status_code=400)

        def lines() -> Iterator[str]:
            for name in names:
                for event in self._volume.verify(name, deep=deep):
                    yield _line(event)

        return StreamingResponse(lines(), media_type=NDJSON)

    async def repair(self, request: Request) -> Response:
        """Removes a wanted model with its files and pulls it again, as lines of JSON.

        The last line holds ``ok``, and ``reason`` when it is false.
        """
        name = request.query_params.get("model", "")
        wanted = next((one for one in self._settings.wanted() if str(one.name) == name), None)
        if wanted is None:
            return JSONResponse({"error": f'"{name}" is not a wanted model'}, status_code=404)

        async def lines() -> AsyncIterator[str]:
            if self._busy.locked():
                yield _line({"model": name, "status": "waiting: another pull is under way"})
            async with self._busy:
                async for event in self._repair(wanted):
                    yield _line({"model": name} | event)

        return StreamingResponse(lines(), media_type=NDJSON)

    async def _repair(self, wanted: Wanted) -> AsyncIterator[dict[str, Any]]:
        try:
            if self._removable(wanted):
                yield {"status": "removing it, with the files that no other model uses"}
                await self._ollama.delete(wanted.name)
            async for step in pull(self._ollama, wanted, self._settings.registry, pause=0.5):
                yield {"status": step.status, "completed": step.completed, "total": step.total}
        except OllamaError as error:
            yield {"ok": False, "reason": str(error)}
        else:
            yield {"ok": True}

    def _removable(self, wanted: Wanted) -> bool:
        """Whether Ollama can remove it: it cannot with a damaged manifest, which a pull writes anew."""
        try:
            return self._volume.manifest(wanted.name) is not None
        except Damaged:
            return False


def application(settings: Settings) -> Starlette:
    """The sidecar as an ASGI application."""
    sidecar = Sidecar(settings)
    return Starlette(
        routes=[
            Route("/live", sidecar.live),
            Route("/ready", sidecar.ready),
            Route("/status", sidecar.status),
            Route("/verify", sidecar.verify),
            Route("/repair", sidecar.repair, methods=["POST"]),
        ],
        lifespan=sidecar.lifespan,
    )


def _report(state: ModelState, life: int) -> dict[str, Any]:
    loaded = state.loaded
    return {
        "name": str(state.wanted.name),
        "wanted": state.wanted.digest,
        "present": state.present,
        "size": state.size,
        "loaded": None
        if loaded is None
        else {key: loaded.get(key) for key in ("size", "size_vram", "context_length", "expires_at")},
        "ready": state.well(life),
        "answeredSeconds": state.answered_seconds if state.well(life) else None,
        "reason": state.reason(life),
        "fix": state.fix(life),
    }


def _line(event: dict[str, Any]) -> str:
    return json.dumps(event) + "\n"
