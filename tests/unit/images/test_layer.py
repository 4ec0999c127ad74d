"""Layers made of files."""

from __future__ import annotations

import hashlib
import io
import os
import tarfile
from pathlib import Path

import pytest
import zstandard

from platformctl.local.images.layer import Entry, File, Folder, Link, fingerprint, packed, tree


def unpack(entries: list[Entry]) -> tuple[list[tarfile.TarInfo], bytes, str, str]:
    with packed(entries) as layer:
        blob = layer.content.read()
        assert len(blob) == layer.size
        assert layer.digest == "sha256:" + hashlib.sha256(blob).hexdigest()
        plain = zstandard.ZstdDecompressor().stream_reader(blob).read()
        assert layer.diff_id == "sha256:" + hashlib.sha256(plain).hexdigest()
        with tarfile.open(fileobj=io.BytesIO(plain)) as tar:
            return tar.getmembers(), blob, layer.digest, layer.diff_id


def test_parents_come_first_and_owners_and_modes_are_kept() -> None:
    members, *_ = unpack(
        [
            File("/usr/bin/tool", b"x", 0o755, owner=65534),
            Folder("/tmp", 0o1777),
            Link("/bin", "usr/bin"),
        ]
    )
    assert [member.name for member in members] == ["bin", "tmp", "usr", "usr/bin", "usr/bin/tool"]
    by_name = {member.name: member for member in members}
    assert by_name["bin"].linkname == "usr/bin"
    assert by_name["tmp"].mode == 0o1777
    assert (by_name["usr/bin/tool"].mode, by_name["usr/bin/tool"].uid) == (0o755, 65534)
    assert all(member.mtime == 0 and not member.uname for member in members)


def test_the_same_content_at_another_time_gives_the_same_bytes(tmp_path: Path) -> None:
    source = tmp_path / "file"
    source.write_text("same")
    first = unpack([File("/a", source), Folder("/b")])
    os.utime(source, (1, 1))
    assert unpack([Folder("/b"), File("/a", source)])[1] == first[1]


def test_file_capabilities_travel_as_an_attribute() -> None:
    capabilities = bytes.fromhex("0100000200040000")
    members, *_ = unpack([File("/coredns", b"x", 0o755, capabilities=capabilities)])
    assert members[0].pax_headers["SCHILY.xattr.security.capability"].encode() == capabilities


@pytest.mark.parametrize(
    "other",
    [
        File("/a", b"other"),
        File("/b", b"x"),
        File("/a", b"x", 0o755),
        File("/a", b"x", owner=1),
        File("/a", b"x", capabilities=b"\1"),
        Link("/a", "x"),
        Folder("/a"),
    ],
)
def test_the_fingerprint_knows_every_difference(other: Entry) -> None:
    assert fingerprint([File("/a", b"x")]) == fingerprint([File("/a", b"x")])
    assert fingerprint([File("/a", b"x")]) != fingerprint([other])


def test_a_file_and_its_content_have_one_fingerprint(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"x")
    assert fingerprint([File("/a", tmp_path / "x")]) == fingerprint([File("/a", b"x")])


def test_a_tree_keeps_executable_bits_and_links(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/run").write_text("#!")
    (tmp_path / "bin/run").chmod(0o700)
    (tmp_path / "bin/start").symlink_to("run")
    (tmp_path / "data").write_text("")
    assert tree(tmp_path, "/opt") == [
        Folder("/opt/bin"),
        File("/opt/bin/run", tmp_path / "bin/run", 0o755),
        Link("/opt/bin/start", "run"),
        File("/opt/data", tmp_path / "data", 0o644),
    ]


def test_a_tree_belongs_to_whom_one_says(tmp_path: Path) -> None:
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib/file").write_text("x")
    entries = tree(tmp_path, "/opt", owner=1000)
    assert {entry.target: entry.owner for entry in entries if not isinstance(entry, Link)} == {
        "/opt/lib": 1000,
        "/opt/lib/file": 1000,
    }
