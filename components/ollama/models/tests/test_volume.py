"""Only the hash of a file proves a blob."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ollama_models.volume import Volume
from ollama_models.wanted import ModelName
from tests.fake_ollama import FakeOllama, sha256

NAME = ModelName.parse("gemma3:270m")
WEIGHTS, CONFIG = b"weights" * 1000, b'{"config": 1}'


@pytest.fixture
def held(tmp_path: Path) -> FakeOllama:
    fake = FakeOllama(tmp_path)
    fake.hold("gemma3:270m", WEIGHTS, CONFIG)
    return fake


def failures(fake: FakeOllama, *, deep: bool) -> list[dict[str, Any]]:
    return [event for event in Volume(fake.folder).verify(NAME, deep=deep) if event.get("ok") is False]


def test_a_whole_model_is_well(held: FakeOllama) -> None:
    events = list(Volume(held.folder).verify(NAME, deep=True))
    assert events[0]["blobs"] == 2
    assert events[0]["bytes"] == len(WEIGHTS) + len(CONFIG)
    assert [event["blob"] for event in events if event.get("ok") and "blob" in event] == [
        sha256(WEIGHTS),
        sha256(CONFIG),
    ]
    assert events[-1] == {"model": "gemma3:270m", "done": True, "ok": True}


def test_a_flipped_byte_is_found_by_the_hash_alone(held: FakeOllama) -> None:
    damaged = bytearray(CONFIG)
    damaged[3] ^= 1
    held.blob(sha256(CONFIG)).write_bytes(damaged)
    assert failures(held, deep=False) == []
    blob, model = failures(held, deep=True)
    assert blob["blob"] == sha256(CONFIG)
    assert "does not match its name" in blob["reason"]
    assert model["done"]


def test_a_short_or_missing_file_is_found_without_hashing(held: FakeOllama) -> None:
    held.blob(sha256(WEIGHTS)).write_bytes(WEIGHTS[:-1])
    held.blob(sha256(CONFIG)).unlink()
    short, missing, _ = failures(held, deep=False)
    assert "6999 bytes long instead of 7000" in short["reason"]
    assert missing["reason"] == "is missing"


def test_a_missing_or_damaged_manifest_is_told(held: FakeOllama) -> None:
    manifest = held.folder / "manifests/registry.ollama.ai/library/gemma3/270m"
    manifest.write_text("{")
    assert "its manifest is damaged" in failures(held, deep=True)[0]["reason"]
    manifest.unlink()
    assert "has no manifest" in failures(held, deep=True)[0]["reason"]


@pytest.mark.parametrize("digest", ["../../../etc/hostname", "sha256:0", 7])
def test_a_digest_is_no_path(held: FakeOllama, digest: object) -> None:
    manifest = held.folder / "manifests/registry.ollama.ai/library/gemma3/270m"
    manifest.write_text(json.dumps({"layers": [{"digest": digest, "size": 1}]}))
    assert "its manifest is damaged" in failures(held, deep=True)[0]["reason"]


def test_progress_is_told_while_hashing(held: FakeOllama, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ollama_models.volume.SECONDS_BETWEEN_REPORTS", 0)
    monkeypatch.setattr("ollama_models.volume.CHUNK", 4000)
    told = [
        event["completed"] for event in Volume(held.folder).verify(NAME, deep=True) if "completed" in event
    ]
    assert told == [4000, 7000, len(CONFIG)]
