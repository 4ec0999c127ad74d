"""What the builder's store keeps between builds, and what its command lines tell."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from platformctl.local.images import buildah
from platformctl.local.images.buildah import builder
from platformctl.local.images.name import ImageName

LIMIT = 1 << 20
Ended = subprocess.CompletedProcess[bytes]


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(buildah.shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(buildah, "BYTES_KEPT", LIMIT)
    return tmp_path / "buildah"


def build(store: Path, size: int) -> None:
    with builder(store, "http://127.0.0.1:5000", {"docker.io"}):
        layer = store / "storage/overlay/layer/diff/file"
        layer.parent.mkdir(parents=True, exist_ok=True)
        layer.write_bytes(b"x" * size)
        (store / "downloads/npm").write_bytes(b"y")


def test_layers_and_downloads_are_kept_below_the_bound(store: Path) -> None:
    build(store, LIMIT // 2)
    assert (store / "storage/overlay/layer/diff/file").exists()
    assert (store / "downloads/npm").exists()


def test_a_store_above_the_bound_starts_afresh_and_can_be_used_again(store: Path) -> None:
    build(store, LIMIT + 1)
    assert not (store / "storage").exists()
    assert not (store / "downloads").exists()
    build(store, 1)
    assert (store / "storage/overlay/layer/diff/file").exists()


def test_a_build_that_failed_keeps_its_layers_and_forgets_what_was_lent(store: Path) -> None:
    with pytest.raises(ZeroDivisionError), builder(store, "http://127.0.0.1:5000", {"docker.io"}):
        assert (store / "lent").exists()
        (store / "storage").mkdir()
        (store / "storage/layer").write_bytes(b"x" * (LIMIT + 1))
        raise ZeroDivisionError
    assert (store / "storage/layer").exists()
    assert not (store / "lent").exists()


def test_what_is_lent_is_on_no_command_line(
    store: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    run: list[tuple[list[str], dict[str, str]]] = []

    def recorded(
        command: list[str], *, env: dict[str, str], **_: object
    ) -> subprocess.CompletedProcess[bytes]:
        run.append((command, env))
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setenv("PIP_INDEX_URL", "https://token@index")
    with builder(store, "http://127.0.0.1:5000", {"docker.io"}) as one:
        monkeypatch.setattr(buildah.subprocess, "run", recorded)
        name = ImageName.parse("x.io/a:1")
        one.build(name, tmp_path, tmp_path / "Containerfile", tmp_path / "log", tmp_path / "layout")
    built, packed = run
    assert "--env=PIP_INDEX_URL" in built[0]
    assert built[1]["PIP_INDEX_URL"] == "https://token@index"
    assert not any("token" in word for command, _ in (built, packed) for word in command)
    assert f"oci:{tmp_path}/layout" in packed[0], "the registry must never see an image that is not finished"
