"""A large file is hashed once, and again when it was touched."""

from __future__ import annotations

import hashlib
import os
import time
from pathlib import Path

import pytest

from platformctl.local.images import digests
from platformctl.local.images.digests import LARGE, SECONDS_TO_SETTLE, KnownDigests

ONE, TWO = b"1" * LARGE, b"2" * LARGE


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@pytest.fixture
def hashed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the files that were read, in a world where every file has settled."""
    names: list[str] = []
    real = digests.file_digest

    def counted(path: Path) -> str:
        names.append(path.name)
        return real(path)

    monkeypatch.setattr(digests, "file_digest", counted)
    monkeypatch.setattr(digests, "SECONDS_TO_SETTLE", -1.0)
    return names


def ask(memory: Path, *files: Path) -> list[str]:
    """What a process of its own would be told."""
    known = KnownDigests(memory)
    told = [known.of(file) for file in files]
    known.save()
    return told


def test_a_large_file_is_read_once(tmp_path: Path, hashed: list[str]) -> None:
    file = tmp_path / "program"
    file.write_bytes(ONE)
    for _ in range(3):
        assert ask(tmp_path / "memory", file, file) == [sha256(ONE)] * 2
    assert hashed == ["program"]


def test_a_change_is_seen_though_size_and_time_are_put_back(tmp_path: Path, hashed: list[str]) -> None:
    file = tmp_path / "program"
    file.write_bytes(ONE)
    before = file.stat()
    assert ask(tmp_path / "memory", file) == [sha256(ONE)]
    time.sleep(0.05)  # more than a tick of the file system's clock
    file.write_bytes(TWO)
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert ask(tmp_path / "memory", file) == [sha256(TWO)]


def test_another_file_in_its_place_is_seen(tmp_path: Path, hashed: list[str]) -> None:
    file, other = tmp_path / "program", tmp_path / "other"
    file.write_bytes(ONE)
    other.write_bytes(TWO)
    assert ask(tmp_path / "memory", file) == [sha256(ONE)]
    other.replace(file)
    assert ask(tmp_path / "memory", file) == [sha256(TWO)]


def test_a_file_that_may_still_change_is_not_remembered(
    tmp_path: Path, hashed: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(digests, "SECONDS_TO_SETTLE", SECONDS_TO_SETTLE)
    file = tmp_path / "program"
    file.write_bytes(ONE)
    ask(tmp_path / "memory", file)
    ask(tmp_path / "memory", file)
    assert hashed == ["program", "program"]


@pytest.mark.parametrize("content", ["", "{", "[]", '{"/x": 1}'])
def test_a_damaged_memory_costs_only_the_time(tmp_path: Path, hashed: list[str], content: str) -> None:
    file, memory = tmp_path / "program", tmp_path / "memory"
    file.write_bytes(ONE)
    memory.write_text(content)
    assert ask(memory, file) == ask(memory, file) == [sha256(ONE)]
    assert hashed == ["program"]


def test_the_memory_keeps_what_others_asked_for_and_forgets_what_is_gone(
    tmp_path: Path, hashed: list[str]
) -> None:
    files = [tmp_path / "a", tmp_path / "b"]
    for file in files:
        file.write_bytes(ONE)
        ask(tmp_path / "memory", file)
    assert "/a" in (tmp_path / "memory").read_text()
    files[0].unlink()
    (tmp_path / "c").write_bytes(TWO)
    ask(tmp_path / "memory", tmp_path / "c")
    text = (tmp_path / "memory").read_text()
    assert "/a" not in text and "/b" in text and "/c" in text
