"""Whole chains in which nothing is wrong: no contract finds anything, and each had something to look at."""

from __future__ import annotations

from pathlib import Path

import pytest

from platformctl.check import CHECKS
from platformctl.check.login.model import LoginChain
from platformctl.check.login.rows import BY_CODE, row
from tests.unit.check.cluster_of_files import cluster_of

CHAINS = sorted((Path(__file__).parents[1] / "chains").glob("*.yaml"))
ONLY_TRACED = {13, 29, 30, 31}
"""Failures that no file shows: only a running cluster does."""


@pytest.mark.parametrize("file", CHAINS, ids=lambda file: file.stem)
@pytest.mark.parametrize("code", sorted(BY_CODE.keys() & CHECKS.keys()))
def test_a_healthy_chain_has_no_findings(file: Path, code: str) -> None:
    assert CHECKS[code].run(cluster_of(file)) == []


@pytest.mark.parametrize("file", CHAINS, ids=lambda file: file.stem)
def test_all_links_are_found(file: Path) -> None:
    chain = LoginChain(cluster_of(file))
    ((guard, provider, proxy),) = chain.asking
    assert guard.gateways and guard.hosts
    assert provider.service
    client = chain.client(proxy)
    assert client and chain.server(client.realm)
    assert chain.rules_for(proxy)


def test_every_row_that_files_can_show_has_a_contract() -> None:
    assert BY_CODE.keys() - CHECKS.keys() == {row(number).code for number in ONLY_TRACED}
