"""A contract: a check over the login chain, which finds a row of the catalogue."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Iterator

from platformctl.check.cluster import Cluster
from platformctl.check.finding import Finding, Severity
from platformctl.check.login.model import LoginChain
from platformctl.check.login.rows import BY_CODE
from platformctl.check.registry import check

Contract = Callable[[LoginChain], Iterator[Finding]]


def contract(code: str, severity: Severity = Severity.ERROR) -> Callable[[Contract], Contract]:
    """Register a function as the check of a row's code; a finding without a fix gets the row's."""
    fix = BY_CODE[code].fix

    def register(function: Contract) -> Contract:
        @check(code, severity)
        @functools.wraps(function)
        def run(cluster: Cluster) -> Iterator[Finding]:
            for finding in function(_chain(cluster)):
                yield finding if finding.fix else dataclasses.replace(finding, fix=fix)

        return function

    return register


@functools.lru_cache(maxsize=1)
def _chain(cluster: Cluster) -> LoginChain:
    """One for all contracts about a cluster."""
    return LoginChain(cluster)
