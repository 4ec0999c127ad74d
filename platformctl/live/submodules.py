"""The submodules of a commit: what .gitmodules says, at which line, and which commit each is pinned to."""

from __future__ import annotations

import re
from dataclasses import dataclass

from platformctl.live.git import GITLINK, GitStore

GITMODULES = ".gitmodules"
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
    """One submodule of one commit.

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


def submodules_of(store: GitStore, commit: str) -> list[Submodule]:
    """The submodules of a fetched commit, by path; not those inside of them."""
    gitlinks = {entry.path: entry.id for entry in store.tree(commit) if entry.mode == GITLINK}
    declared = {section.path: section for section in parse_gitmodules(store.read(commit, GITMODULES) or "")}
    found = []
    for path in sorted(gitlinks.keys() | declared.keys()):
        section = declared.get(path, Declaration(path, "", 0))
        found.append(Submodule(path, section.url, gitlinks.get(path, ""), section.line))
    return found
