"""The program as a container runs it."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

from tests.fake_ollama import FakeOllama

SOURCE = Path(__file__).parent.parent / "src"


async def start(command: str, **environment: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "ollama_models",
        command,
        env=os.environ | {"PYTHONPATH": str(SOURCE), "PYTHONUNBUFFERED": "1"} | environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )


async def test_a_pull_ends_with_the_exit_status_and_the_reason_last(fake: FakeOllama) -> None:
    fake.publish("a:1", b"a")
    for wanted, status, last in (
        ("a:1", 0, "1 of 1 models are there"),
        ("b:1", 1, "b:1: pull model manifest"),
    ):
        process = await start("pull", OLLAMA_URL=fake.url, WANTED_MODELS=f'[{{"name": "{wanted}"}}]')
        output, _ = await process.communicate()
        assert process.returncode == status
        assert output.decode().splitlines()[-1].startswith(last)


async def test_wrong_settings_are_told_apart_from_a_failed_pull() -> None:
    process = await start("serve", WANTED_MODELS="{")
    output, _ = await process.communicate()
    assert process.returncode == 2
    assert b"not a JSON list" in output


async def test_a_stopped_pull_ends_by_itself_and_not_by_the_signal() -> None:
    # As process 1 of a container, which the kernel shields from signals that have no handler.
    process = await start("pull", OLLAMA_URL="http://127.0.0.1:1", WANTED_MODELS="[]")
    assert process.stdout is not None
    assert b"waiting" in await process.stdout.readline()
    process.send_signal(signal.SIGTERM)
    async with asyncio.timeout(20):
        await process.wait()
    assert process.returncode == 128 + signal.SIGTERM
