"""A miss is followed to the line of the repository that decides about the link."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import pytest

from platformctl.build import Place
from platformctl.check import CHECKS, Check, Cluster, Finding, Severity
from platformctl.check.finding import Owner
from platformctl.check.login.rows import ROWS, Row, row
from platformctl.errors import ToolMissing
from platformctl.jobs.where import SETTINGS, where

ROOT = Path(__file__).parents[3]
CLOCK = 30


def nothing() -> Cluster:
    raise ToolMissing("no helm here")


def test_every_row_but_the_clock_has_settings() -> None:
    assert SETTINGS.keys() == {each.number for each in ROWS} - {CLOCK}


@pytest.mark.parametrize("each", [each for each in ROWS if each.number != CLOCK], ids=lambda each: each.code)
def test_our_own_cluster_has_a_line_for_every_setting(each: Row) -> None:
    places = where(ROOT, "local", each, nothing)
    assert len(places) == len(SETTINGS[each.number])
    for place, (_, field) in zip(places, SETTINGS[each.number], strict=True):
        text = (ROOT / place.file).read_text().splitlines()[place.line - 1]
        # What is not set stands nowhere; then it is the thing around it.
        assert any(str(part) in text for part in field), f"{place}: {text}"


def test_a_setting_of_the_cluster_comes_before_the_charts() -> None:
    (place,) = where(ROOT, "local", row(25), nothing)
    assert place.file == "clusters/local/oauth2-proxy/values.yaml"
    (place,) = where(ROOT, "local", row(27), nothing)
    assert place.file == "components/oauth2-proxy/chart/values.yaml"


def test_what_the_contract_finds_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    side = Owner("X", "", Place("b.yaml", 2))
    found = Finding("", Severity.ERROR, "Y", "", "is wrong", Place("a.yaml", 1), others=(side, side))
    check = Check(row(9).code, Severity.ERROR, lambda _: iter([found]), Cluster)
    monkeypatch.setitem(CHECKS, check.code, check)
    built = cast(Cluster, object())
    assert where(ROOT, "local", row(9), lambda: built) == [Place("a.yaml", 1), Place("b.yaml", 2)]


def test_a_repository_of_others_has_no_such_files(tmp_path: Path) -> None:
    assert where(tmp_path, "local", row(9), nothing) == []
