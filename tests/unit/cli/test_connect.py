"""Which cluster a command opens, and what it says of one that is not there."""

from __future__ import annotations

from pathlib import Path

import pytest

from platformctl import platform
from platformctl.cli.connect import connect
from platformctl.errors import Unreachable
from platformctl.local import state as states
from platformctl.local.paths import Paths
from tests.unit.live.api_server import ApiServer, serving

ROOT = Path(__file__).parents[3]


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the embedded cluster's own kubeconfig."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    folder = tmp_path / "platformctl/service"
    folder.mkdir(parents=True)
    return folder


def test_an_embedded_cluster_has_its_own_kubeconfig(state: Path) -> None:
    with serving(ApiServer(), state), connect(platform.load(ROOT).cluster("service"), None, None) as kube:
        assert kube.version == "v1.34.4"


def test_one_that_was_never_started_and_one_that_is_down_have_the_same_fix(state: Path) -> None:
    chosen = platform.load(ROOT).cluster("service")
    with pytest.raises(Unreachable, match="cluster service was never started here") as never:
        connect(chosen, None, None)
    with serving(ApiServer(), state):
        pass
    with pytest.raises(Unreachable, match="cluster service is not running") as down:
        connect(chosen, None, None)
    assert never.value.fix == down.value.fix == "platformctl up --cluster service"


def test_a_given_kubeconfig_comes_first(state: Path, tmp_path: Path) -> None:
    with serving(ApiServer(), tmp_path) as other:
        connect(platform.load(ROOT).cluster("service"), other.kubeconfig, None).close()


def test_a_cluster_of_another_repository_is_shown_with_a_word(
    state: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    states.remember(Paths.of("service"), ROOT)
    with serving(ApiServer(), state):
        connect(platform.load(ROOT).cluster("service"), None, None, ROOT).close()
        assert capsys.readouterr().err == ""
        connect(platform.load(ROOT).cluster("service"), None, None, tmp_path).close()
    assert capsys.readouterr().err == f"note: cluster service on this machine belongs to {ROOT}\n"
