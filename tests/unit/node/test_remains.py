"""What is left on a machine, and the folders that were made on it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from platformctl.local.node import remains
from platformctl.local.paths import Paths

LINE = "25 1 0:22 / {} rw,relatime - tmpfs tmpfs rw"


def test_our_mounts_are_told_from_others(tmp_path: Path) -> None:
    paths = Paths(cache=tmp_path, state=tmp_path / "my state")
    ours = [f"{paths.state}/data/x".replace(" ", "\\040"), "/var/lib/kubelet", "/var/lib/kubelet/pods/1"]
    others = ["/", "/var/lib/kubelet-other", f"{paths.state}-other".replace(" ", "\\040")]
    mountinfo = "\n".join(LINE.format(target) for target in [*ours, *others]) + "\n"
    assert remains.our_mounts(mountinfo, paths) == [one.replace("\\040", " ") for one in ours]


def test_only_folders_that_were_missing_are_noted(
    paths: Paths, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there, missing = tmp_path / "there", tmp_path / "new/deep"
    there.mkdir()
    paths.run.mkdir(parents=True)
    places = {there: there, missing: there}
    monkeypatch.setattr(remains, "mount_points", lambda _: places)
    for _ in range(2):  # a second start adds nothing and forgets nothing
        remains.make_folders(paths)
        assert missing.is_dir()
        assert remains.made_folders(paths) == [missing, missing.parent]
    places[there / "later"] = there
    remains.make_folders(paths)
    assert remains.made_folders(paths) == [there / "later", missing, missing.parent]


def test_a_broken_note_counts_as_none(paths: Paths) -> None:
    paths.run.mkdir(parents=True)
    (paths.run / remains.MADE_FOLDERS).write_text("[")
    assert remains.made_folders(paths) == []
    (paths.run / remains.MADE_FOLDERS).write_text(json.dumps(["/a", "/a/b"]))
    assert remains.made_folders(paths) == [Path("/a/b"), Path("/a")]
