"""A platform's repository with two submodules, on a Git server that wants a password."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from platformctl.live.bootstrap.target import Settings
from platformctl.live.git import GitAccess, GitStore
from tests.unit.live.bootstrap.git_server import WRITER, GitServer, git

HOST = "git.example.com"
URL = f"http://{HOST}/platform.git"


@dataclass
class Repositories:
    """The repositories on the server, and a folder for each from which one can push."""

    server: GitServer
    folder: Path

    def commit(
        self, name: str, files: Mapping[str, str | None], *, push: bool = True, host: str = HOST
    ) -> str:
        """Commit files (None: remove) to a repository, which is created if need be; returns the commit."""
        work = self.folder / host / name
        if not work.exists():
            remote = self.server.create(host, name)
            git("init", "--quiet", "--initial-branch=main", str(work))
            git("remote", "add", "origin", str(remote), at=work)
        for path, text in files.items():
            (work / path).parent.mkdir(parents=True, exist_ok=True)
            if text is None:
                (work / path).unlink()
            else:
                (work / path).write_text(text)
        git("add", "--all", "--force", at=work)
        git("commit", "--quiet", "--allow-empty", "-m", "change", at=work)
        if push:
            git("push", "--quiet", "origin", "HEAD:main", at=work)
        return git("rev-parse", "HEAD", at=work)

    def link(self, parent: str, path: str, commit: str) -> None:
        """Pin a submodule's commit in the index of a parent; .gitmodules is the caller's."""
        work = self.folder / HOST / parent
        (work / path).mkdir(parents=True, exist_ok=True)
        git("update-index", "--add", "--cacheinfo", f"160000,{commit},{path}", at=work)

    def publish(self, parent: str) -> str:
        """Commit what is in the index of a parent and push it; returns the commit."""
        work = self.folder / HOST / parent
        git("add", ".gitmodules", at=work)
        git("commit", "--quiet", "-m", "submodules", at=work)
        git("push", "--quiet", "origin", "HEAD:main", at=work)
        return git("rev-parse", "HEAD", at=work)

    def platform(self, submodules: Mapping[str, tuple[str, str]]) -> str:
        """A platform whose submodules are given as path -> (URL, commit); returns its commit."""
        self.commit(
            "platform",
            {"clusters/service/kustomization.yaml": "resources: [flux-system]\n", "README.md": "platform\n"},
            push=False,
        )
        sections = [
            f'[submodule "{path}"]\n\tpath = {path}\n\turl = {url}\n' for path, (url, _) in submodules.items()
        ]
        (self.folder / HOST / "platform" / ".gitmodules").write_text("".join(sections))
        for path, (_, commit) in submodules.items():
            self.link("platform", path, commit)
        return self.publish("platform")


@pytest.fixture
def repositories(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Repositories]:
    for name in ("no_proxy", "NO_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with GitServer(tmp_path / "server") as server:
        monkeypatch.setenv("http_proxy", server.proxy)
        yield Repositories(server, tmp_path / "work")


@pytest.fixture
def store(tmp_path: Path) -> GitStore:
    return GitStore(tmp_path / "store.git")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(
        cluster="service",
        git=GitAccess(URL, *WRITER),
        flux=Path("/usr/bin/flux"),
        log=tmp_path / "flux.log",
    )
