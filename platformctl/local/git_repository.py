"""A bare Git repository, worked on by plain `git` that sees no configuration of the user or the machine."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from platformctl.errors import StepFailed

# Commits that we make carry one name, whoever runs the command: the content is the user's, the commit is not.
_IDENTITY = {
    f"GIT_{role}_{field}": value
    for role in ("AUTHOR", "COMMITTER")
    for field, value in (("NAME", "platformctl"), ("EMAIL", "platformctl@localhost"))
}


class GitFailed(StepFailed):
    """A git command that should have worked did not."""


@dataclass(frozen=True)
class BareRepository:
    """One bare repository."""

    path: Path

    @classmethod
    def at(cls, path: Path, branch: str) -> BareRepository:
        """Open a repository; make it, whole or not at all, if it is not there."""
        if not (path / "HEAD").exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{path.name}.") as folder:
                cls._make(Path(folder) / path.name, branch, path)
        return cls(path)

    @classmethod
    def _make(cls, made: Path, branch: str, path: Path) -> None:
        made.mkdir()
        repository = cls(made)
        repository.git("init", "--quiet", "--bare", f"--initial-branch={branch}")
        # Submodules are fetched by commit, which need not be a branch's tip.
        repository.git("config", "uploadpack.allowAnySHA1InWant", "true")
        # A collection that goes on in the background would outlive the request that began it.
        repository.git("config", "gc.autoDetach", "false")
        try:
            made.rename(path)
        except OSError:
            if not (path / "HEAD").exists():  # else another process was faster
                raise

    def git(
        self,
        *arguments: str,
        work_tree: Path | None = None,
        index: Path | None = None,
        stdin: str = "",
    ) -> str:
        """Run a git command on this repository and give its output without the last line break.

        Raises:
            GitFailed: with what git said.
        """
        ended = self._run(arguments, work_tree, index, stdin)
        if ended.returncode != 0:
            raise self._failed(arguments, ended)
        return ended.stdout.rstrip("\n")

    def merge_trees(self, theirs: str, ours: str) -> tuple[str, list[str]]:
        """Merge two commits without a working tree.

        Returns:
            The merged tree, and the paths that both changed differently; with any of those it is useless.
        """
        options = ("-z", "--write-tree", "--name-only", "--no-messages", "--allow-unrelated-histories")
        arguments = ("merge-tree", *options, theirs, ours)
        ended = self._run(arguments, None, None, "")
        if ended.returncode not in (0, 1):
            raise self._failed(arguments, ended)
        tree, *conflicts = ended.stdout.strip("\0\n").split("\0")
        return tree, conflicts

    def commit_at(self, reference: str) -> str | None:
        """The commit that a reference names, None where there is none."""
        try:
            return self.git("rev-parse", "--verify", "--quiet", f"{reference}^{{commit}}")
        except GitFailed:
            return None

    def tree_of(self, commit: str) -> str:
        """The tree of a commit."""
        return self.git("rev-parse", f"{commit}^{{tree}}")

    def is_ancestor(self, older: str, newer: str) -> bool:
        """Whether the older commit is the newer one or in its history; an unknown commit is in none."""
        try:
            self.git("merge-base", "--is-ancestor", older, newer)
        except GitFailed:
            return False
        return True

    def commit(self, tree: str, parents: list[str], message: str) -> str:
        """Make a commit, on no branch yet."""
        named = [argument for parent in parents for argument in ("-p", parent)]
        return self.git("commit-tree", tree, *named, "-m", message)

    def update(self, changes: Mapping[str, tuple[str, str | None]]) -> None:
        """Move references together or not at all.

        Args:
            changes: the new commit and the one that must be there now (None: no such reference yet).

        Raises:
            GitFailed: somebody else moved one of them.
        """
        lines = [
            f"update {reference}\0{new}\0{old or '0' * 40}\0" for reference, (new, old) in changes.items()
        ]
        self.git("update-ref", "-z", "--stdin", stdin="".join(lines))

    def _run(
        self, arguments: tuple[str, ...], work_tree: Path | None, index: Path | None, stdin: str
    ) -> subprocess.CompletedProcess[str]:
        environment = {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": os.devnull,
            "LC_ALL": "C.UTF-8",
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_DIR": str(self.path),
            **_IDENTITY,
        }
        if work_tree is not None:
            environment["GIT_WORK_TREE"] = str(work_tree)
        if index is not None:
            environment["GIT_INDEX_FILE"] = str(index)
        return subprocess.run(
            ["git", "-c", "safe.directory=*", "-c", "core.autocrlf=false", *arguments],
            cwd=work_tree or self.path,
            env=environment,
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
        )

    def _failed(self, arguments: tuple[str, ...], ended: subprocess.CompletedProcess[str]) -> GitFailed:
        said = (ended.stderr.strip() or ended.stdout.strip()).replace("\n", "; ")
        return GitFailed(f"git {arguments[0]} in {self.path}: {said}")
