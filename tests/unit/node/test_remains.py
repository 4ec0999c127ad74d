"""What is left on a machine, and the folders that were made on it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from platformctl.local.node import remains
from platformctl.local.paths import Paths

STATE = Path("/home/ada/my state")


def mountinfo(*mounts: tuple[str, str, str]) -> str:
    """Device, folder shown and mount point of each, as the kernel writes them."""
    escaped = [[word.replace(" ", "\\040") for word in mount] for mount in mounts]
    return "".join(f"25 1 {' '.join(words)} rw - ext4 x rw\n" for words in escaped)


@pytest.mark.parametrize("disk_for_state", [False, True])
def test_our_mounts_are_told_from_the_machines_own(disk_for_state: bool) -> None:
    paths = Paths(cache=STATE, state=STATE)
    disk = ("8:1", "/", str(STATE)) if disk_for_state else ("0:1", "/", "/elsewhere")
    shown = ("8:1", "/data/kubelet") if disk_for_state else ("8:0", f"{STATE}/data/kubelet")
    others = [("8:0", "/", "/"), disk, ("8:2", "/", "/opt/local-path-provisioner")]
    ours = [
        (*shown, "/var/lib/kubelet"),
        ("0:9", "/", "/var/lib/kubelet/pods/1"),
        ("0:9", "/", f"{STATE}/data/kubelet/pods/1"),
    ]
    text = mountinfo(*others, *ours)
    assert remains.our_mounts(text, paths) == [target for *_, target in ours]


def test_a_machine_with_a_kubelet_of_its_own_has_nothing_of_ours() -> None:
    paths = Paths(cache=STATE, state=STATE)
    text = mountinfo(
        ("8:0", "/", "/"),
        ("8:1", "/", str(STATE)),
        ("8:2", "/", f"{STATE}/data"),
        ("8:3", "/", f"{STATE}/data/volumes"),
        ("8:4", "/", "/var/lib/kubelet"),
        ("0:9", "/", "/var/lib/kubelet/pods/1"),
    )
    assert remains.our_mounts(text, paths) == []


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
