"""What ``up`` and ``down`` say and ask, and what ``doctor`` ends with."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from platformctl.cli import up as cli
from platformctl.cli.console import err
from platformctl.cli.doctor import verdict
from platformctl.cli.stages import Stages
from platformctl.cli.up import _show_proof
from platformctl.errors import ConfigError, StepFailed
from platformctl.jobs import up as jobs
from platformctl.jobs.doctor import Cost, Examination
from platformctl.jobs.embedded import Embedded
from platformctl.jobs.up import Up
from platformctl.live import chat, route
from platformctl.live.bootstrap import PreflightFailed, Problem
from platformctl.local import state
from platformctl.local.doctor import Check
from platformctl.local.paths import Paths
from platformctl.steps import Silent, Step, run_steps
from tests import service_only

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("here", [True, False])
def test_name_that_leads_elsewhere_is_said_with_what_helps(
    here: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for variable in ("XDG_CACHE_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(variable, str(tmp_path / variable))
    text = service_only.text().replace("chat.localhost", "chat.example.com")
    (tmp_path / "platform.yaml").write_text(text)
    monkeypatch.setattr(route, "leads_to", lambda url, address: here)
    job = Up(Embedded.of(tmp_path, "service"), [])
    job.proof = chat.ChatProof("gemma3:270m", 0.5, 20, "Yes")

    _show_proof(job)

    shown = capsys.readouterr().out
    assert "http://chat.example.com:8080" in shown
    said = "127.0.0.1 chat.example.com" in shown and "/etc/hosts" in shown
    assert said is not here


def test_the_summary_names_the_repository_of_git_url(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for variable in ("XDG_CACHE_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(variable, str(tmp_path / variable))
    text = (ROOT / "platform.yaml").read_text()
    (tmp_path / "platform.yaml").write_text(text.replace("/platform.git", "/my-chat.git"))
    job = Up(Embedded.of(tmp_path, None), [])
    job.proof = chat.ChatProof("gemma3:270m", 0.5, 20, "Yes")
    _show_proof(job)
    assert "@localhost:8081/my-chat.git" in capsys.readouterr().out


@pytest.mark.parametrize("at_terminal", [False, True])
def test_purge_without_a_terminal_needs_yes(
    at_terminal: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in ("XDG_CACHE_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(variable, str(tmp_path / variable))
    state.remember(Paths.of("service"), ROOT)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))  # a pipe; whether stderr is one plays no role
    monkeypatch.setattr(type(err), "is_terminal", at_terminal)
    with pytest.raises(ConfigError, match="no terminal") as caught:
        cli.down(cluster="service", purge=True, yes=False)
    assert "--yes" in str(caught.value.fix)
    assert Paths.of("service").state.is_dir()


def test_times_are_shown_of_a_failed_run_too(capsys: pytest.CaptureFixture[str]) -> None:
    def fail(_: None, task: object) -> str:
        raise StepFailed("no room")

    steps = [Step[None]("toolchain", lambda *_: "well"), Step[None]("images", fail), Step[None]("git", fail)]
    with pytest.raises(StepFailed), Stages(Silent(), err) as stages:
        run_steps(steps, None, stages)
    lines = [line.split() for line in capsys.readouterr().err.splitlines() if line]
    assert [(line[0], line[-1] == "failed") for line in lines[1:]] == [("toolchain", False), ("images", True)]


def test_several_obstacles_to_the_bootstrap_are_all_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for variable in ("XDG_CACHE_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(variable, str(tmp_path / variable))

    def fail(*_: object) -> None:
        raise PreflightFailed([Problem("git/unreadable", "no access", "give it"), Problem("a/b", "c", "d")])

    monkeypatch.setattr(jobs, "up", fail)
    with pytest.raises(PreflightFailed):
        cli.up(ROOT, None)
    shown = capsys.readouterr().err
    assert "git/unreadable" in shown and "a/b" in shown


WELL, BAD = Check("root", "yes", True), Check("root", "no", False, "sudo")


@pytest.mark.parametrize(
    ("found", "ending"),
    [
        (Examination(None, [BAD, BAD], Cost(9, 18, "15 GB")), "2 things to mend"),
        (Examination(None, [BAD], None), "1 thing to mend"),
        (Examination("prod", [WELL], None), "this machine can work with cluster prod"),
        (
            Examination(None, [WELL], Cost(9, 18.4, "15 GB")),
            "this machine can run an embedded cluster; `platformctl up` builds or fetches 9 parts first: "
            "at most 18 minutes and 15 GB of disk, once",
        ),
        (
            Examination("service", [WELL], Cost(2, 2.3, "1 GB")),
            "this machine can run cluster service; `platformctl up` builds or fetches 2 parts first: "
            "about 2 minutes and 1 GB of disk, once",
        ),
        (
            Examination("service", [WELL], Cost(0, 0, "")),
            "this machine can run cluster service; all is built, `platformctl up` takes about 2 minutes",
        ),
    ],
)
def test_doctor_ends_with_a_verdict(found: Examination, ending: str) -> None:
    assert verdict(found) == ending
