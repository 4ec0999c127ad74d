"""The checks, by code: each is one function from a cluster to findings that knows no terminal and no file."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from platformctl.check.cluster import UNSET, Cluster
from platformctl.check.finding import Finding, Severity

Function = Callable[[Cluster], Iterator[Finding]]


@dataclass(frozen=True)
class Check:
    """A check; its docstring is its documentation."""

    code: str
    severity: Severity
    function: Function

    @property
    def summary(self) -> str:
        """The first line of its documentation."""
        return (self.function.__doc__ or self.code).strip().splitlines()[0]

    @property
    def documentation(self) -> str:
        lines = (self.function.__doc__ or "").strip().splitlines()
        return "\n".join(line.strip() for line in lines)

    def run(self, cluster: Cluster) -> list[Finding]:
        """Its findings, sorted; what a finding leaves open is filled in from the check."""
        found = (
            dataclasses.replace(finding, code=self.code, severity=self.severity)
            if finding.code == UNSET
            else finding
            for finding in self.function(cluster)
        )
        return sorted(set(found), key=lambda finding: finding.order)


CHECKS: dict[str, Check] = {}


def check(code: str, severity: Severity = Severity.ERROR) -> Callable[[Function], Function]:
    """Register a function as the check of this code."""

    def register(function: Function) -> Function:
        if code in CHECKS:
            raise ValueError(f"two checks have the code {code}")
        CHECKS[code] = Check(code, severity, function)
        return function

    return register


def run_checks(cluster: Cluster) -> list[Finding]:
    """The findings of all checks, errors first, then by file and line."""
    found = [finding for code in sorted(CHECKS) for finding in CHECKS[code].run(cluster)]
    return sorted(found, key=lambda finding: finding.order)
