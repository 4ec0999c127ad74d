"""A file is written whole or not at all."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from platformctl.files import replace_text


@contextmanager
def no_room_beyond(octets: int) -> Iterator[None]:
    """Every file that this process writes ends here, as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (octets, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_full_disk_leaves_the_old_text_and_nothing_else(tmp_path: Path) -> None:
    file = tmp_path / "platform.yaml"
    file.write_text("name: chat\n")

    with no_room_beyond(16), pytest.raises(OSError):
        replace_text(file, "name: chat\n" * 100)

    assert file.read_text() == "name: chat\n"
    assert list(tmp_path.iterdir()) == [file]


def test_mode_and_link_stay(tmp_path: Path) -> None:
    file, link = tmp_path / "real.yaml", tmp_path / "platform.yaml"
    file.write_text("old")
    file.chmod(0o600)
    link.symlink_to(file.name)

    replace_text(link, "né\n")

    assert link.is_symlink()
    assert file.read_bytes() == "né\n".encode()
    assert file.stat().st_mode & 0o777 == 0o600


def test_new_file_can_be_read_by_all(tmp_path: Path) -> None:
    replace_text(tmp_path / "new.yaml", "x")

    assert (tmp_path / "new.yaml").stat().st_mode & 0o777 == 0o644
