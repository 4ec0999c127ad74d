"""Health, readiness and the list of models."""

from __future__ import annotations

import asyncio

import pytest

from .conftest import Api, Start, free_port, read_problem
from .fake_upstream import FakeUpstream


@pytest.mark.parametrize("path", ["/ready", "/api/ready"])
async def test_ready(api: Api, path: str) -> None:
    async with api.session.get(api.url + path) as response:
        assert response.status == 200
        assert await response.json() == {"status": "ready"}


async def test_ready_with_the_openai_dialect(start: Start, upstream: FakeUpstream) -> None:
    api = await start(OPENAI_API_BASE_URL=f"{upstream.url}/v1/", OPENAI_API_KEY="secret")
    async with api.session.get(f"{api.url}/ready") as response:
        assert response.status == 200
    refused = await start(OPENAI_API_BASE_URL=f"{upstream.url}/v1", OPENAI_API_KEY="wrong")
    async with refused.session.get(f"{refused.url}/ready") as response:
        assert (await read_problem(response))["status"] == 503


async def test_every_allowed_model_must_be_there(api: Api, upstream: FakeUpstream) -> None:
    upstream.models = ("small:1b",)
    async with api.session.get(f"{api.url}/ready") as response:
        problem = await read_problem(response)
    assert (problem["status"], problem["code"], problem["missing"]) == (503, "model_missing", ["big:7b"])
    assert "big:7b" in problem["detail"]


async def test_a_name_without_a_tag_means_latest(start: Start, upstream: FakeUpstream) -> None:
    upstream.models = ("small:latest",)
    api = await start(MODELS="small")
    async with api.session.get(f"{api.url}/ready") as response:
        assert response.status == 200


async def test_upstream_down(start: Start) -> None:
    api = await start(OLLAMA_URL=f"http://127.0.0.1:{free_port()}")
    async with api.session.get(f"{api.url}/ready") as response:
        problem = await read_problem(response)
    assert (problem["status"], problem["code"]) == (503, "upstream_unreachable")
    async with api.session.get(f"{api.url}/health") as response:
        assert response.status == 200  # a restart would not help


async def test_upstream_slow(start: Start, upstream: FakeUpstream) -> None:
    upstream.listing_delay = 30
    api = await start(READY_TIMEOUT_SECONDS=0.1)
    async with api.session.get(f"{api.url}/ready") as response:
        problem = await read_problem(response)
    assert (problem["status"], problem["code"]) == (503, "upstream_timeout")


async def test_many_probes_ask_the_upstream_once(start: Start, upstream: FakeUpstream) -> None:
    upstream.listing_delay = 0.2
    api = await start(READY_CACHE_SECONDS=600)

    async def probe() -> int:
        async with api.session.get(f"{api.url}/ready") as response:
            return response.status

    assert await asyncio.gather(*[probe() for _ in range(10)]) == [200] * 10
    assert upstream.listings == 1


@pytest.mark.parametrize("path", ["/health", "/api/health"])
async def test_health(api: Api, path: str) -> None:
    async with api.session.get(api.url + path) as response:
        assert await response.json() == {"status": "ok"}


async def test_models(start: Start) -> None:
    api = await start(MODEL_NAME="big:7b")
    async with api.session.get(f"{api.url}/api/models") as response:
        assert await response.json() == {"default": "big:7b", "models": ["small:1b", "big:7b"]}
