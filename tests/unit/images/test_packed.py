"""Telling programs that need a C library from those that do not."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import pytest

from platformctl.errors import StepFailed
from platformctl.local.images.image import Runtime
from platformctl.local.images.layer import File
from platformctl.local.images.name import ImageName
from platformctl.local.images.packed import Packed, is_dynamic

PT_LOAD, PT_INTERP = 1, 3


def program(path: Path, *segments: int) -> Path:
    """As much of a 64-bit ELF file as has a table of segments."""
    header = bytearray(64)
    header[:4] = b"\x7fELF"
    struct.pack_into("<Q", header, 32, 64)
    struct.pack_into("<HH", header, 54, 56, len(segments))
    table = b"".join(struct.pack("<I", kind).ljust(56, b"\0") for kind in segments)
    path.write_bytes(bytes(header) + table)
    return path


def test_a_program_with_a_loader_is_dynamic(tmp_path: Path) -> None:
    assert is_dynamic(program(tmp_path / "a", PT_LOAD, PT_INTERP))
    assert not is_dynamic(program(tmp_path / "b", PT_LOAD, PT_LOAD))


@pytest.mark.parametrize("content", [b"", b"#!/bin/sh\n", b"x" * 200])
def test_what_is_no_program_is_not_dynamic(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "file").write_bytes(content)
    assert not is_dynamic(tmp_path / "file")


def test_a_dynamic_program_on_nothing_is_refused(tmp_path: Path) -> None:
    binary = program(tmp_path / "tool", PT_INTERP)
    image = Packed(lambda: [File("/tool", binary, 0o755)], Runtime())
    unused: Any = None
    with pytest.raises(StepFailed, match="tool needs a C library"):
        image.make(ImageName.parse("x.io/tool:1"), unused)
