"""Rendered files and what stands in the repository already."""

from __future__ import annotations

from pathlib import Path

import pytest

from platformctl.errors import ConfigError
from platformctl.render import HEADER, write
from platformctl.render.writing import changes

NEW = {"clusters/a/x.yaml": f"{HEADER}a: 1\n", "clusters/b.yaml": f"{HEADER}b: 1\n"}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    write(tmp_path, changes(tmp_path, NEW))
    return tmp_path


def kinds(root: Path, rendered: dict[str, str]) -> list[tuple[str, str]]:
    return [(change.kind, change.path) for change in changes(root, rendered)]


def test_what_was_written_is_current(root: Path) -> None:
    assert not changes(root, NEW)
    assert {path.name for path in (root / "clusters").rglob("*")} == {"a", "x.yaml", "b.yaml"}
    assert (root / "clusters/b.yaml").stat().st_mode & 0o777 == 0o644


def test_a_changed_file_is_shown_as_a_diff_and_mended(root: Path) -> None:
    (root / "clusters/b.yaml").write_text(f"{HEADER}b: 2\n")
    (change,) = changes(root, NEW)
    assert change.kind == "change"
    assert "--- a/clusters/b.yaml\n+++ b/clusters/b.yaml\n" in change.diff()
    assert "-b: 2\n+b: 1\n" in change.diff()
    write(root, [change])
    assert not changes(root, NEW)


def test_what_is_no_longer_rendered_goes_with_its_folder(root: Path) -> None:
    less = {"clusters/b.yaml": NEW["clusters/b.yaml"]}
    assert kinds(root, less) == [("remove", "clusters/a/x.yaml")]
    write(root, changes(root, less))
    assert not (root / "clusters/a").exists()


def test_no_empty_folder_stays_above_what_went(root: Path) -> None:
    deep = NEW | {
        "clusters/old/chat/values.yaml": f"{HEADER}c: 1\n",
        "clusters/old/k.yaml": f"{HEADER}d: 1\n",
    }
    write(root, changes(root, deep))
    write(root, changes(root, NEW))
    assert not (root / "clusters/old").exists()
    write(root, changes(root, {}))
    assert (root / "clusters").is_dir()


def test_files_of_others_stay(root: Path) -> None:
    other = root / "clusters/a/gotk-sync.yaml"
    other.write_text("# written by Flux\n")
    write(root, changes(root, {}))
    assert [path.name for path in (root / "clusters").rglob("*.yaml")] == ["gotk-sync.yaml"]


def test_a_file_of_others_is_not_overwritten(root: Path) -> None:
    (root / "clusters/b.yaml").write_text("mine: 1\n")
    with pytest.raises(ConfigError, match=r"clusters/b\.yaml was not rendered by platformctl"):
        changes(root, NEW)


def test_nothing_is_written_through_a_link_out_of_the_repository(root: Path, tmp_path: Path) -> None:
    outside = tmp_path.parent / f"{tmp_path.name}-outside"
    outside.mkdir()
    (root / "clusters/c").symlink_to(outside)
    with pytest.raises(ConfigError, match=r"clusters/c/x\.yaml lies outside of the repository"):
        changes(root, {"clusters/c/x.yaml": f"{HEADER}a: 1\n"})
