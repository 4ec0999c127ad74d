"""What a check of a whole repository sees: platform.yaml, what is rendered from it, and the submodules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from platformctl.build import Place, Submodule
from platformctl.check.locate import Locator
from platformctl.errors import PlatformctlError
from platformctl.platform import FILE_NAME, Platform, PlatformFileError, Problem, load
from platformctl.render import Change, difference


@dataclass(frozen=True)
class Failure:
    """Why nothing can be rendered."""

    message: str
    place: Place | None
    fix: str


@dataclass(frozen=True)
class Checkout:
    """A working tree.

    Attributes:
        locator: lines in its files.
        submodules: its submodules.
        platform: what platform.yaml says; None where there is none, or a wrong one.
        problems: what is wrong in platform.yaml.
        changes: rendered files that are not what platform.yaml gives.
        failure: why nothing can be rendered.
        in_git: whether it is a working tree of Git.
    """

    locator: Locator
    submodules: Sequence[Submodule] = ()
    platform: Platform | None = None
    problems: Sequence[Problem] = ()
    changes: Sequence[Change] = ()
    failure: Failure | None = None
    in_git: bool = False

    @classmethod
    def read(cls, root: Path, submodules: Sequence[Submodule]) -> Checkout:
        """A repository, with or without a platform.yaml."""
        here = partial(cls, Locator(root), submodules, in_git=(root / ".git").exists())
        if not (root / FILE_NAME).is_file():
            return here()
        try:
            platform = load(root)
        except PlatformFileError as error:
            return here(problems=error.problems)
        except PlatformctlError as error:
            return here(problems=[Problem(FILE_NAME, 1, "", error.message)])
        try:
            changes = difference(root, platform).changes
        except PlatformctlError as error:
            failure = Failure(error.message, _place(error.place), error.fix or "")
            return here(platform, failure=failure)
        return here(platform, changes=changes)


def _place(text: str | None) -> Place | None:
    """``file:line``, or only a file."""
    if text is None:
        return None
    file, _, line = text.rpartition(":")
    return Place(file, int(line)) if file and line.isdigit() else Place(text, 0)
