"""The sidecar: Ready means that every wanted model is there, is the wanted one, and answers."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from ollama_models import alive, heal, proof
from ollama_models.server import application
from ollama_models.settings import Settings
from tests.conftest import MakeSettings
from tests.fake_ollama import FakeOllama, sha256


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proof, "SECONDS_BETWEEN_LOOKS", 0.02)
    monkeypatch.setattr(proof, "FIRST_BACK_OFF", 0.02)
    monkeypatch.setattr(alive, "SECONDS_BETWEEN_TRIES", 0.02)
    monkeypatch.setattr(heal, "SECONDS_BETWEEN_LOOKS", 0.02)
    monkeypatch.setattr(heal, "SECONDS_OF_GRACE", 0.1)
    monkeypatch.setattr(heal, "FIRST_BACK_OFF", 0.02)


@asynccontextmanager
async def sidecar(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    app = application(settings)
    transport = httpx.ASGITransport(app=app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://sidecar") as client,
    ):
        yield client


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(20):
        while not await holds():
            await asyncio.sleep(0.02)


def becomes(client: httpx.AsyncClient, status: int, reason: str = "") -> Callable[[], Awaitable[bool]]:
    async def holds() -> bool:
        response = await client.get("/ready")
        return response.status_code == status and reason in response.text

    return holds


async def lines(response: httpx.Response) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (await response.aread()).decode().splitlines()]


async def test_not_ready_until_the_last_wanted_model_is_there_and_has_answered(
    fake: FakeOllama, settings: MakeSettings
) -> None:
    fake.hold("a:1", b"a")
    async with sidecar(settings({"name": "a:1"}, {"name": "b:1"})) as client:
        await until(becomes(client, 503, "b:1"))
        reasons = (await client.get("/ready")).json()["reasons"]
        assert "is not there" in reasons["b:1"]
        fake.hold("b:1", b"b")
        await until(becomes(client, 200))
        assert sorted(fake.generations) == ["a:1", "b:1"]


async def test_the_proof_is_made_once_for_a_start_of_ollama(
    fake: FakeOllama, settings: MakeSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The broken connection alone must tell that it ended.
    monkeypatch.setattr(proof, "MISSES", 10_000)
    digest = fake.hold("a:1", b"a")
    async with sidecar(settings({"name": "a:1", "digest": digest})) as client:
        await until(becomes(client, 200))
        await asyncio.sleep(0.3)
        assert fake.generations == ["a:1"]
        await fake.stop()
        await until(becomes(client, 503, "does not run"))
        await fake.start()
        # Its models are still on the volume: Ready again without a pull, after one more generation.
        await until(becomes(client, 200))
        assert fake.generations == ["a:1", "a:1"]
        assert fake.pulls == []
        assert (await client.get("/status")).json()["ollama"]["starts"] == 2


async def test_a_wrong_digest_is_never_ready(fake: FakeOllama, settings: MakeSettings) -> None:
    held = fake.hold("a:1", b"a")
    async with sidecar(settings({"name": "a:1", "digest": "sha256:0"})) as client:
        await until(becomes(client, 503, f"is {held}, and Git wants sha256:0"))
        await asyncio.sleep(0.2)
        assert (await client.get("/ready")).status_code == 503
        assert fake.generations == []


async def test_a_failed_generation_is_told_and_tried_again(fake: FakeOllama, settings: MakeSettings) -> None:
    fake.hold("a:1", b"a")
    fake.refuse = "model requires more system memory"
    async with sidecar(settings({"name": "a:1"})) as client:
        await until(becomes(client, 503, "does not answer: model requires more system memory"))
        fake.refuse = None
        await until(becomes(client, 200))


async def test_a_removed_model_takes_readiness_away(fake: FakeOllama, settings: MakeSettings) -> None:
    fake.hold("a:1", b"a")
    async with sidecar(settings({"name": "a:1"})) as client:
        await until(becomes(client, 200))
        fake.names.pop("a:1")
        await until(becomes(client, 503, "somebody removed it"))


async def test_a_model_that_git_adds_does_not_stop_the_chats_while_it_is_pulled(
    fake: FakeOllama, settings: MakeSettings, tmp_path: Path
) -> None:
    wanted = tmp_path / "wanted.json"
    wanted.write_text('[{"name": "a:1"}]')
    fake.hold("a:1", b"a")
    base = settings()
    listed = replace(base, wanted_file=wanted)
    async with sidecar(listed) as client:
        await until(becomes(client, 200))
        wanted.write_text('[{"name": "a:1"}, {"name": "b:1"}]')
        await until(becomes(client, 200, "b:1"))
        fake.hold("b:1", b"b")
        await until(becomes(client, 200, '"reasons":{}'))
        # From now on it is required like the others.
        fake.names.pop("b:1")
        await until(becomes(client, 503, "b:1"))
        wanted.write_text('[{"name": "a:1"}]')
        await until(becomes(client, 200))


async def test_nobody_but_the_mounted_list_says_what_is_wanted(
    fake: FakeOllama, settings: MakeSettings
) -> None:
    digest = fake.hold("a:1", b"a")
    fake.publish("evil.example/x/y:latest", b"evil")
    async with sidecar(settings({"name": "a:1", "digest": digest})) as client:
        await until(becomes(client, 200))
        for method in ("PUT", "POST", "PATCH"):
            told = await client.request(method, "/wanted", content='[{"name": "evil.example/x/y"}]')
            assert told.status_code in {404, 405}
        for name in ("evil.example/x/y", "evil.example/x/y:latest", "b:1", "../../a:1", ""):
            assert (await client.post("/repair", params={"model": name})).status_code == 404
        await asyncio.sleep(0.2)
        assert [one["name"] for one in (await client.get("/status")).json()["models"]] == ["a:1"]
    assert fake.pulls == []
    assert set(fake.names) == {"a:1"}


@pytest.mark.parametrize(
    "name",
    ["../../../x:1", "a/../../x:1", "..", "a:..", ".hidden:1", "a/b/c/d:1", "x y:1", "evil:80@h/a/b:1"],
)
async def test_verify_reads_only_models(settings: MakeSettings, tmp_path: Path, name: str) -> None:
    # Where the folder would lead to, if it were taken as it is.
    (tmp_path / "x").mkdir()
    (tmp_path / "x/1").write_text('{"layers": []}')
    async with sidecar(settings()) as client:
        answer = await client.get("/verify", params={"model": name})
    assert answer.status_code == 400
    assert "is not a model name" in answer.json()["error"]


async def test_a_lost_volume_is_filled_again_without_a_job(
    fake: FakeOllama, settings: MakeSettings, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    digest = fake.publish("http://registry.test:5000/library/a:1", b"a", b"config")
    asked = settings({"name": "a:1", "digest": digest}, registry="http://registry.test:5000")
    async with sidecar(asked) as client:
        await until(becomes(client, 200))
        assert set(fake.names) == {"a:1"}
        fake.lose_the_volume()
        await until(becomes(client, 503))
        await until(becomes(client, 200))
    assert len(fake.pulls) == 2
    assert "a:1  pulling" in caplog.text and "100%" in caplog.text


async def test_the_job_comes_first(
    fake: FakeOllama, settings: MakeSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heal, "SECONDS_OF_GRACE", 1000)
    fake.publish("a:1", b"a")
    async with sidecar(settings({"name": "a:1"})) as client:
        await until(becomes(client, 503, "is not there: the Job"))
        await asyncio.sleep(0.2)
        assert fake.pulls == []


async def test_a_pull_that_fails_is_told_and_tried_again(fake: FakeOllama, settings: MakeSettings) -> None:
    async with sidecar(settings({"name": "a:1"})) as client:
        await until(becomes(client, 503, "the last pull failed: pull model manifest: file does not exist"))
        fake.publish("a:1", b"a")
        await until(becomes(client, 200))


async def test_a_registry_with_another_build_is_asked_once(fake: FakeOllama, settings: MakeSettings) -> None:
    fake.publish("http://registry.test:5000/library/a:1", b"other", b"config")
    asked = settings({"name": "a:1", "digest": "sha256:0"}, registry="http://registry.test:5000")
    async with sidecar(asked) as client:
        await until(becomes(client, 503, "the last pull failed"))
        await asyncio.sleep(0.3)
    assert len(fake.pulls) == 1
    assert fake.names == {}


async def test_one_late_answer_of_a_busy_ollama_is_borne(
    fake: FakeOllama, settings: MakeSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake.hold("a:1", b"a")
    app_settings = settings({"name": "a:1"})
    async with sidecar(app_settings) as client:
        await until(becomes(client, 200))
        names, fake.names = fake.names, None  # type: ignore[assignment]
        monkeypatch.setattr(proof, "MISSES", 10_000)
        await asyncio.sleep(0.2)
        assert (await client.get("/ready")).status_code == 200
        monkeypatch.setattr(proof, "MISSES", 3)
        await until(becomes(client, 503, "HTTP 500"))
        fake.names = names
        await until(becomes(client, 200))


async def test_the_report_says_what_is_known(fake: FakeOllama, settings: MakeSettings) -> None:
    digest = fake.hold("a:1", b"a")
    async with sidecar(settings({"name": "a:1", "digest": digest}, {"name": "b:1"})) as client:
        await until(becomes(client, 503, "b:1"))

        async def loaded() -> bool:
            return (await client.get("/status")).json()["models"][0]["loaded"] is not None

        await until(loaded)
        there, missing = (await client.get("/status")).json()["models"]
    assert there["name"] == "a:1"
    assert there["wanted"] == there["present"] == digest
    assert there["ready"] and there["reason"] is None
    assert there["answeredSeconds"] > 0
    assert there["loaded"]["context_length"] == 4096
    assert missing["present"] is None and not missing["ready"] and "is not there" in missing["reason"]
    assert "platformctl models repair b:1" in missing["fix"] and there["fix"] is None


async def test_verify_hashes_one_or_all_wanted_models(fake: FakeOllama, settings: MakeSettings) -> None:
    fake.hold("a:1", b"a")
    fake.hold("b:1", b"b")
    fake.blob(sha256(b"b")).write_bytes(b"x")
    async with sidecar(settings({"name": "a:1"}, {"name": "b:1"})) as client:
        ends = [e for e in await lines(await client.get("/verify?deep=true")) if e.get("done")]
        assert [(end["model"], end["ok"]) for end in ends] == [("a:1", True), ("b:1", False)]
        only = await lines(await client.get("/verify?deep=true&model=b:1"))
        assert {event["model"] for event in only} == {"b:1"}
        other = await lines(await client.get("/verify?model=c:1"))
        assert "has no manifest" in other[-1]["reason"]
        assert (await client.get("/verify?model=a/b/c/d")).status_code == 400


async def test_repair_brings_a_damaged_file_back(fake: FakeOllama, settings: MakeSettings) -> None:
    digest = fake.publish("a:1", b"a", b"config")
    fake.hold("a:1", b"a", b"config")
    fake.blob(sha256(b"a")).write_bytes(b"x")
    async with sidecar(settings({"name": "a:1", "digest": digest})) as client:
        events = await lines(await client.post("/repair?model=a:1"))
        assert events[-1] == {"model": "a:1", "ok": True}
        assert fake.blob(sha256(b"a")).read_bytes() == b"a"
        fake.registry.clear()
        events = await lines(await client.post("/repair?model=a:1"))
        assert events[-1]["ok"] is False
        assert "file does not exist" in events[-1]["reason"]
        assert (await client.post("/repair?model=other:1")).status_code == 404
        assert (await client.post("/repair")).status_code == 404


async def test_repair_pulls_a_model_with_a_damaged_manifest(fake: FakeOllama, settings: MakeSettings) -> None:
    digest = fake.publish("a:1", b"a")
    fake.hold("a:1", b"a")
    (fake.folder / "manifests/registry.ollama.ai/library/a/1").write_text("{")
    async with sidecar(settings({"name": "a:1", "digest": digest})) as client:
        assert (await lines(await client.post("/repair?model=a:1")))[-1]["ok"] is True


async def test_a_repair_says_that_it_waits(fake: FakeOllama, settings: MakeSettings) -> None:
    digest = fake.publish("a:1", b"a")
    async with sidecar(settings({"name": "a:1", "digest": digest})) as client:
        both = await asyncio.gather(*(client.post("/repair?model=a:1") for _ in range(2)))
        told = [await lines(response) for response in both]
    assert all(events[-1]["ok"] for events in told)
    waits = [[event for event in events if "waiting" in event.get("status", "")] for events in told]
    assert sorted(map(len, waits)) == [0, 1]
