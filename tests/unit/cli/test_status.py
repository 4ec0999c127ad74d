"""What the screen says, and the exit codes."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
import typer
from rich.console import Console
from typer.testing import CliRunner

from platformctl.cli import status as command
from platformctl.errors import Unreachable
from platformctl.live.kinds import POD
from platformctl.live.status import Observed, Status, report
from tests.unit.live.status.objects import artifact, container, observed, pod

WELL = observed({POD: [pod(containerStatuses=[container()])]})
OFF = observed({}, artifact=artifact(patch="{}"))


def screen(status: Status, width: int = 200) -> list[str]:
    console = Console(file=io.StringIO(), width=width)
    console.print(command.drawn(status, {"chat": "http://chat.localhost:8080"}))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue().splitlines()


def test_screen_of_a_platform_that_is_well() -> None:
    lines = screen(report(WELL))

    assert lines[0].startswith("healthy  https://10.199.0.2:6443")
    assert any("on in the cluster: yes, kept in Git: yes" in line for line in lines)
    assert any(line.split() == ["chat", "http://chat.localhost:8080"] for line in lines)


def test_what_is_wrong_comes_first_with_its_fix() -> None:
    lines = screen(report(OFF))

    assert lines[0].startswith("not healthy")
    assert "was removed from Git" in lines[1]
    assert lines[2].split()[:3] == ["fix", "platformctl", "bootstrap"]
    assert any("failed" in line and "kept in Git: NO" in line for line in lines)


def test_nothing_is_cut_off_on_a_narrow_terminal() -> None:
    text = "".join("".join(screen(report(WELL), width=60)).split())

    assert "main@6003360" in text


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> CliRunner:
    class Connected:
        def __enter__(self) -> Connected:
            return self

        def __exit__(self, *_: object) -> None:
            pass

    monkeypatch.setattr(command.Cluster, "connect", lambda *_: Connected())
    monkeypatch.chdir(tmp_path)
    return CliRunner()


def app() -> typer.Typer:
    app = typer.Typer()
    app.command()(command.status)
    return app


@pytest.mark.parametrize(("seen", "code"), [(WELL, 0), (OFF, 1)])
def test_exit_code_and_json(
    run: CliRunner, monkeypatch: pytest.MonkeyPatch, seen: Observed, code: int
) -> None:
    monkeypatch.setattr(command, "observe", lambda _: seen)

    ended = run.invoke(app(), ["-o", "json"])

    assert ended.exit_code == code
    assert json.loads(ended.stdout)["healthy"] == (code == 0)


def test_cluster_that_was_never_started(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    (tmp_path / "platform.yaml").write_text((Path(__file__).parents[3] / "platform.yaml").read_text())

    ended = CliRunner().invoke(app(), [str(tmp_path)])

    assert isinstance(ended.exception, Unreachable)
    assert ended.exception.exit_code == 3
