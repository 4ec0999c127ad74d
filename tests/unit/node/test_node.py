"""What a node says before it starts or stops anything."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from platformctl.errors import ConfigError
from platformctl.local.node import Node, cell, cgroups, running_state
from platformctl.local.paths import Paths


@pytest.fixture
def other(paths: Paths, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The state folder of a cluster that runs, beside ours."""
    state = paths.state.with_name("other")
    command = ["python", "-m", "supervisor.supervisord", "-c", f"{state}/config/supervisord.conf"]
    monkeypatch.setattr(cgroups, "processes", lambda *_: [4711])
    monkeypatch.setattr(cell, "init_process", lambda _: 4711)
    monkeypatch.setattr(cell, "command_of", lambda _: command)
    return state


def test_another_cluster_that_runs_is_named_with_the_command_that_stops_it(paths: Paths, other: Path) -> None:
    assert running_state() == other
    with pytest.raises(ConfigError, match=f"{other} \\(process 4711\\)") as caught:
        Node(paths, SimpleNamespace()).require_ours()  # type: ignore[arg-type]
    assert str(caught.value.fix).endswith(": platformctl down --cluster other")


def test_of_another_users_cluster_the_command_has_its_state_folder(paths: Paths, other: Path) -> None:
    ours = replace(paths, state=Path("/home/ada/.local/state/platformctl/service"))
    with pytest.raises(ConfigError) as caught:
        Node(ours, SimpleNamespace()).require_ours()  # type: ignore[arg-type]
    wanted = f"XDG_STATE_HOME={other.parent.parent} platformctl down --cluster other"
    assert str(caught.value.fix).endswith(f": {wanted}")


def test_processes_are_ours_only_where_our_cluster_runs(paths: Paths, other: Path) -> None:
    binaries = SimpleNamespace()
    assert Node(paths, binaries).pids() == []  # type: ignore[arg-type]
    assert Node(replace(paths, state=other), binaries).pids() == [4711]  # type: ignore[arg-type]
