"""Which cluster ``down`` takes down, and what it leaves alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from platformctl.errors import ConfigError
from platformctl.jobs import down
from platformctl.local import state
from platformctl.local.node import Node
from platformctl.local.paths import Paths, state_folder
from platformctl.steps import Silent

ROOT = Path(__file__).parents[3]


@pytest.fixture(autouse=True)
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder without a platform.yaml; nothing runs."""
    for variable in ("XDG_CACHE_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(variable, str(tmp_path / variable))
    monkeypatch.setattr(down, "running_state", lambda: None)
    monkeypatch.setattr(Node, "leftovers", lambda _: [])
    monkeypatch.setattr(Node, "stop", lambda self, task: "stopped")
    return tmp_path


def started(*names: str) -> None:
    for name in names:
        state.remember(Paths.of(name), ROOT)


def test_an_unknown_name_is_told_with_those_that_exist_and_nothing_is_written(nowhere: Path) -> None:
    started("service", "local")
    with pytest.raises(ConfigError, match=r'no embedded cluster "servcie".* has: local, service') as caught:
        down.chosen("servcie", nowhere, purge=False)
    assert caught.value.fix == "platformctl down --cluster service"
    assert sorted(folder.name for folder in state_folder().iterdir()) == ["local", "service"]


def test_where_there_is_none_a_name_is_unknown_and_no_name_is_well(nowhere: Path) -> None:
    with pytest.raises(ConfigError, match="nor any other"):
        down.chosen("service", nowhere, purge=True)
    assert down.chosen(None, nowhere, purge=True) is None
    assert not state_folder().exists()


@pytest.mark.parametrize("name", ["", "..", "/etc"])
def test_a_name_that_is_a_path_is_refused(nowhere: Path, name: str) -> None:
    started("service")
    with pytest.raises(ConfigError, match="is no cluster's name"):
        down.chosen(name, nowhere, purge=True)


def test_what_platform_yaml_declares_may_be_taken_down_twice() -> None:
    assert down.chosen("service", ROOT, purge=True) == "service"
    notes = [outcome.note for outcome in down.down("service", Silent(), purge=True)]
    assert notes == ["not running", "no data"]
    assert not Paths.of("service").state.exists()


def test_without_a_name_it_is_the_only_one(nowhere: Path) -> None:
    started("local")
    assert down.chosen(None, nowhere, purge=True) == "local"


def test_of_several_it_is_the_one_that_runs_unless_data_goes(
    nowhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started("local", "service")
    with pytest.raises(ConfigError, match="several embedded clusters: local, service"):
        down.chosen(None, nowhere, purge=False)
    monkeypatch.setattr(down, "running_state", lambda: Paths.of("service").state)
    assert down.chosen(None, nowhere, purge=False) == "service"
    with pytest.raises(ConfigError, match="several embedded clusters"):
        down.chosen(None, nowhere, purge=True)


def test_a_running_cluster_whose_folder_is_gone_is_known(
    nowhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(down, "running_state", lambda: Paths.of("service").state)
    assert down.chosen("service", nowhere, purge=False) == "service"


def test_purge_deletes_a_marked_folder_only() -> None:
    started("service")
    down.down("service", Silent(), purge=True)
    assert not Paths.of("service").state.exists()
    Paths.of("strange").data.mkdir(parents=True)
    with pytest.raises(ConfigError, match="bears no mark"):
        down.down("strange", Silent(), purge=True)
    assert Paths.of("strange").data.is_dir()
