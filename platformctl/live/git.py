"""A Git repository on a server, read and written with exactly the credentials that Flux will use.

Git itself does the work, without the user's own configuration: a credential helper or an ``insteadOf`` of
this user would let a check pass here that fails in the cluster.
"""

from __future__ import annotations

import base64
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from platformctl.errors import PlatformctlError, ToolMissing

GITLINK = "160000"
SYMLINK = "120000"
SECONDS_PER_CALL = 120
PUSH_ATTEMPTS = 3
# The flux CLI insists on a password, which Flux then sends even to a server that wants none.
NO_PASSWORD = "anonymous"
PROXIES = ("http_proxy", "https_proxy", "HTTPS_PROXY", "no_proxy", "NO_PROXY", "all_proxy", "ALL_PROXY")


class GitFailed(PlatformctlError):
    """Git refused; the message is the line in which it says why."""


@dataclass(frozen=True)
class GitAccess:
    """Where a repository is and who asks.

    Attributes:
        url: https, http or ssh URL, as Flux will get it.
        username, password: for http and https; the password may be a token. Empty: ``NO_PASSWORD``.
        private_key: for ssh, a file without passphrase.
        ca_file: the authority that signed the server's certificate, if it is a private one.
    """

    url: str
    username: str = "git"
    password: str = field(default="", repr=False)
    private_key: Path | None = None
    ca_file: Path | None = None

    @property
    def over_http(self) -> bool:
        """Whether a user name and a password are what the server asks for."""
        return urlsplit(self.url).scheme in ("http", "https")

    def for_url(self, url: str) -> GitAccess:
        """The same credentials at another URL: what source-controller does for every submodule."""
        return GitAccess(url, self.username, self.password, self.private_key, self.ca_file)

    def environment(self) -> dict[str, str]:
        """The environment in which ``git`` uses these credentials and no others, and never asks for any."""
        settings = {"credential.helper": "", "gc.auto": "0"}
        if self.over_http:
            token = base64.b64encode(f"{self.username}:{self.password or NO_PASSWORD}".encode()).decode()
            parts = urlsplit(self.url)
            # Bound to the server, so that a redirect elsewhere does not carry the password along.
            settings[f"http.{parts.scheme}://{parts.netloc}/.extraHeader"] = f"Authorization: Basic {token}"
        if self.ca_file:
            settings["http.sslCAInfo"] = str(self.ca_file)
        environment = {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": os.environ.get("HOME", "/"),
            "LC_ALL": "C",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_CONFIG_COUNT": str(len(settings)),
        }
        # The way to the server is this machine's matter, unlike who asks.
        environment |= {name: os.environ[name] for name in PROXIES if name in os.environ}
        for number, (key, value) in enumerate(settings.items()):
            environment |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
        if self.private_key:
            environment["GIT_SSH_COMMAND"] = (
                f"ssh -i '{self.private_key}' -o IdentitiesOnly=yes -o BatchMode=yes"
                " -o StrictHostKeyChecking=accept-new"
            )
        elif "SSH_AUTH_SOCK" in os.environ:
            environment["SSH_AUTH_SOCK"] = os.environ["SSH_AUTH_SOCK"]
        return environment


class TreeEntry(NamedTuple):
    """One path of a commit: its mode as Git writes it, its object id, its path from the root."""

    mode: str
    id: str
    path: str


@dataclass(frozen=True)
class Author:
    """Who signs the commits that are made here."""

    name: str = "platformctl"
    email: str = "platformctl@localhost"


class GitStore:
    """Objects fetched from servers, in a bare repository without work tree.

    Every call raises GitFailed when Git does, with the reason that Git gave.
    """

    def __init__(self, folder: Path, author: Author = Author()) -> None:
        self._folder = folder
        self._author = author
        self._run(None, "init", "--quiet", "--bare", str(folder))

    def branches(self, access: GitAccess) -> dict[str, str]:
        """The branches on the server and the commits that they point at."""
        lines = self._run(access, "ls-remote", "--heads", access.url).splitlines()
        return {
            name.removeprefix("refs/heads/"): commit for commit, name in (line.split("\t") for line in lines)
        }

    def fetch_branch(self, access: GitAccess, branch: str) -> str:
        """Fetch the last commit of a branch and return its id."""
        self._run(access, "fetch", "--quiet", "--depth=1", "--no-tags", access.url, f"refs/heads/{branch}")
        return self._run(None, "rev-parse", "FETCH_HEAD").strip()

    def fetch_commit(self, access: GitAccess, commit: str, *, as_flux: bool = False) -> None:
        """Fetch one commit by its id.

        ``as_flux`` asks as source-controller's Git client can: protocol version 0, in which a server may
        refuse an id that no branch or tag points at. Git's own client would get it with version 2.
        """
        protocol = ("-c", "protocol.version=0") if as_flux else ()
        self._run(access, *protocol, "fetch", "--quiet", "--depth=1", "--no-tags", access.url, commit)

    def fetch_history(self, access: GitAccess, namespace: str) -> None:
        """Fetch all commits of all branches, without files where the server can leave them out."""
        refs = f"+refs/heads/*:refs/{namespace}/*"
        self._run(access, "fetch", "--quiet", "--filter=tree:0", "--no-tags", access.url, refs)

    def has_in_history(self, commit: str, namespace: str) -> bool:
        """Whether a branch that ``fetch_history`` brought reaches the commit."""
        if not self.has(commit):
            return False
        found = self._run(None, "for-each-ref", f"refs/{namespace}", f"--contains={commit}", "--count=1")
        return bool(found.strip())

    def has(self, commit: str) -> bool:
        """Whether the commit was fetched."""
        try:
            self._run(None, "cat-file", "-e", f"{commit}^{{commit}}")
        except GitFailed:
            return False
        return True

    def tree(self, commit: str) -> list[TreeEntry]:
        """Every file, link and gitlink of a commit."""
        listed = self._run(None, "ls-tree", "-r", "-z", "--full-tree", commit)
        entries = []
        for line in filter(None, listed.split("\0")):
            head, path = line.split("\t", 1)
            mode, _, identity = head.split(" ")
            entries.append(TreeEntry(mode, identity, path))
        return entries

    def read(self, commit: str, path: str) -> str | None:
        """The text of a file of a commit, or None when it is not there."""
        if not self._run(None, "ls-tree", "-z", "--full-tree", commit, "--", path):
            return None
        return self._run(None, "cat-file", "blob", f"{commit}:{path}")

    def may_push(self, access: GitAccess, commit: str) -> None:
        """Ask the server, as a push does, whether these credentials may write; nothing is written.

        Raises GitFailed when they may not. A rule for one branch alone shows only in a real push.
        """
        self._run(access, "push", "--dry-run", access.url, f"{commit}:refs/heads/platformctl-may-push")

    def commit_files(self, access: GitAccess, branch: str, files: Mapping[str, str], message: str) -> str:
        """Put files into the branch on the server with one commit, and return the commit's id.

        What others push meanwhile is kept: the commit is made again on top of it.
        """
        for attempt in range(1, PUSH_ATTEMPTS + 1):
            parent = self.fetch_branch(access, branch)
            commit = self._commit_on(parent, files, message)
            try:
                self._run(access, "push", "--quiet", access.url, f"{commit}:refs/heads/{branch}")
            except GitFailed:
                if attempt == PUSH_ATTEMPTS or self.branches(access).get(branch) == parent:
                    raise
            else:
                return commit
        raise AssertionError("the last attempt returns or raises")

    def _commit_on(self, parent: str, files: Mapping[str, str], message: str) -> str:
        index = {"GIT_INDEX_FILE": str(self._folder / "platformctl-index")}
        self._run(None, "read-tree", parent, extra=index)
        for path, text in files.items():
            blob = self._run(None, "hash-object", "-w", "--stdin", stdin=text).strip()
            self._run(None, "update-index", "--add", "--cacheinfo", f"100644,{blob},{path}", extra=index)
        tree = self._run(None, "write-tree", extra=index).strip()
        signed = {
            f"GIT_{role}_{what}": value
            for role in ("AUTHOR", "COMMITTER")
            for what, value in (("NAME", self._author.name), ("EMAIL", self._author.email))
        }
        return self._run(None, "commit-tree", tree, "-p", parent, "-m", message, extra=signed).strip()

    def _run(
        self,
        access: GitAccess | None,
        *arguments: str,
        stdin: str | None = None,
        extra: Mapping[str, str] | None = None,
    ) -> str:
        environment = (
            (access or GitAccess("")).environment() | {"GIT_DIR": str(self._folder)} | dict(extra or {})
        )
        try:
            ended = subprocess.run(
                ["git", *arguments],
                input=stdin if stdin is not None else "",
                env=environment,
                cwd=self._folder.parent,
                capture_output=True,
                text=True,
                errors="surrogateescape",
                timeout=SECONDS_PER_CALL,
                check=False,
            )
        except FileNotFoundError as error:
            raise ToolMissing("git is not on this machine", fix="install the package git") from error
        except subprocess.TimeoutExpired as error:
            raise GitFailed(
                f"no answer within {SECONDS_PER_CALL} s", place=access.url if access else None
            ) from error
        if ended.returncode:
            raise GitFailed(reason_in(ended.stderr), place=access.url if access else None)
        return ended.stdout


def reason_in(stderr: str) -> str:
    """The line of Git's error output that names the cause: the server's own, else the last fatal one."""
    if "could not read Username" in stderr or "Authentication failed" in stderr:
        # Git, refused, wants to ask the user for better credentials; the user has no terminal here.
        return "the server refuses the user name and password, or wants some"
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    for prefix in ("remote: ", "fatal: ", "error: "):
        for line in lines:
            if line.startswith(prefix) and line.removeprefix(prefix).strip():
                return line.removeprefix(prefix).strip()
    return lines[-1] if lines else "git failed and said nothing"
