"""What doctor looks at: for which cluster, and what ``up`` would cost."""

from __future__ import annotations

from pathlib import Path

import pytest

from platformctl.errors import ConfigError
from platformctl.jobs.doctor import Cost, examine_machine
from platformctl.jobs.up import BEFORE_FLUX, Up
from platformctl.local import doctor, state
from platformctl.local.doctor import MachineUnfit
from platformctl.local.node import Node
from platformctl.local.paths import Paths
from platformctl.steps import Silent
from tests import service_only

ROOT = Path(__file__).parents[3]


@pytest.fixture(autouse=True)
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for variable in ("XDG_CACHE_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(variable, str(tmp_path / variable))
    monkeypatch.setattr(Node, "require_ours", lambda _: None)
    return tmp_path


def write(folder: Path, *changes: tuple[str, str]) -> Path:
    text = service_only.text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    (folder / "platform.yaml").write_text(text)
    return folder


def test_a_machine_is_looked_at_without_any_platform(folders: Path) -> None:
    found = examine_machine(folders, None)
    names = {check.name for check in found.checks}
    assert found.cluster is None
    assert {"root", "cgroups", "memory", "disk", "port 8080", "port 8081"} <= names
    assert found.cost and found.cost.parts > 5 and found.cost.minutes > 1 and found.cost.disk.endswith(" GB")


def test_a_name_needs_a_platform(folders: Path) -> None:
    with pytest.raises(ConfigError, match=r"no platform\.yaml"):
        examine_machine(folders, "service")


def test_of_a_cluster_that_exists_the_tools_are_looked_at(folders: Path) -> None:
    text = service_only.text()
    text = text[: text.index("    embedded:")].replace("target: embedded", "target: existing")
    (folders / "platform.yaml").write_text(text)
    found = examine_machine(folders, None)
    assert [check.name for check in found.checks] == ["git", "kubectl", "helm", "flux"]
    assert found.cost is None


def test_a_model_that_no_package_has_is_known_before_anything_is_built(folders: Path) -> None:
    write(folders, ("gemma3:270m", "nobody:1b"))
    images = [check for check in examine_machine(folders, None).checks if check.name == "images"]
    assert images and not images[0].well and "nobody:1b" in images[0].found


def test_another_repositorys_cluster_is_told(folders: Path) -> None:
    state.remember(Paths.of("service"), ROOT)
    cluster = [c for c in examine_machine(write(folders), None).checks if c.name == "cluster"]
    assert cluster and str(ROOT) in cluster[0].found
    with pytest.raises(ConfigError, match=f"belongs to {ROOT}, not to {folders}"):
        Up.of(folders, None)


def test_up_begins_with_all_that_is_in_the_way_and_writes_nothing(
    folders: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor.os, "geteuid", lambda: 1000)
    job = Up.of(write(folders, ("gemma3:270m", "nobody:1b")), None)
    with pytest.raises(MachineUnfit) as caught:
        BEFORE_FLUX[0].run(job, Silent())
    assert {"root", "images"} <= {check.name for check in caught.value.checks}
    assert not Paths.of("service").state.exists()


def test_what_is_built_costs_nothing() -> None:
    assert Cost.of([], []) == Cost(0, 0, "")
