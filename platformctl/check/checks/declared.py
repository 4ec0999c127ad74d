"""platform.yaml, and the files that are rendered from it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest

from platformctl.build import Place
from platformctl.build.submodules import holding
from platformctl.check.checkout import Checkout
from platformctl.check.cluster import UNSET
from platformctl.check.finding import Finding, Severity
from platformctl.check.registry import repository_check
from platformctl.platform import FILE_NAME, Component, Platform
from platformctl.render import Change

_STATES = {
    "add": "is missing: platform.yaml renders it",
    "change": "is not what platform.yaml renders",
    "remove": "is left over: platform.yaml does not render it any more",
}


@repository_check("platform/invalid")
def platform_file_is_right(checkout: Checkout) -> Iterator[Finding]:
    """A platform.yaml, where there is one, must be right: nothing can be rendered from a wrong one."""
    for problem in checkout.problems:
        place = Place(problem.file, problem.line)
        message = problem.message.removesuffix(".")
        yield Finding(UNSET, Severity.ERROR, problem.file, problem.path, message, place)


@repository_check("render/failed")
def platform_renders(checkout: Checkout) -> Iterator[Finding]:
    """What platform.yaml says must be renderable into this repository."""
    if failure := checkout.failure:
        yield Finding(UNSET, Severity.ERROR, FILE_NAME, "", failure.message, failure.place, failure.fix)


@repository_check("render/stale")
def rendered_files_are_current(checkout: Checkout) -> Iterator[Finding]:
    """Every rendered file must be what platform.yaml gives: Flux applies the file, not platform.yaml."""
    for change in checkout.changes:
        place = Place(change.path, _first_difference(change))
        yield Finding(
            UNSET, Severity.ERROR, change.path, "", _STATES[change.kind], place, "platformctl render"
        )


@repository_check("submodule/declared")
def platform_agrees_with_git(checkout: Checkout) -> Iterator[Finding]:
    """``submodule:`` of a component must say what Git says.

    `platformctl up` makes the submodules of an embedded cluster out of folders; everybody else's Flux gets
    what is in Git.
    """
    platform = checkout.platform
    if platform is None:
        return
    for component in platform.components:
        folder = f"components/{component.name}"
        submodule = holding(folder, checkout.submodules)
        said = platform.settings(component).submodule
        place = checkout.locator.key(FILE_NAME, ("components", component.name, "submodule"))
        path = f"components.{component.name}.submodule"
        if submodule and not said:
            yield Finding(
                UNSET,
                Severity.ERROR,
                FILE_NAME,
                path,
                f"is not true, and {submodule.path} is a submodule in Git",
                place,
                f"components: {{{component.name}: {{submodule: true}}}}",
            )
        elif said and not submodule and _from_git(component, platform) and checkout.in_git:
            yield Finding(
                UNSET,
                Severity.ERROR,
                FILE_NAME,
                path,
                f"is true, and {folder} is an ordinary folder in Git",
                place,
                f"make it one with git submodule add URL {folder}, or set submodule: false",
            )


def _from_git(component: Component, platform: Platform) -> bool:
    """Whether a cluster that `platformctl up` does not publish for has the component."""
    return any(
        cluster.embedded is None and component in cluster.components for cluster in platform.clusters.values()
    )


def _first_difference(change: Change) -> int:
    """The first line that differs; 0 where the file is missing, or has to go, as a whole."""
    if change.old is None or change.new is None:
        return 0
    pairs = zip_longest(change.old.splitlines(), change.new.splitlines())
    return next((number for number, (old, new) in enumerate(pairs, start=1) if old != new), 0)
