"""What is damaged, and what nobody used for long, in a registry's storage."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from platformctl.local.digest import file_digest
from platformctl.local.disk import SECONDS_KEPT_UNUSED
from platformctl.local.images.storage import Storage
from tests.unit.images.registry_folder import RegistryFolder

LONG_AGO = time.time() - SECONDS_KEPT_UNUSED - 60
LATELY = time.time() - SECONDS_KEPT_UNUSED + 3600


@pytest.fixture
def folder(tmp_path: Path) -> RegistryFolder:
    return RegistryFolder(tmp_path)


@pytest.fixture
def storage(tmp_path: Path) -> Storage:
    return Storage(tmp_path)


def age(link: Path, when: float) -> None:
    os.utime(link, (when, when))


@pytest.mark.parametrize("content", [b"layer", b"lay", b"LAYER!", b"", None])
def test_a_layer_that_is_not_what_its_name_says_is_found_and_can_be_taken_again(
    folder: RegistryFolder, storage: Storage, content: bytes | None
) -> None:
    pushed = folder.push("a/b", "1", "layer!")
    assert storage.damaged(pushed.digest, file_digest) == []
    layer = folder.layer(pushed)
    layer.unlink() if content is None else layer.write_bytes(content)
    assert storage.damaged(pushed.digest, file_digest) == [layer]
    storage.remove_damaged(pushed.digest, file_digest)
    assert storage.damaged(folder.push("a/b", "1", "layer!").digest, file_digest) == []


def test_a_manifest_that_is_cut_off_is_damaged(folder: RegistryFolder, storage: Storage) -> None:
    pushed = folder.push("a/b", "1", "layer")
    folder.blob(pushed.digest).write_bytes(b'{"config":')
    assert storage.damaged(pushed.digest, file_digest) == [folder.blob(pushed.digest)]


def test_only_tags_that_nobody_used_for_30_days_are_forgotten(
    folder: RegistryFolder, storage: Storage
) -> None:
    for tag, when in (("old", LONG_AGO), ("lately", LATELY), ("marked", LONG_AGO)):
        folder.push("library/debian", tag, tag)
        age(folder.tag("library/debian", tag), when)
    storage.mark_used("library/debian", "marked")
    assert storage.forget_unused() == 1
    assert [folder.tag("library/debian", tag).exists() for tag in ("old", "lately", "marked")] == [
        False,
        True,
        True,
    ]
    assert storage.forget_unused() == 0


def test_what_names_a_lost_manifest_is_forgotten_whatever_its_age(
    folder: RegistryFolder, storage: Storage, tmp_path: Path
) -> None:
    lost, kept = folder.push("a/b", "1", "lost"), folder.push("a/b", "2", "kept")
    folder.blob(lost.digest).unlink()
    assert storage.forget_unused() == 1
    assert folder.digest("a/b", "2") == kept.digest
    assert [link.read_text() for link in tmp_path.rglob("revisions/sha256/*/link")] == [kept.digest]


def test_uploads_that_were_broken_off_go(folder: RegistryFolder, storage: Storage, tmp_path: Path) -> None:
    folder.push("a/b", "1", "x")
    upload = tmp_path / "docker/registry/v2/repositories/a/b/_uploads/1234"
    upload.mkdir(parents=True)
    storage.drop_uploads()
    assert not upload.exists() and folder.digest("a/b", "1")


def test_a_registry_that_was_never_used_has_nothing_to_forget(storage: Storage) -> None:
    assert storage.forget_unused() == 0
    storage.drop_uploads()


@pytest.mark.parametrize("content", ["", "sha256:12", "sha256:" + "0" * 64])
def test_links_that_a_full_disk_cut_off_go_and_whole_ones_stay(
    folder: RegistryFolder, storage: Storage, content: str
) -> None:
    cut, whole = folder.push("a/b", "1", "cut"), folder.push("a/b", "2", "whole")
    revisions = folder.tag("a/b", "1").parents[3] / "revisions/sha256"
    (revisions / cut.digest[7:] / "link").write_text(content)
    folder.tag("a/b", "1").write_text(content[:10])
    storage.repair()
    assert not folder.tag("a/b", "1").exists()
    assert [link.read_text() for link in revisions.rglob("link")] == [whole.digest]
    assert folder.digest("a/b", "2") == whole.digest


def test_a_manifest_that_a_full_disk_cut_off_goes_though_no_tag_names_it(
    folder: RegistryFolder, storage: Storage
) -> None:
    cut, whole = folder.push("a/b", "1", "cut"), folder.push("a/b", "2", "whole")
    folder.blob(cut.digest).write_bytes(cut.body[:10])
    folder.tag("a/b", "1").unlink()
    storage.repair()
    assert not folder.blob(cut.digest).exists()
    assert folder.blob(whole.digest).exists()


def test_a_manifest_without_a_tag_of_its_repository_is_found(
    folder: RegistryFolder, storage: Storage
) -> None:
    first = folder.push("a/b", "1", "one")
    folder.put_manifest("a/b", "inputs-1", first)
    assert not storage.has_untagged()
    folder.push("a/b", "1", "two")
    assert not storage.has_untagged()
    folder.push("a/b", "1", "three")
    assert storage.has_untagged()
