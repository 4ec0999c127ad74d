"""An Ollama over a real socket, with a volume of real files: it can fail in the ways the real one does."""

from __future__ import annotations

import asyncio
import hashlib
import json
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from ollama_models.wanted import ModelName


def manifest_of(blobs: dict[str, bytes]) -> bytes:
    """A manifest whose layers are these blobs."""
    layers = [{"mediaType": "m", "digest": digest, "size": len(content)} for digest, content in blobs.items()]
    return json.dumps({"schemaVersion": 2, "config": layers[-1], "layers": layers[:-1]}).encode()


def sha256(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


@dataclass
class FakeOllama:
    """What its registry serves, what lies on its volume, and how it shall fail.

    Attributes:
        registry: blobs by the name under which a pull asks for the model.
        cut: a pull ends before ``success``.
        late_error: a pull ends with this error after status 200.
        refuse: generations end with this error.
    """

    folder: Path
    registry: dict[str, dict[str, bytes]] = field(default_factory=dict)
    names: dict[str, bytes] = field(default_factory=dict)
    pulls: list[dict[str, Any]] = field(default_factory=list)
    generations: list[str] = field(default_factory=list)
    cut: bool = False
    late_error: str | None = None
    refuse: str | None = None
    port: int = 0
    _server: uvicorn.Server | None = None
    _task: asyncio.Task[None] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def publish(self, name: str, *contents: bytes) -> str:
        """Serve a model with these blobs from the registry; its digest."""
        self.registry[name] = {sha256(content): content for content in contents}
        return sha256(manifest_of(self.registry[name]))

    def hold(self, name: str, *contents: bytes) -> str:
        """Have a model on the volume; its digest."""
        blobs = {sha256(content): content for content in contents}
        return self._write(str(ModelName.parse(name)), blobs)

    def blob(self, digest: str) -> Path:
        return self.folder / "blobs" / digest.replace(":", "-")

    def lose_the_volume(self) -> None:
        """As if the node's disk were gone and the pod had a new one."""
        self.names.clear()
        shutil.rmtree(self.folder)

    async def start(self) -> None:
        app = Starlette(
            routes=[
                Route("/api/version", self._version),
                Route("/api/tags", self._tags),
                Route("/api/ps", self._ps),
                Route("/api/pull", self._pull, methods=["POST"]),
                Route("/api/copy", self._copy, methods=["POST"]),
                Route("/api/delete", self._delete, methods=["DELETE"]),
                Route("/api/generate", self._generate, methods=["POST"]),
            ]
        )
        config = uvicorn.Config(app, port=self.port, log_level="error", timeout_graceful_shutdown=0)
        self._server = uvicorn.Server(config)
        self._task = asyncio.create_task(self._server.serve())
        while not self._server.started:
            await asyncio.sleep(0.01)
        self.port = self._server.servers[0].sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """End as if killed: every open connection breaks."""
        assert self._server is not None and self._task is not None
        self._server.should_exit = True
        await self._task

    def _write(self, name: str, blobs: dict[str, bytes]) -> str:
        (self.folder / "blobs").mkdir(parents=True, exist_ok=True)
        for digest, content in blobs.items():
            if not self.blob(digest).exists():
                self.blob(digest).write_bytes(content)
        manifest = manifest_of(blobs)
        path = self._path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(manifest)
        self.names[name] = manifest
        return sha256(manifest)

    def _path(self, name: str) -> Path:
        parsed = ModelName.parse(name)
        return self.folder / "manifests" / parsed.host / parsed.namespace / parsed.model / parsed.tag

    async def _version(self, _: Request) -> Response:
        return JSONResponse({"version": "0.0.0-fake"})

    async def _tags(self, _: Request) -> Response:
        listed = [
            {"name": name, "digest": sha256(content).removeprefix("sha256:"), "size": len(content)}
            for name, content in self.names.items()
        ]
        return JSONResponse({"models": listed})

    async def _ps(self, _: Request) -> Response:
        loaded = [
            {"name": name, "size": 1, "size_vram": 0, "context_length": 4096} for name in self.generations
        ]
        return JSONResponse({"models": loaded})

    async def _pull(self, request: Request) -> Response:
        asked = await request.json()
        self.pulls.append(asked)

        async def lines() -> AsyncIterator[str]:
            blobs = self.registry.get(asked["model"])
            yield json.dumps({"status": "pulling manifest"}) + "\n"
            if blobs is None:
                yield json.dumps({"error": "pull model manifest: file does not exist"}) + "\n"
                return
            for digest, content in blobs.items():
                for done in (0, len(content) // 2, *[len(content)] * 3):
                    status = f"pulling {digest[7:19]}"
                    event = {"status": status, "digest": digest, "total": len(content), "completed": done}
                    yield json.dumps(event) + "\n"
            if self.late_error:
                yield json.dumps({"error": self.late_error}) + "\n"
                return
            yield json.dumps({"status": "verifying sha256 digest"}) + "\n"
            if self.cut:
                return
            self._write(str(ModelName.parse(asked["model"].partition("://")[2] or asked["model"])), blobs)
            yield json.dumps({"status": "success"}) + "\n"

        return StreamingResponse(lines(), media_type="application/x-ndjson")

    async def _copy(self, request: Request) -> Response:
        asked = await request.json()
        content = self.names[asked["source"]]
        path = self._path(asked["destination"])
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        self.names[asked["destination"]] = content
        return Response()

    async def _delete(self, request: Request) -> Response:
        name = (await request.json())["model"]
        if name not in self.names:
            return JSONResponse({"error": f"model '{name}' not found"}, status_code=404)
        removed = json.loads(self.names.pop(name))
        self._path(name).unlink()
        kept = b"".join(self.names.values()).decode()
        for layer in [*removed["layers"], removed["config"]]:
            if layer["digest"] not in kept:
                self.blob(layer["digest"]).unlink(missing_ok=True)
        return Response()

    async def _generate(self, request: Request) -> Response:
        name = (await request.json())["model"]
        if name not in self.names:
            return JSONResponse({"error": f"model '{name}' not found"}, status_code=404)
        if self.refuse:
            return JSONResponse({"error": self.refuse}, status_code=500)
        self.generations.append(name)
        return JSONResponse({"model": name, "response": "Yes", "done": True})
