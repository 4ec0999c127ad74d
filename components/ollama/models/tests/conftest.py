"""A fake Ollama with an empty volume, and settings that point to it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from ollama_models.settings import Settings
from tests.fake_ollama import FakeOllama

MakeSettings = Callable[..., Settings]


@pytest.fixture
async def fake(tmp_path: Path) -> AsyncIterator[FakeOllama]:
    server = FakeOllama(tmp_path / "models")
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
def settings(fake: FakeOllama) -> MakeSettings:
    def make(*wanted: dict[str, str], registry: str = "") -> Settings:
        return Settings.of(
            {
                "OLLAMA_URL": fake.url,
                "OLLAMA_MODELS": str(fake.folder),
                "WANTED_MODELS": json.dumps(wanted),
                "MODEL_REGISTRY": registry,
            }
        )

    return make
