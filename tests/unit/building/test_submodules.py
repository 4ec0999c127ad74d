"""The submodules of a working tree."""

from __future__ import annotations

import subprocess
from pathlib import Path

from platformctl.build.submodules import Submodule, holding, submodules_in

GITMODULES = '[submodule "a"]\n\tpath = components/a\n\turl = ../a.git\n'
COMMIT = "1" * 40


def test_the_index_and_gitmodules_are_joined(tmp_path: Path) -> None:
    (tmp_path / ".gitmodules").write_text(GITMODULES)
    assert submodules_in(tmp_path) == [Submodule("components/a", "../a.git", "", 3)]
    for command in (
        ("init", "--quiet"),
        ("update-index", "--add", "--cacheinfo", f"160000,{COMMIT},components/a"),
        ("update-index", "--add", "--cacheinfo", f"160000,{COMMIT},components/b"),
    ):
        subprocess.run(["git", "-C", str(tmp_path), *command], check=True)
    assert submodules_in(tmp_path) == [
        Submodule("components/a", "../a.git", COMMIT, 3),
        Submodule("components/b", "", COMMIT, 0),
    ]


def test_a_path_lies_in_a_submodule_or_beside_it() -> None:
    submodule = Submodule("components/a", "", COMMIT, 0)
    assert holding("components/a/chart", [submodule]) == holding("components/a", [submodule]) == submodule
    assert holding("components/ab", [submodule]) is None
