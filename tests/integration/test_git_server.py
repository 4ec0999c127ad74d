"""The Git server with real lighttpd and git, on loopback."""

from __future__ import annotations

import os
import subprocess
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from platformctl.local.git_server import GitServer
from platformctl.local.ports import free_port
from platformctl.local.publish import publish

from .served import running

pytestmark = pytest.mark.cluster


@pytest.fixture
def server(tmp_path: Path) -> Iterator[GitServer]:
    checkout = tmp_path / "checkout"
    (checkout / "components/chatbot-api").mkdir(parents=True)
    (checkout / "components/chatbot-api/app.py").write_text("print(1)\n")
    (checkout / "platform.yaml").write_text("name: chat\n")
    server = GitServer(
        tmp_path / "git",
        tmp_path / "config",
        (f"127.0.0.1:{free_port()}", f"127.0.0.2:{free_port()}"),
    )
    base = f"http://{server.listens[1]}"
    publish(checkout, server.repositories, base_url=base, submodules=["chatbot-api"])
    with running(server.service(), tmp_path / "log"):
        yield server


def git(*arguments: str, folder: Path, check: bool = True) -> subprocess.CompletedProcess[str]:
    identity = {f"GIT_{role}_{f}": "ada" for role in ("AUTHOR", "COMMITTER") for f in ("NAME", "EMAIL")}
    plain = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_TERMINAL_PROMPT": "0", "NO_PROXY": "*"}
    return subprocess.run(
        ["git", *arguments],
        cwd=folder,
        env={**os.environ, **identity, **plain},
        check=check,
        capture_output=True,
        text=True,
    )


def url(server: GitServer) -> str:
    return f"http://{server.listens[0]}/platform.git"


def with_password(server: GitServer, password: str | None = None) -> str:
    return url(server).replace("//", f"//git:{password or server.password}@")


def test_a_clone_gets_submodules_from_either_address(server: GitServer, tmp_path: Path) -> None:
    for listen in server.listens:
        # A credential that goes with every request, like the one that source-controller lends submodules.
        token = b64encode(f"git:{server.password}".encode()).decode()
        config = ("-c", f"http.extraHeader=Authorization: Basic {token}")
        platform = f"http://{listen}/platform.git"
        git(*config, "clone", "-q", "--recurse-submodules", platform, listen, folder=tmp_path)
        assert (tmp_path / listen / "components/chatbot-api/app.py").exists()


def test_a_push_of_more_than_the_post_buffer_arrives_whole(server: GitServer, tmp_path: Path) -> None:
    git("clone", "-q", with_password(server), "clone", folder=tmp_path)
    clone = tmp_path / "clone"
    # Random, so that compression leaves far more than 1 MB: git then sends chunks of unknown total length.
    (clone / "large").write_bytes(os.urandom(6_000_000))
    git("add", "large", folder=clone)
    git("commit", "-q", "-m", "large", folder=clone)
    git("push", "-q", folder=clone)
    tip = git("rev-parse", "HEAD", folder=clone).stdout
    served = server.repositories / "platform.git"
    assert git("rev-parse", "main", folder=served).stdout == tip
    assert git("fsck", "--no-dangling", folder=served).returncode == 0
    git("clone", "-q", with_password(server), "again", folder=tmp_path)
    assert (tmp_path / "again/large").read_bytes() == (clone / "large").read_bytes()


@pytest.mark.parametrize("given", ["none", "wrong"])
def test_nothing_is_read_without_the_password(server: GitServer, tmp_path: Path, given: str) -> None:
    named = url(server) if given == "none" else with_password(server, password="wrong")
    refused = git("ls-remote", named, folder=tmp_path, check=False)
    assert refused.returncode != 0
    assert "refs/heads" not in refused.stdout


def test_files_beside_the_repositories_are_not_served(server: GitServer) -> None:
    login = ("git", server.password)
    for path in ("password", "../config/git-users", "platform.git/config"):
        answer = httpx.get(f"http://{server.listens[0]}/{path}", auth=login, trust_env=False)
        assert answer.status_code in (403, 404), path


def test_the_password_is_for_its_owner_alone(server: GitServer) -> None:
    for path in (server.repositories / "password", server.config / "git-users"):
        assert path.stat().st_mode & 0o077 == 0
