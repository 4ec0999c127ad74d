"""The Job: only a final success with the wanted digest counts."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
import uvicorn

from ollama_models import job
from ollama_models.job import pull_all
from ollama_models.server import application
from ollama_models.settings import Settings
from tests.conftest import MakeSettings
from tests.fake_ollama import FakeOllama

REGISTRY = "http://registry.test:5000"
LONG = "http://registry.test:5000/library/gemma3:270m"


@pytest.fixture(autouse=True)
def log_all(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)


async def test_all_wanted_models_are_pulled_with_visible_progress(
    fake: FakeOllama, settings: MakeSettings, caplog: pytest.LogCaptureFixture
) -> None:
    digest = fake.publish("gemma3:270m", b"weights" * 100_000, b"config")
    fake.publish("ada/bot:1", b"other")
    assert await pull_all(settings({"name": "gemma3:270m", "digest": digest}, {"name": "ada/bot:1"})) == 0
    assert set(fake.names) == {"gemma3:270m", "ada/bot:1"}
    assert caplog.text.count("100%  0.7 of 0.7 MB") == 1
    assert f"present as {digest}" in caplog.text
    assert "2 of 2 models are there" in caplog.text


async def test_from_our_own_registry_the_model_gets_its_short_name_alone(
    fake: FakeOllama, settings: MakeSettings
) -> None:
    digest = fake.publish(LONG, b"weights", b"config")
    assert await pull_all(settings({"name": "gemma3:270m", "digest": digest}, registry=REGISTRY)) == 0
    assert fake.pulls == [{"model": LONG, "insecure": True, "stream": True}]
    assert set(fake.names) == {"gemma3:270m"}
    assert fake.blob(next(iter(fake.registry[LONG]))).exists()


async def test_another_build_never_replaces_the_model_that_is_there(
    fake: FakeOllama, settings: MakeSettings, caplog: pytest.LogCaptureFixture
) -> None:
    held = fake.hold("gemma3:270m", b"good", b"config")
    served = fake.publish(LONG, b"other", b"config")
    assert await pull_all(settings({"name": "gemma3:270m", "digest": held}, registry=REGISTRY)) == 1
    assert f"is {served} at its registry, and Git wants {held}" in caplog.text
    assert "platformctl models lock" in caplog.text
    assert {name: fake.hold(name, b"good", b"config") for name in fake.names} == {"gemma3:270m": held}


async def test_a_wrong_digest_fails_without_a_registry_too(fake: FakeOllama, settings: MakeSettings) -> None:
    fake.publish("gemma3:270m", b"other")
    assert await pull_all(settings({"name": "gemma3:270m", "digest": "sha256:0"})) == 1


@pytest.mark.parametrize(
    ("late_error", "cut", "reason"),
    [
        ("digest mismatch, file must be downloaded again", False, "digest mismatch"),
        (None, True, 'ended after "verifying sha256 digest", without success'),
    ],
)
async def test_a_pull_that_fails_after_status_200_fails_and_does_not_stop_the_others(
    fake: FakeOllama,
    settings: MakeSettings,
    caplog: pytest.LogCaptureFixture,
    late_error: str | None,
    cut: bool,
    reason: str,
) -> None:
    fake.publish("a:1", b"a")
    fake.late_error, fake.cut = late_error, cut
    assert await pull_all(settings({"name": "a:1"}, {"name": "missing:1"})) == 1
    assert reason in caplog.text
    assert [one["model"] for one in fake.pulls] == ["a:1", "missing:1"]
    assert "2 of 2 models are not there" in caplog.text
    assert caplog.messages[-1] == "missing:1: pull model manifest: file does not exist"


async def test_it_waits_for_ollama_and_gives_up_with_the_reason(
    fake: FakeOllama, settings: MakeSettings, caplog: pytest.LogCaptureFixture
) -> None:
    asked = settings({"name": "a:1"})
    await fake.stop()
    try:
        assert await pull_all(asked, patience=0) == 1
        assert "gave up after 0 s" in caplog.text
        assert "does not answer" in caplog.text
    finally:
        await fake.start()


@asynccontextmanager
async def serving(settings: Settings) -> AsyncIterator[str]:
    """The address of a sidecar that runs with these settings."""
    server = uvicorn.Server(uvicorn.Config(application(settings), port=0, log_level="error"))
    task = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    await task


async def test_it_ends_when_the_sidecar_has_the_list_too(
    fake: FakeOllama, settings: MakeSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job, "SECONDS_BETWEEN_TRIES", 0.01)
    mounted = tmp_path / "wanted.json"
    mounted.write_text("[]")
    fake.publish("a:1", b"a")
    async with serving(replace(settings(), wanted_file=mounted)) as url:
        pulling = asyncio.create_task(pull_all(replace(settings({"name": "a:1"}), sidecar_url=url)))
        done, _ = await asyncio.wait([pulling], timeout=0.5)
        assert not done and set(fake.names) == {"a:1"}
        mounted.write_text('[{"name": "a:1"}]')
        assert await pulling == 0


async def test_a_sidecar_that_never_learns_of_the_list_does_not_fail_the_pull(
    fake: FakeOllama,
    settings: MakeSettings,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(job, "SECONDS_FOR_THE_LIST", 0)
    fake.publish("a:1", b"a")
    assert await pull_all(replace(settings({"name": "a:1"}), sidecar_url="http://127.0.0.1:1")) == 0
    assert "does not know the list" in caplog.text


@pytest.mark.parametrize("registry", [REGISTRY, ""])
async def test_two_pulls_of_one_model_do_not_disturb_each_other(
    fake: FakeOllama, settings: MakeSettings, registry: str
) -> None:
    digest = fake.publish(LONG if registry else "gemma3:270m", b"weights", b"config")
    asked = settings({"name": "gemma3:270m", "digest": digest}, registry=registry)
    assert await asyncio.gather(*(pull_all(asked) for _ in range(8))) == [0] * 8
    assert set(fake.names) == {"gemma3:270m"}
