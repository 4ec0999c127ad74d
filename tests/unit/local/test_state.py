"""Which folder a cluster's state is in, whose it is, and what may be deleted."""

from __future__ import annotations

from pathlib import Path

import pytest

from platformctl.errors import ConfigError
from platformctl.local import state
from platformctl.local.paths import Paths, cache_folder, state_folder


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path


def repository(folder: Path) -> Path:
    folder.mkdir(parents=True)
    (folder / "platform.yaml").touch()
    return folder


@pytest.mark.parametrize("name", ["", ".", "..", "/etc", "a/b", "../service", "-x", "A", "a\n", "a" * 64])
def test_what_is_no_cluster_name_is_no_path(name: str) -> None:
    with pytest.raises(ConfigError, match="is no cluster's name"):
        Paths.of(name)


def test_a_cluster_has_a_folder_of_its_own(home: Path) -> None:
    assert Paths.of("service") == Paths(home / "cache/platformctl", home / "state/platformctl/service")
    assert (cache_folder(), state_folder()) == (home / "cache/platformctl", home / "state/platformctl")


def test_only_what_up_made_is_a_cluster(home: Path) -> None:
    assert state.clusters() == []
    Paths.of("typo").logs.mkdir(parents=True)
    older = Paths.of("older")
    older.config.mkdir(parents=True)
    (older.config / "supervisord.conf").touch()
    state.remember(Paths.of("service"), repository(home / "one"))
    assert state.clusters() == ["older", "service"]


def test_a_folder_without_our_mark_is_not_deleted() -> None:
    paths = Paths.of("service")
    paths.data.mkdir(parents=True)
    with pytest.raises(ConfigError, match="bears no mark"):
        state.remove(paths)
    assert paths.data.is_dir()


def test_a_marked_folder_is_deleted_and_its_mark_last(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = Paths.of("service")
    state.remember(paths, repository(home / "one"))
    paths.data.mkdir()
    (paths.state / "link").symlink_to(home / "one")

    def interrupted(_: Path) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(state.shutil, "rmtree", interrupted)
        with pytest.raises(KeyboardInterrupt):
            state.remove(paths)
    assert state.is_ours(paths)
    state.remove(paths)
    assert not paths.state.exists()
    assert (home / "one/platform.yaml").exists()


def test_a_mount_point_stays_and_is_emptied(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = Paths.of("service")
    state.remember(paths, repository(home / "one"))
    (paths.data / "etcd").mkdir(parents=True)
    monkeypatch.setattr(state.os.path, "ismount", lambda path: Path(path) == paths.data)
    state.remove(paths)
    assert [*paths.state.rglob("*")] == [paths.data]


def test_another_repository_is_refused_with_both_places(home: Path) -> None:
    one, two, paths = repository(home / "one"), repository(home / "two"), Paths.of("service")
    state.require_root(paths, two)  # nobody's yet
    state.remember(paths, one)
    state.remember(paths, one)
    with pytest.raises(ConfigError, match=rf"belongs to {one}, not to {two}") as caught:
        state.remember(paths, two)
    assert "platformctl down --purge --cluster service" in str(caught.value.fix)
    assert state.root_of(paths) == one


def test_the_same_repository_by_another_way_is_the_same(home: Path) -> None:
    one, paths = repository(home / "one"), Paths.of("service")
    (home / "link").symlink_to(one)
    state.remember(paths, home / "link")
    assert state.other_root(paths, one) is None


def test_a_checkout_that_was_moved_takes_its_cluster_along(home: Path) -> None:
    one, paths = repository(home / "one"), Paths.of("service")
    state.remember(paths, one)
    moved = one.rename(home / "moved")
    state.remember(paths, moved)
    assert state.root_of(paths) == moved


def test_a_broken_mark_is_ours_and_nobodys(home: Path) -> None:
    paths = Paths.of("service")
    paths.state.mkdir(parents=True)
    (paths.state / state.MARK).write_text("[")
    assert state.is_ours(paths)
    assert state.root_of(paths) is None
