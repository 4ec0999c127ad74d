"""Every check, by files: ``cases/<code>/valid`` must give nothing, ``invalid`` one defect a file.

An invalid file is named after its defect and ends with its findings: ``# expect: LINE OBJECT FIELD MESSAGE``.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from platformctl.check import CHECKS, Checkout, Severity
from tests.unit.check.cluster_of_files import cluster_of

CASES = Path(__file__).parent / "cases"


def code(file: Path) -> str:
    group, _, name = file.parent.parent.name.partition("-")
    return f"{group}/{name}"


def label(file: Path) -> str:
    return f"{code(file)}: {file.stem}"


VALID = sorted(CASES.glob("*/valid/*.yaml"))
INVALID = sorted(CASES.glob("*/invalid/*.yaml"))


@pytest.mark.parametrize("file", VALID, ids=label)
def test_valid(file: Path) -> None:
    assert CHECKS[code(file)].run(cluster_of(file)) == []


@pytest.mark.parametrize("file", INVALID, ids=label)
def test_invalid(file: Path) -> None:
    check = CHECKS[code(file)]
    expected = [
        line.removeprefix("# expect: ")
        for line in file.read_text().splitlines()
        if line.startswith("# expect: ")
    ]
    assert expected
    findings = check.run(cluster_of(file))
    assert [
        " ".join(
            part
            for part in (
                str(finding.place.line if finding.place else 0),
                finding.object,
                finding.path,
                finding.message,
                *(f"{{{other}}}" for other in finding.others),
                finding.fix and f"[{finding.fix}]",
            )
            if part
        )
        for finding in findings
    ] == expected
    assert {(finding.code, finding.severity) for finding in findings} == {(check.code, check.severity)}


def test_every_check_of_objects_has_both_folders() -> None:
    by_hand = {code for code in CHECKS if code.startswith(("build/", "submodule/"))}
    by_hand |= {"ownership/folder", "ownership/idle", "secret/missing", "secret/recipient"}
    by_hand |= {code for code, each in CHECKS.items() if each.about is Checkout} | {"substitution/undefined"}
    for each in CHECKS.keys() - by_hand:
        folder = CASES / each.replace("/", "-", 1)
        assert list(folder.glob("valid/*.yaml")), each
        assert list(folder.glob("invalid/*.yaml")), each


def test_every_check_is_documented() -> None:
    for check in CHECKS.values():
        assert check.summary.endswith((".", ":")), check.code
        assert check.severity in Severity
