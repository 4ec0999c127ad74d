"""``platformctl models``: what a user reads, and the exit code that a script reads."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from rich.console import Console
from rich.text import Text
from typer.testing import CliRunner

from platformctl.cli import models as command
from platformctl.cli.models import models_app
from platformctl.errors import ConfigError
from platformctl.live.models import Registry
from tests.unit.live.api_server import ApiServer
from tests.unit.live.engine import BLOB, DIGEST, NAME, OTHER, Engine

Run = Callable[..., Result]
PLATFORM = f"""\
name: chat
git: {{url: "https://git.example.com/platform.git", branch: main}}
images: {{registry: ghcr.io/platformctl}}
models:
  {NAME}: {{digest: "{DIGEST}"}} # kept
clusters:
  service:
    target: embedded
    domain: chat.localhost
    gateway: traefik
    login: none
    history: none
    inference:
      engine: ollama
      models: [{NAME}]
      storage: {{className: local-path, accessMode: ReadWriteOnce, size: 2Gi}}
    api: {{replicas: {{min: 2, max: 4}}, targetCPUUtilization: 50, maxContextMessages: 20}}
    embedded: {{httpPort: 8080, gitPort: 8081}}
"""


@pytest.fixture
def run(engine: Engine, server: ApiServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    (tmp_path / "platform.yaml").write_text(PLATFORM)
    # The address of a cluster's registry is fixed; here nothing may answer there.
    monkeypatch.setattr(command, "Registry", lambda _: Registry("http://127.0.0.1:1"))

    def invoke(name: str, *arguments: str) -> Result:
        where = [] if name == "lock" else ["--kubeconfig", str(server.kubeconfig)]
        return CliRunner().invoke(models_app, [name, *arguments, str(tmp_path), *where])

    return invoke


def test_all_well_is_exit_0(run: Run) -> None:
    done = run("verify", "--cluster", "service", "--deep")
    assert done.exit_code == 0, done.output
    assert NAME in done.stdout and "blobs 2/2 hashed" in done.stdout and "answers in" in done.stdout
    assert "does not answer" in done.stderr, "the registry that is away is a note"


@pytest.mark.parametrize("fault", ["missing", "digest", "blob", "load"])
def test_each_fault_is_exit_1_with_the_model_the_reason_and_the_fix(
    run: Run, engine: Engine, fault: str
) -> None:
    said = {
        "missing": "is not there",
        "digest": "is another build",
        "blob": BLOB,
        "load": "does not load or answer: out of memory",
    }[fault]
    if fault == "missing":
        engine.held, engine.on_volume = {}, False
    elif fault == "digest":
        engine.held = {NAME: OTHER}
    elif fault == "blob":
        engine.bad = "does not match its name: its content is sha256:d"
    else:
        engine.refuse = "out of memory"
    done = run("verify", "--deep")
    assert done.exit_code == 1
    assert said in done.stdout
    assert f"{NAME} " in done.stdout and "fix: " in done.stdout
    assert "1 of 1 model is not what Git says." in done.stdout


def test_json_is_all_that_stdout_holds(run: Run, engine: Engine) -> None:
    engine.held = {NAME: OTHER}
    done = run("verify", "-o", "json")
    assert done.exit_code == 1
    said = json.loads(done.stdout)
    assert (said["cluster"], said["ok"], said["models"][0]["present"]) == ("service", False, OTHER)
    listed = json.loads(run("list", "-o", "json").stdout)
    assert listed["models"][0]["wanted"] == DIGEST


def test_the_list_shows_what_is_not_in_git(run: Run, engine: Engine) -> None:
    engine.held["old:1"] = OTHER
    done = run("list")
    assert done.exit_code == 0
    row = next(line for line in done.stdout.splitlines() if line.startswith("old:1"))
    assert "not in Git" in row and "sha256:bbbbbbbbbbbb" in row


def test_repair_pulls_and_proves(run: Run, engine: Engine) -> None:
    done = run("repair", NAME)
    assert done.exit_code == 0, done.output
    assert any(asked.startswith("POST /repair") for asked in engine.asked)
    assert "blobs 2/2 hashed" in done.stdout
    engine.bad = "does not match its name"
    assert run("repair", NAME).exit_code == 1
    refused = run("repair", "qwen3:1b")
    assert isinstance(refused.exception, ConfigError)
    assert NAME in str(refused.exception)


def test_lock_says_what_changed_and_what_is_next(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Registry, "digest", lambda *_: OTHER)
    done = run("lock")
    assert done.exit_code == 0, done.output
    assert "sha256:aaaaaaaaaaaa… → sha256:bbbbbbbbbbbb…" in done.stdout
    assert "platformctl render" in done.stderr
    assert (tmp_path / "platform.yaml").read_text() == PLATFORM.replace(DIGEST, OTHER)
    again = run("lock")
    assert "unchanged" in again.stdout and "render" not in again.stderr


@pytest.mark.parametrize(("width", "gone"), [(30, 3), (62, 3), (72, 2), (80, 1), (200, 0)])
def test_no_name_is_cut_off_on_a_narrow_terminal(width: int, gone: int) -> None:
    columns = command._COLUMNS
    values = ("gemma3:270m-instruct", "sha256:896f3a1b2c3d", "sha256:896f3a1b2c3d", "-", "253 MB", "yes")
    console = Console(file=io.StringIO(), width=width)
    console.print(command.fitting(columns, [[Text(value) for value in values]], width))
    assert isinstance(console.file, io.StringIO)
    shown = console.file.getvalue()
    assert "…" not in shown
    assert sum(name not in shown for name in command._DISPENSABLE) == gone
    if width > 30:
        assert "gemma3:270m-instruct" in shown
