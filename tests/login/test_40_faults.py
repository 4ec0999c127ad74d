"""Every failure of the login that people report is put in, and its row is the first thing that is named."""

from __future__ import annotations

import contextlib
import json
import shutil
import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from platformctl.check.login.rows import ROWS, row
from tests.e2e.hooks import shown
from tests.e2e.running import RunningPlatform
from tests.login.faults.catalogue import FAULTS, FILE_FAULTS, NOT_INJECTED, Fault, FileFault

# What a fault changes is a part of these; Flux would put it back.
RELEASES = (
    ("istio-system", "istiod"),
    ("istio-ingress", "ingress"),
    ("istio-ingress", "login"),
    ("auth", "keycloak"),
    ("auth", "oauth2-proxy"),
    ("chat", "chatbot-api"),
)
REPOSITORY = ("platform.yaml", "clusters", "components", "templates")
REPORTED = 34  # rows that people report; the others were met here
WANTED = 26
TRIES = 4  # a change is at the gateway in a second, and later on a busy machine
PAUSE_SECONDS = 1.5
CLOCK = 30  # the row that no line of a repository can cause
WITHOUT_HTTP = ("dns", "tls", "proxy")

EVERY: Sequence[Fault | FileFault] = (*FAULTS, *FILE_FAULTS)
found: dict[str, bool] = {}
"""By fault, whether its row was named first."""


@pytest.fixture(scope="module")
def unattended(platform: RunningPlatform) -> Iterator[RunningPlatform]:
    """The platform, while Flux does not look at what the faults change."""

    def flux(verb: str) -> None:
        for namespace, name in RELEASES:
            command: list[str | Path] = [
                platform.flux,
                "--kubeconfig",
                platform.kubeconfig,
                verb,
                "helmrelease",
                name,
            ]
            subprocess.run([*command, "--namespace", namespace], check=True, capture_output=True, timeout=300)

    flux("suspend")
    yield platform
    flux("resume")


def misses(platform: RunningPlatform, *, renewal: bool = False) -> list[dict[str, Any]]:
    """The links that the trace finds broken, in their order."""
    command = ["auth", "trace", "--cluster", platform.cluster, "-o", "json", *(["--full"] * renewal)]
    done = platform.platformctl(*command)
    assert done.stdout, done.stderr
    return [step for step in json.loads(done.stdout)["steps"] if step["verdict"] == "miss"]


def test_every_row_has_a_fault_or_a_reason() -> None:
    numbers = {each.number for each in ROWS}
    injected = {fault.row for fault in EVERY}
    assert injected | NOT_INJECTED.keys() == numbers
    assert not injected & NOT_INJECTED.keys()
    names = [fault.name for fault in EVERY]
    assert len(set(names)) == len(names)


def test_on_the_healthy_platform_nothing_is_found(platform: RunningPlatform) -> None:
    assert misses(platform) == []
    validated = platform.platformctl("validate", "--cluster", platform.cluster, "--strict")
    assert validated.returncode == 0, validated.stdout


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_the_trace_names_the_row_first(unattended: RunningPlatform, fault: Fault) -> None:
    found[str(fault)] = False
    first: dict[str, Any] = {}
    with contextlib.ExitStack() as stack:
        for injection in fault.injections:
            stack.enter_context(injection.into(unattended))
        for _ in range(TRIES):
            time.sleep(PAUSE_SECONDS)
            first = next(iter(misses(unattended, renewal=fault.renewal)), {})
            if first.get("row") == fault.row:
                break
    assert first.get("code") == row(fault.row).code, first
    # Who reads it is told why, and what to do, and what was said.
    assert first["cause"] and first["fix"] and (first["where"] or fault.row == CLOCK)
    assert first["exchanges"] or first["name"] in WITHOUT_HTTP
    found[str(fault)] = True


@pytest.mark.parametrize("fault", FILE_FAULTS, ids=str)
def test_the_validator_names_the_row_first(
    platform: RunningPlatform, fault: FileFault, tmp_path: Path
) -> None:
    found[str(fault)] = False
    left_out = shutil.ignore_patterns("node_modules", ".git", ".venv", "dist")
    for name in REPOSITORY:
        source = platform.root / name
        if source.is_dir():
            shutil.copytree(source, tmp_path / name, ignore=left_out)
        else:
            shutil.copy(source, tmp_path)
    for defect in fault.defects:
        defect.into(tmp_path)
    done = platform.platformctl("validate", "--cluster", platform.cluster, "-o", "json", folder=tmp_path)
    (report,) = json.loads(done.stdout)["clusters"]
    first: dict[str, Any] = next(iter(report["findings"]), {})
    assert first.get("code") == row(fault.row).code, done.stdout
    assert first["fix"] and first["file"]
    found[str(fault)] = True


def test_after_the_faults_nothing_is_found(platform: RunningPlatform) -> None:
    for _ in range(TRIES):
        time.sleep(PAUSE_SECONDS)
        left = misses(platform)
        if not left:
            break
    assert left == []


def test_the_score(request: pytest.FixtureRequest) -> None:
    """How many rows were found, of those that faults were put in for."""
    injected = {fault.row for fault in EVERY if str(fault) in found}
    missed = {fault.row for fault in EVERY if not found.get(str(fault), True)}
    with shown(request):
        print(f"\nfaults: {sum(found.values())} of {len(found)} named first")
        print(f"rows: {len(injected - missed)} found / {len(injected)} injected, of {len(ROWS)}")
        for number in sorted(missed):
            print(f"  {number} {row(number).code}: not named first")
        for number, reason in NOT_INJECTED.items():
            print(f"  {number} {row(number).code}: not injected, {reason}")
    if len(found) == len(EVERY):
        assert sum(number <= REPORTED for number in injected - missed) >= WANTED
