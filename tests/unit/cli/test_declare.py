"""``init`` and ``render`` on the command line: what goes to stdout and stderr, and the exit codes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from platformctl.cli.init import init
from platformctl.cli.render import render
from platformctl.errors import ConfigError, ToolMissing

app = typer.Typer()
app.command()(init)
app.command()(render)
runner = CliRunner()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "team"
    result = runner.invoke(app, ["init", str(folder), "--no-git", "--domain", "chat.example.com"])
    assert result.exit_code == 0, result.output
    return folder


def test_init_asks_nothing_without_a_terminal_and_names_the_next_step(tmp_path: Path) -> None:
    result = runner.invoke(app, ["init", str(tmp_path / "team"), "--no-git", "--target", "existing"])
    assert result.exit_code == 0, result.output
    assert "platformctl bootstrap --context NAME" in result.stderr
    assert "name: team\n" in (tmp_path / "team/platform.yaml").read_text()
    assert not (tmp_path / "team/.git").exists()


def test_init_makes_a_first_commit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{role}_NAME", "Ada")
        monkeypatch.setenv(f"GIT_{role}_EMAIL", "ada@example.com")
    folder = tmp_path / "team"
    assert runner.invoke(app, ["init", str(folder)]).exit_code == 0
    status = subprocess.run(
        ["git", "-C", folder, "status", "--porcelain"], capture_output=True, text=True, check=True
    )
    assert status.stdout == ""
    log = subprocess.run(
        ["git", "-C", folder, "log", "--format=%s"], capture_output=True, text=True, check=True
    )
    assert log.stdout == "Start\n"


def test_init_leaves_a_folder_with_files_alone(repository: Path) -> None:
    result = runner.invoke(app, ["init", str(repository), "--no-git"])
    assert isinstance(result.exception, ConfigError)


def test_render_check_says_nothing_on_stdout_when_current(repository: Path) -> None:
    result = runner.invoke(app, ["render", "--check", str(repository)])
    assert (result.exit_code, result.stdout) == (0, "")
    assert "files are current" in result.stderr


def test_render_check_shows_a_diff_and_writes_nothing(repository: Path) -> None:
    file = repository / "platform.yaml"
    file.write_text(file.read_text().replace("chat.example.com", "talk.example.com"))
    before = (repository / "clusters/service/chatbot-ui/values.yaml").read_text()
    result = runner.invoke(app, ["render", "--check", str(repository)])
    assert result.exit_code == 1
    assert "-      host: chat.example.com\n+      host: talk.example.com\n" in result.stdout
    assert (repository / "clusters/service/chatbot-ui/values.yaml").read_text() == before


def test_render_writes_what_changed_and_then_is_current(repository: Path) -> None:
    file = repository / "platform.yaml"
    file.write_text(file.read_text().replace("chat.example.com", "talk.example.com"))
    result = runner.invoke(app, ["render", str(repository)])
    assert result.exit_code == 0
    assert "change  clusters/service/chatbot-ui/values.yaml" in result.stderr
    assert runner.invoke(app, ["render", "--check", str(repository)]).exit_code == 0


def test_render_counts_what_goes_beside_what_comes(repository: Path) -> None:
    file = repository / "platform.yaml"
    file.write_text(file.read_text().replace("  service:", "  prod:"))
    checked = runner.invoke(app, ["render", "--check", str(repository)]).stderr.splitlines()[-1]
    result = runner.invoke(app, ["render", str(repository)])
    said = result.stderr.splitlines()[-1]
    total = len(list((repository / "clusters").rglob("*.yaml")))
    own = len(list((repository / "clusters/prod").rglob("*.yaml")))
    assert said == f"{total} files: {own} added, {own} removed"
    assert checked == f"{total} files: {own} missing, {own} to be removed; run: platformctl render"
    assert not (repository / "clusters/service").exists()


def test_several_errors_are_each_an_error_and_are_counted_at_the_end(repository: Path) -> None:
    file = repository / "platform.yaml"
    file.write_text(file.read_text().replace("min: 2", "min: x").replace("max: 4", "max: y"))
    start = "from platformctl.cli.app import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", start, "render", repository], capture_output=True, text=True, check=False
    )
    *errors, count = done.stderr.splitlines()
    assert [line.split()[0] for line in errors] == ["error", "error"]
    assert count == "2 errors, nothing written."
    checked = subprocess.run(
        [sys.executable, "-c", start, "render", "--check", repository],
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.stderr.splitlines()[-1] == "2 errors."


def test_a_wrong_file_writes_nothing(repository: Path) -> None:
    file = repository / "platform.yaml"
    file.write_text(file.read_text().replace("min: 2", "min: 9").replace("chat.example.com", "x.example.com"))
    result = runner.invoke(app, ["render", str(repository)])
    assert isinstance(result.exception, ConfigError)
    assert result.exception.message.endswith("1 error, nothing written.")
    assert "x.example.com" not in (repository / "clusters/service/chatbot-ui/values.yaml").read_text()


def test_the_schema_goes_to_stdout() -> None:
    result = runner.invoke(app, ["render", "--schema"])
    assert json.loads(result.stdout)["title"] == "platform.yaml"


def test_init_without_git_says_so_before_it_writes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    result = runner.invoke(app, ["init", str(tmp_path / "team")])
    assert isinstance(result.exception, ToolMissing)
    assert not (tmp_path / "team").exists()
