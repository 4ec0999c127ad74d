"""The checks, by code: each is one function from what it is about to findings, and knows no terminal."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from platformctl.check.checkout import Checkout
from platformctl.check.cluster import UNSET, Cluster
from platformctl.check.finding import Finding, Severity

Subject = Cluster | Checkout
_Subject = TypeVar("_Subject", Cluster, Checkout)
Function = Callable[[_Subject], Iterator[Finding]]


@dataclass(frozen=True)
class Check:
    """A check; its docstring is its documentation.

    Attributes:
        about: what it looks at: a cluster's objects, or the repository as a whole.
    """

    code: str
    severity: Severity
    function: Callable[[Any], Iterator[Finding]]
    about: type[Subject]

    @property
    def summary(self) -> str:
        """The first line of its documentation."""
        return (self.function.__doc__ or self.code).strip().splitlines()[0]

    @property
    def documentation(self) -> str:
        lines = (self.function.__doc__ or "").strip().splitlines()
        return "\n".join(line.strip() for line in lines)

    def run(self, subject: Subject) -> list[Finding]:
        """Its findings, sorted; what a finding leaves open is filled in from the check."""
        found = (
            dataclasses.replace(finding, code=self.code, severity=self.severity)
            if finding.code == UNSET
            else finding
            for finding in self.function(subject)
        )
        return sorted(set(found), key=lambda finding: finding.order)


LEFT = "substitution/left"
"""A ``${...}`` that stays: whatever else is wrong with the same field comes from it."""

CHECKS: dict[str, Check] = {}


def check(code: str, severity: Severity = Severity.ERROR) -> Callable[[Function[Cluster]], Function[Cluster]]:
    """Register a function as the check of this code, about the objects of a cluster."""
    return _register(code, severity, Cluster)


def repository_check(
    code: str, severity: Severity = Severity.ERROR
) -> Callable[[Function[Checkout]], Function[Checkout]]:
    """Register a function as the check of this code, about a repository as a whole."""
    return _register(code, severity, Checkout)


def _register(
    code: str, severity: Severity, about: type[_Subject]
) -> Callable[[Function[_Subject]], Function[_Subject]]:
    def register(function: Function[_Subject]) -> Function[_Subject]:
        if code in CHECKS:
            raise ValueError(f"two checks have the code {code}")
        CHECKS[code] = Check(code, severity, function, about)
        return function

    return register


def run_checks(subject: Subject) -> list[Finding]:
    """The findings of all checks about it, errors first, then by file and line."""
    about = [CHECKS[code] for code in sorted(CHECKS) if isinstance(subject, CHECKS[code].about)]
    found = [finding for each in about for finding in each.run(subject)]
    causes = {(finding.object, finding.path) for finding in found if finding.code == LEFT}
    told = [f for f in found if f.code == LEFT or (f.object, f.path) not in causes]
    return sorted(told, key=lambda finding: finding.order)
