"""A process that is killed while it makes the password or a repository leaves nothing half made."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from platformctl.local import git_server
from platformctl.local.git_repository import BareRepository
from platformctl.local.git_server import GitServer
from platformctl.local.paths import Paths


def test_flux_finds_it_where_the_rendered_files_say_whatever_port_people_use(tmp_path: Path) -> None:
    server = GitServer.of(Paths(tmp_path / "cache", tmp_path / "state"), 9000)
    assert server.listens == ("127.0.0.1:9000", "10.199.0.1:8081")


class Killed(BaseException):
    """Stands for SIGKILL: nothing below catches it."""


@pytest.fixture
def server(tmp_path: Path) -> GitServer:
    return GitServer(tmp_path / "git", tmp_path / "config", ("127.0.0.1:8081",))


def test_a_password_is_kept_and_private(server: GitServer) -> None:
    assert len(server.password) == 32
    assert server.password == server.password
    assert stat.S_IMODE((server.repositories / "password").stat().st_mode) == 0o600
    assert [file.name for file in server.repositories.iterdir()] == ["password"]


def test_a_password_is_there_whole_or_not_at_all(server: GitServer, monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(git_server.os, "fdopen", killed)
        with pytest.raises(Killed):
            _ = server.password
    assert not (server.repositories / "password").exists()


def test_an_empty_password_is_none(server: GitServer) -> None:
    server.repositories.mkdir()
    (server.repositories / "password").touch()
    assert server.password


@pytest.mark.parametrize("command", ["init", "config"])
def test_a_repository_has_its_settings_or_is_made_again(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, git = tmp_path / "git/platform.git", BareRepository.git

    def killed(self: BareRepository, *arguments: str) -> str:
        if arguments[0] == command:
            raise Killed
        return git(self, *arguments)

    with monkeypatch.context() as patch:
        patch.setattr(BareRepository, "git", killed)
        with pytest.raises(Killed):
            BareRepository.at(path, "trunk")
    repository = BareRepository.at(path, "trunk")
    assert repository.git("config", "uploadpack.allowAnySHA1InWant") == "true"
    assert repository.git("symbolic-ref", "HEAD") == "refs/heads/trunk"
    assert [made.name for made in path.parent.iterdir()] == ["platform.git"]
