"""Rendered text and the files of a repository: what differs, and writing it."""

from __future__ import annotations

import contextlib
import difflib
import os
from dataclasses import dataclass
from pathlib import Path

from platformctl.errors import ConfigError
from platformctl.files import replace_text
from platformctl.platform import Platform
from platformctl.render.rendering import HEADER, render

ROOT = "clusters"
"""The only folder in which files that are no longer rendered are looked for."""


@dataclass(frozen=True)
class Change:
    """A file that is not what was rendered; ``old`` is None where it is missing, ``new`` where it must go."""

    path: str
    old: str | None
    new: str | None

    @property
    def kind(self) -> str:
        return "add" if self.old is None else "remove" if self.new is None else "change"

    def diff(self) -> str:
        """A unified diff from the file to what was rendered."""
        return "".join(
            difflib.unified_diff(
                (self.old or "").splitlines(keepends=True),
                (self.new or "").splitlines(keepends=True),
                f"a/{self.path}" if self.old is not None else "/dev/null",
                f"b/{self.path}" if self.new is not None else "/dev/null",
            )
        )


@dataclass(frozen=True)
class Difference:
    """A repository against its platform.yaml: how many files are rendered, and which have to change."""

    rendered: int
    changes: list[Change]


def difference(root: Path, platform: Platform) -> Difference:
    """Render and compare; a template in the repository's ``templates/`` stands before ours.

    Raises:
        TemplateError, ConfigError: as `render` and `changes`.
    """
    rendered = render(platform, root / "templates")
    return Difference(len(rendered), changes(root, rendered))


def changes(root: Path, rendered: dict[str, str]) -> list[Change]:
    """What has to change in the repository at ``root`` to hold what was rendered, sorted by path.

    Raises:
        ConfigError: a file that was not rendered by us stands in the way, or a link leads out of the
            repository; nothing is changed.
    """
    found: list[Change] = []
    inside = Path(os.path.realpath(root))
    for path, new in rendered.items():
        if not Path(os.path.realpath(root / path)).is_relative_to(inside):
            raise ConfigError(
                f"{path} lies outside of the repository: a link leads there",
                place=path,
                fix="remove the link",
            )
        old = _text(root / path)
        if old is not None and not old.startswith(HEADER):
            raise ConfigError(
                f"{path} was not rendered by platformctl and would be overwritten",
                place=path,
                fix="move your file to another name",
            )
        if old != new:
            found.append(Change(path, old, new))
    for file in sorted((root / ROOT).rglob("*.yaml")):
        path = file.relative_to(root).as_posix()
        if path not in rendered and (old := _text(file)) is not None and old.startswith(HEADER):
            found.append(Change(path, old, None))
    return sorted(found, key=lambda change: change.path)


def write(root: Path, wanted: list[Change]) -> None:
    """Make the changes, each file in one step; folders that become empty go too."""
    for change in wanted:
        file = root / change.path
        if change.new is None:
            file.unlink()
            with contextlib.suppress(OSError):
                for folder in file.parents:
                    if folder == root / ROOT:
                        break
                    folder.rmdir()
        else:
            file.parent.mkdir(parents=True, exist_ok=True)
            replace_text(file, change.new)


def _text(file: Path) -> str | None:
    try:
        return file.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
