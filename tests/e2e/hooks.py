"""What all end-to-end tests share with pytest: options, order, times, and the start of their cluster."""

from __future__ import annotations

import os
import sys
from collections import defaultdict
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from _pytest.capture import CaptureManager

from tests.e2e.running import STATE_HOME, RunningPlatform

ROOT = Path(__file__).resolve().parents[2]
SLOWEST = 10


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--keep-cluster", action="store_true", help="Leave the cluster running, for the next run."
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The files run by number: each may rely on the cluster that the ones before it left well."""
    items.sort(key=lambda item: item.path.name)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the slowest tests, each with its setup and teardown: pytest's own list takes them apart."""
    phases: dict[str, dict[str, float]] = defaultdict(dict)
    for reports in terminalreporter.stats.values():
        for report in reports:
            if isinstance(report, pytest.TestReport):
                phases[report.nodeid][report.when] = report.duration
    slowest = sorted(phases.items(), key=lambda found: sum(found[1].values()), reverse=True)
    terminalreporter.section(f"slowest {SLOWEST} tests: seconds in all, setup, call, teardown")
    for name, seconds in slowest[:SLOWEST]:
        parts = [sum(seconds.values()), *(seconds.get(when, 0.0) for when in ("setup", "call", "teardown"))]
        terminalreporter.write_line("  ".join([*(f"{part:6.1f}" for part in parts), name]))


def shown(request: pytest.FixtureRequest) -> AbstractContextManager[None]:
    """Within it, output is not captured."""
    capture: CaptureManager = request.config.pluginmanager.getplugin("capturemanager")
    return capture.global_and_fixture_disabled()


@contextmanager
def brought_up(
    cluster: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningPlatform]:
    """The cluster, from nothing; taken down at the end unless ``--keep-cluster`` is given."""
    assert os.geteuid() == 0, "the embedded cluster needs root for namespaces, mounts and cgroups"
    os.environ["XDG_STATE_HOME"] = STATE_HOME
    command = Path(sys.executable).parent / "platformctl"
    running = RunningPlatform(ROOT, command, tmp_path_factory.mktemp("work"), cluster)
    if not request.config.getoption("--keep-cluster"):
        running.purge()
    before = running.host_state()
    # A first start builds for a quarter of an hour: let it be seen how far it is.
    with shown(request):
        running.first_up = running.platformctl("up", "--cluster", cluster, timeout=3300, echo=True)
    assert running.first_up.returncode == 0, "platformctl up failed; its output stands above"
    running.host_before = before
    yield running
    if not running.taken_down and not request.config.getoption("--keep-cluster"):
        running.purge()
