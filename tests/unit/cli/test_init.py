"""``init``: which folders it takes, how it asks, and how it goes on after something failed."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
import typer
from click.testing import Result
from typer.testing import CliRunner

from platformctl.cli import init as command
from platformctl.errors import ConfigError, MachineRefused
from platformctl.platform import load

app = typer.Typer()
app.command()(command.init)


@pytest.fixture(autouse=True)
def ada(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Git as somebody's, and a private folder to be in."""
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{role}_NAME", "Ada")
        monkeypatch.setenv(f"GIT_{role}_EMAIL", "ada@example.com")
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "someone_to_ask", lambda: True)


def run(*arguments: str, answers: str | None = None) -> Result:
    return CliRunner().invoke(app, list(arguments), input=answers)


def git(*arguments: str) -> str:
    return subprocess.run(["git", *arguments], capture_output=True, text=True, check=True).stdout


def test_a_fresh_clone_is_taken_with_its_branch_and_address() -> None:
    git("init", "--quiet", "--initial-branch=trunk", "clone")
    git("-C", "clone", "remote", "add", "origin", "git@git.example.com:team/platform.git")
    for name in ("README.md", "LICENSE", ".gitignore"):
        Path("clone", name).write_text("theirs")
    done = run("clone")
    assert done.exit_code == 0, done.exception
    made = load(Path("clone")).file.git
    assert (made.branch, made.url) == ("trunk", "ssh://git@git.example.com/team/platform.git")
    assert Path("clone/README.md").read_text() == "theirs"
    assert git("-C", "clone", "log", "--format=%s") == "Start\n"


def test_nothing_is_written_when_git_has_no_author(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GIT_AUTHOR_EMAIL", "GIT_COMMITTER_EMAIL", "EMAIL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "user.useConfigOnly")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", "true")
    done = run("team")
    assert isinstance(done.exception, MachineRefused)
    assert "user.email" in str(done.exception.fix)
    assert not Path("team").exists()


def test_after_a_commit_that_failed_the_same_command_goes_on() -> None:
    git("init", "--quiet", "team")
    hook = Path("team/.git/hooks/pre-commit")
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho no >&2\nexit 1\n")
    hook.chmod(0o755)
    failed = run("team")
    assert isinstance(failed.exception, MachineRefused)
    assert failed.exception.exit_code == 3
    assert "git commit failed: no" in failed.exception.message
    hook.unlink()
    done = run("team")
    assert done.exit_code == 0, done.exception
    assert git("-C", "team", "status", "--porcelain") == ""


def test_a_platform_with_a_commit_is_left_alone() -> None:
    assert run("team").exit_code == 0
    again = run("team")
    assert isinstance(again.exception, ConfigError)
    assert "is not empty" in again.exception.message


def test_what_fails_half_way_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device", "x")

    git("init", "--quiet", "team")
    monkeypatch.setattr("shutil.copytree", full)
    assert isinstance(run("team").exception, OSError)
    assert [path.name for path in Path("team").iterdir()] == [".git"]


def test_a_file_in_the_way_is_named() -> None:
    Path("file").write_text("")
    done = run("file/x", "--name", "x")
    assert isinstance(done.exception, ConfigError)
    assert done.exception.message.endswith("file is not a folder")


@pytest.mark.parametrize(
    ("flag", "value", "said"),
    [
        ("--domain", "A B", "is not a host name"),
        ("--model", "foo", "is not a model name with its tag"),
        ("--size", "big", "is not a quantity"),
        ("--registry", "https://x", "is not a registry"),
        ("--cluster", "", "is not a name"),
        ("--git-url", "git@x:y", "is not an http, https or ssh URL"),
        ("--storage-class", "standard", "does not exist on an embedded cluster"),
    ],
)
def test_a_wrong_option_is_told_as_the_option_and_once(flag: str, value: str, said: str) -> None:
    done = run("team", "--no-git", flag, value)
    shown = " ".join(done.stderr.replace("│", " ").split())
    assert done.exit_code == 2
    assert f"Invalid value for '{flag}'" in shown
    assert shown.count(said) == 1
    assert "platform.yaml" not in shown
    assert not Path("team").exists()


def test_a_wrong_answer_is_asked_for_again_at_once(terminal: None) -> None:
    answers = "elsewhere\nexisting\nsome\n\nMy Team\nteam\n\nBad Host\nchat.example.com\n\n\n"
    done = run("new", "--no-git", answers=answers)
    assert done.exit_code == 0, done.stderr
    made = load(Path("new"))
    assert (made.name, made.cluster().host) == ("team", "chat.example.com")
    assert made.cluster().settings.inference.storage.class_name == "standard"
    asked = done.stderr
    assert asked.index('"My Team" is not a name') < asked.index("Cluster [")
    assert asked.index('"Bad Host" is not a host name') < asked.index("Git URL [")


def test_a_folder_whose_name_is_none_suggests_one(terminal: None, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = run("My Platform!", "--no-git", answers="\n" * 7)
    assert "Name [my-platform]" in asked.stderr
    monkeypatch.setattr(command, "someone_to_ask", lambda: False)
    refused = run("Other One", "--no-git")
    assert isinstance(refused.exception, ConfigError)
    assert refused.exception.fix == "--name other-one"


def test_the_next_line_can_be_pasted() -> None:
    assert "Next: cd 'my team' && platformctl up\n" in run("my team", "--name", "x", "--no-git").stderr


def test_for_a_cluster_that_exists_the_next_lines_say_what_it_needs() -> None:
    shown = run("team", "--no-git", "--target", "existing").stderr
    wanted = ["cd team", "set git.url", "push to the branch main", "ghcr.io/platformctl/chatbot-api:0.1.0"]
    places = [shown.index(text) for text in [*wanted, "platformctl bootstrap --context NAME"]]
    assert places == sorted(places)
    own = run("own", "--no-git", "--target", "existing", "--git-url", "https://git.example.org/p.git").stderr
    assert "set git.url" not in own
    assert "--age-key-file" not in own


def test_another_repository_around_it_is_told() -> None:
    git("init", "--quiet", ".")
    assert f"lies in the Git repository {Path.cwd()}" in run("team").stderr


def test_a_login_brings_the_gateway_that_it_needs() -> None:
    assert run("team", "--no-git", "--login", "keycloak").exit_code == 0
    made = load(Path("team")).cluster()
    assert (made.name, made.settings.gateway, made.settings.login) == ("local", "istio", "keycloak")
    assert made.url == "https://app.chat.localhost:8443"
    assert made.login and made.login.users
    assert Path("team/components/keycloak/chart/Chart.yaml").is_file()
    assert not Path("team/components/istiod").exists()


def test_the_gateway_can_do_without_a_login() -> None:
    assert run("team", "--no-git", "--gateway", "istio").exit_code == 0
    made = load(Path("team")).cluster()
    assert (made.settings.gateway, made.login) == ("istio", None)


def test_a_login_without_its_gateway_is_refused() -> None:
    done = run("team", "--no-git", "--login", "keycloak", "--gateway", "traefik")
    assert done.exit_code == 2
    assert "is for gateway: istio, not for gateway: traefik" in " ".join(done.stderr.split())
    assert not Path("team").exists()


EXISTING = ("--no-git", "--target", "existing", "--domain", "chat.example.com", "--login", "keycloak")
RECIPIENT = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"


def test_a_login_on_a_cluster_that_exists_says_all_that_it_needs() -> None:
    done = run("team", *EXISTING, "--email", "ops@example.com")
    assert done.exit_code == 2
    shown = " ".join(done.stderr.replace("│", " ").split())
    assert "needs --dns-project and --recipient as well" in shown
    wanted = ("--email", "ops@example.com", "--dns-project", "chat-1", "--recipient", RECIPIENT)
    ready = run("team", *EXISTING, *wanted)
    assert ready.exit_code == 0
    assert "platformctl secrets init" in ready.stderr
    assert "platformctl bootstrap --context NAME --age-key-file FILE" in ready.stderr
    made = load(Path("team")).cluster()
    assert made.secret_store.recipients == (RECIPIENT,)
    assert made.dns and made.dns.project == "chat-1"


def test_what_a_login_needs_is_asked_for(terminal: None) -> None:
    answers = f"ops\nops@example.com\nchat-1\nAGE\n{RECIPIENT} {RECIPIENT}\n" + "\n" * 4
    done = run("team", *EXISTING, answers=answers)
    assert done.exit_code == 0, done.stderr
    made = load(Path("team")).cluster()
    assert made.certificates and made.certificates.email == "ops@example.com"
    assert len(made.secret_store.recipients) == 2
    assert '"ops" is not an e-mail address' in done.stderr
    assert '"AGE" is not a public age key' in done.stderr
