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


WAITING = observed({POD: [pod(containerStatuses=[container(ready=False)])]})


def test_what_is_under_way_is_the_reason_for_not_healthy() -> None:
    status = report(WAITING)
    assert not status.healthy and not status.troubles
    lines = screen(status)
    assert lines[0].startswith("not healthy yet")
    assert lines[1].split()[0] == "…" and "0/1 ready" in lines[1]
    (waiting,) = status.as_json()["waiting"]
    assert waiting["message"] == "0/1 ready"


def watched(height: int, seen: Observed = WELL) -> list[str]:
    console = Console(file=io.StringIO(), width=100, height=height)
    console.print(command.fitted(report(seen), {"chat": "http://x"}, console, at="12:00:01"))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue().splitlines()


def test_a_watched_screen_has_its_time_and_fits() -> None:
    many = observed({POD: [pod(name=f"p{n}", containerStatuses=[container()]) for n in range(30)]})
    whole, brief, cut = watched(60, many), watched(20, many), watched(5, many)
    assert "12:00:01" in whole[0]
    assert sum("1/1 ready" in line for line in whole) == 30
    assert len(brief) <= 20 and any("30 of 30" in line for line in brief)
    assert any("http://x" in line for line in brief)
    assert len(cut) == 5 and "lines more" in cut[-1]


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
