"""The submodules of a working tree: what .gitmodules says, at which line, and what Git has pinned."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

GITMODULES = ".gitmodules"
GITLINK = "160000"
"""The mode of a tree's entry that names a commit of another repository."""

_SECTION = re.compile(r'^\s*\[\s*submodule\s+"(?P<name>[^"]*)"\s*\]')
_SETTING = re.compile(r'^\s*(?P<key>path|url)\s*=\s*"?(?P<value>[^"]*?)"?\s*$', re.IGNORECASE)


@dataclass(frozen=True)
class Declaration:
    """A section of .gitmodules; ``line`` is that of the URL, or of the section when it has none."""

    path: str
    url: str
    line: int


@dataclass(frozen=True)
class Submodule:
    """One submodule of one commit, or of a working tree.

    Attributes:
        path: from the root of its parent.
        url: as .gitmodules gives it; empty when it gives none.
        commit: what the parent's tree pins; empty when the tree has no gitlink at the path.
        line: in .gitmodules; 0 for a gitlink that stands in no section.
    """

    path: str
    url: str
    commit: str
    line: int


def parse_gitmodules(text: str) -> list[Declaration]:
    """The sections of a .gitmodules file that name a path."""
    sections: list[dict[str, tuple[str, int]]] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if section := _SECTION.match(line):
            sections.append({"": (section["name"], number)})
        elif sections and (setting := _SETTING.match(line)):
            sections[-1][setting["key"].lower()] = (setting["value"], number)
    return [
        Declaration(section["path"][0].strip("/"), *section.get("url", ("", section[""][1])))
        for section in sections
        if "path" in section
    ]


def joined(gitlinks: Mapping[str, str], gitmodules: str) -> list[Submodule]:
    """What the tree pins (commit by path) and what .gitmodules says, as submodules by path."""
    declared = {section.path: section for section in parse_gitmodules(gitmodules)}
    found = []
    for path in sorted(gitlinks.keys() | declared.keys()):
        section = declared.get(path, Declaration(path, "", 0))
        found.append(Submodule(path, section.url, gitlinks.get(path, ""), section.line))
    return found


def submodules_in(root: Path) -> list[Submodule]:
    """The submodules of a working tree, as its index pins them; none where it is no repository of Git."""
    try:
        text = (root / GITMODULES).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        text = ""
    return joined(_gitlinks(root), text)


def holding(path: str, submodules: Collection[Submodule]) -> Submodule | None:
    """The submodule that a path of the repository lies in."""
    return next((one for one in submodules if f"{path}/".startswith(f"{one.path}/")), None)


def _gitlinks(root: Path) -> dict[str, str]:
    command = ["git", "-C", str(root), "ls-files", "--stage", "-z"]
    try:
        listed = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    except OSError:
        return {}
    links = {}
    for entry in listed.split("\0"):
        head, _, path = entry.partition("\t")
        if head.startswith(f"{GITLINK} "):
            links[path] = head.split()[1]
    return links
