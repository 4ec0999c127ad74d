"""``bootstrap`` on the command line: which cluster it takes, and what it looks at before it connects."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import typer
from click.testing import Result
from typer.testing import CliRunner

from platformctl.cli import bootstrap as command
from platformctl.cli import tools
from platformctl.errors import ConfigError, Unreachable
from platformctl.live import kubeconfig
from platformctl.live.bootstrap import Decryption, Settings
from tests import service_only
from tests.unit.live.test_kubeconfig import TWO
from tests.unit.secrets.open_sops import OpenSops
from tests.unit.secrets.test_store import PLATFORM, RECIPIENT

app = typer.Typer()
app.command()(command.bootstrap)
ROOT = Path(__file__).parents[3]
GIT = ("--cluster", "prod", "--git-url", "https://ada:secret@git.example.com/platform.git")


@pytest.fixture
def done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Settings]:
    """What would have been bootstrapped."""
    config = tmp_path / "config"
    config.write_text(TWO)
    monkeypatch.setenv("KUBECONFIG", str(config))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(kubeconfig, "IN_A_POD", tmp_path / "nowhere")
    monkeypatch.setattr(command, "IN_A_POD", tmp_path / "nowhere")
    monkeypatch.setenv(command.PASSWORD_VARIABLE, "secret")
    monkeypatch.chdir(tmp_path)
    settings: list[Settings] = []
    monkeypatch.setattr(command, "_run", settings.append)
    return settings


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, [*GIT, "--flux", sys.executable, *arguments])


def test_nobody_installs_to_a_context_that_nobody_named(done: list[Settings]) -> None:
    ended = run()
    assert isinstance(ended.exception, ConfigError)
    assert ended.exception.fix == "--context here, or --yes"
    assert "https://127.0.0.1:1" in ended.stderr, "the server is shown"
    assert not done


@pytest.mark.parametrize(
    ("said", "context"), [(["--yes"], "here"), (["--context", "there"], "there"), (["-y"], "here")]
)
def test_what_is_named_or_agreed_on_is_taken_and_shown(
    done: list[Settings], said: list[str], context: str
) -> None:
    ended = run(*said)
    assert ended.exit_code == 0, ended.output
    assert done[0].context == context
    assert ended.stderr.split()[1] == context
    assert "https://ada@git.example.com/platform.git" in ended.stderr
    assert "secret" not in ended.stderr


@pytest.mark.parametrize(("answer", "code", "count"), [("y\n", 0, 1), ("n\n", 1, 0)])
def test_on_a_terminal_there_is_a_question(
    done: list[Settings], monkeypatch: pytest.MonkeyPatch, answer: str, code: int, count: int
) -> None:
    monkeypatch.setattr(command, "someone_to_ask", lambda: True)
    ended = CliRunner().invoke(app, [*GIT, "--flux", sys.executable], input=answer)
    assert "Install Flux there?" in ended.stderr
    assert (ended.exit_code, len(done)) == (code, count)


def test_a_given_kubeconfig_with_one_context_is_a_name(done: list[Settings], tmp_path: Path) -> None:
    only = tmp_path / "only"
    only.write_text(
        "clusters: [{name: a, cluster: {server: 'https://a'}}]\ncurrent-context: one\n"
        "contexts: [{name: one, context: {cluster: a, user: x}}]\n"
    )
    assert run("--kubeconfig", str(only)).exit_code == 0
    assert done[0].context == "one"


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--flux", "/nonexist"),
        ("--flux", "/dev"),
        ("--interval", "5x"),
        ("--interval", "5"),
        ("--timeout", "-4"),
        ("--private-key", "/nope"),
        ("--ca-file", "/nope"),
    ],
)
def test_options_are_looked_at_first(done: list[Settings], option: str, value: str) -> None:
    ended = run(option, value, "--context", "nowhere")
    assert ended.exit_code == 2
    assert option in ended.stderr
    assert "nowhere" not in ended.stderr


def test_without_a_flux_cli_our_own_is_built(
    done: list[Settings], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    built = []

    class Ours:
        def __init__(self, cache: Path) -> None:
            pass

        def missing(self, names: object) -> list[object]:
            return [SimpleNamespace(name="flux")]

        def ensure(self, task: object, names: tuple[str, ...]) -> str:
            built.append(names)
            return "built"

        def binary(self, name: str) -> Path:
            return tmp_path / name

    monkeypatch.setattr(tools, "Toolchain", Ours)
    monkeypatch.setattr(tools.shutil, "which", lambda _: None)
    ended = CliRunner().invoke(app, [*GIT, "--yes"])
    assert ended.exit_code == 0, ended.output
    assert (built, done[0].flux) == ([("flux",)], tmp_path / "flux")


def test_an_embedded_cluster_that_was_never_started_is_told_as_everywhere(
    done: list[Settings], tmp_path: Path
) -> None:
    service_only.put_into(tmp_path)
    ended = CliRunner().invoke(app, [])
    assert isinstance(ended.exception, Unreachable)
    assert ended.exception.message == "cluster service was never started here"
    assert ended.exception.fix == "platformctl up --cluster service"


def test_flux_gets_the_key_that_is_given_for_the_secrets(
    done: list[Settings], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "platform.yaml").write_text(PLATFORM % RECIPIENT)
    (tmp_path / "key").write_text(RECIPIENT)
    monkeypatch.setattr(tools, "sops", OpenSops)
    monkeypatch.delenv("SOPS_AGE_KEY_FILE", raising=False)
    words = ["--cluster", "office", "--flux", sys.executable, "--yes"]
    assert CliRunner().invoke(app, words).exit_code == 0
    assert CliRunner().invoke(app, [*words, "--age-key-file", "key"]).exit_code == 0
    monkeypatch.setenv("SOPS_AGE_KEY_FILE", str(tmp_path / "key"))
    assert CliRunner().invoke(app, words).exit_code == 0
    key = Decryption(f"{RECIPIENT}\n", (RECIPIENT,))
    assert [settings.decryption for settings in done] == [None, key, key]


def test_a_key_to_nothing_is_an_error(done: list[Settings], tmp_path: Path) -> None:
    (tmp_path / "key").write_text(RECIPIENT)
    ended = run("--yes", "--age-key-file", str(tmp_path / "key"))
    assert isinstance(ended.exception, ConfigError)
    assert ended.exception.message == "this cluster has no secrets that a key would open"
    assert not done
