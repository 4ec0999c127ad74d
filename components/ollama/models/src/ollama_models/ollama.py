"""The part of Ollama's API that is needed here."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from types import TracebackType
from typing import Any, Self

import httpx

from ollama_models.wanted import ModelName

QUICK = httpx.Timeout(10)
# Ollama itself gives a model five minutes to load.
LOAD = httpx.Timeout(330, connect=10)
# Checking the hash of a large blob after its download is silent.
PULL = httpx.Timeout(1800, connect=10)

PROMPT = "Answer with one word: are you there?"
TOKENS = 4


class OllamaError(Exception):
    """Ollama does not answer, or answers with an error; the message is one sentence."""


class Ollama:
    """A client of one Ollama."""

    def __init__(self, url: str) -> None:
        self.url = url
        # A proxy of the environment must not stand between two containers of one pod.
        self._http = httpx.AsyncClient(base_url=url, trust_env=False)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.aclose()

    async def version(self) -> str:
        """Its version; also the cheapest sign of life."""
        return str((await self._ask("GET", "/api/version"))["version"])

    async def models(self) -> dict[str, dict[str, Any]]:
        """What it lists, by name: ``digest`` (with ``sha256:``) and ``size`` in bytes."""
        listed = (await self._ask("GET", "/api/tags"))["models"]
        return {one["name"]: {"digest": f"sha256:{one['digest']}", "size": one["size"]} for one in listed}

    async def loaded(self) -> dict[str, dict[str, Any]]:
        """What is in memory, by name, each as Ollama tells it (``size_vram``, ``context_length``)."""
        return {one["name"]: one for one in (await self._ask("GET", "/api/ps"))["models"]}

    async def generate(self, name: ModelName) -> str:
        """A short real generation, which loads the model if need be."""
        answer = await self._ask(
            "POST",
            "/api/generate",
            {"model": str(name), "prompt": PROMPT, "stream": False, "options": {"num_predict": TOKENS}},
            timeout=LOAD,
        )
        if not answer.get("done"):
            raise OllamaError("the generation did not end")
        return str(answer.get("response", ""))

    async def copy(self, source: ModelName, destination: ModelName) -> None:
        """Give a model a second name."""
        await self._ask("POST", "/api/copy", {"source": str(source), "destination": str(destination)})

    async def delete(self, name: ModelName) -> None:
        """Forget a name, and remove the blobs that no other name uses."""
        await self._ask("DELETE", "/api/delete", {"model": str(name)})

    async def pull(self, name: ModelName, *, scheme: str | None) -> AsyncIterator[dict[str, Any]]:
        """Pull a model and give Ollama's own progress as it comes.

        ``scheme`` is "http" for a registry without TLS. Raises OllamaError unless the last word is
        ``success``: the status 200 comes before anything can fail.
        """
        wire_name = f"{scheme}://{name}" if scheme else str(name)
        body = {"model": wire_name, "insecure": scheme == "http", "stream": True}
        last = ""
        try:
            async with self._http.stream("POST", "/api/pull", json=body, timeout=PULL) as response:
                if response.is_error:
                    raise OllamaError(_reason(response.status_code, await response.aread()))
                async for line in response.aiter_lines():
                    event = json.loads(line)
                    if "error" in event:
                        raise OllamaError(str(event["error"]))
                    last = event.get("status", "")
                    yield event
        except httpx.HTTPError as error:
            raise OllamaError(f"{self.url} broke off: {error or type(error).__name__}") from error
        if last != "success":
            raise OllamaError(f'the pull ended after "{last}", without success')

    async def _ask(
        self, method: str, path: str, body: dict[str, Any] | None = None, timeout: httpx.Timeout = QUICK
    ) -> dict[str, Any]:
        try:
            response = await self._http.request(method, path, json=body, timeout=timeout)
        except httpx.TimeoutException as error:
            raise OllamaError(f"no answer to {path} within {timeout.read:.0f} s") from error
        except httpx.HTTPError as error:
            raise OllamaError(f"{self.url} does not answer: {error or type(error).__name__}") from error
        if response.is_error:
            raise OllamaError(_reason(response.status_code, response.content))
        answer: dict[str, Any] = response.json() if response.content else {}
        return answer


def _reason(status: int, content: bytes) -> str:
    try:
        return str(json.loads(content)["error"])
    except (ValueError, KeyError, TypeError):
        return f"HTTP {status}: {content.decode(errors='replace').strip()[:200]}"
