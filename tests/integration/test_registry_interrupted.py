"""Builds of images that are killed, or meet a full disk: what is left, and whether the next one goes well."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from platformctl.errors import StepFailed
from platformctl.local import registry
from platformctl.local.images.distribution import Distribution
from platformctl.local.images.images import Images
from platformctl.local.node.daemons import Binaries
from platformctl.local.paths import Paths
from platformctl.steps import Silent

from .test_registry import BASE, TOP, context, folders, images

__all__ = ["context", "folders"]
pytestmark = pytest.mark.cluster

ROOT = Path(__file__).parents[2]
SECRET = "http://user:secret-of-mine@proxy.example"
BUILD = """
import sys
from pathlib import Path
from platformctl.local.paths import Paths
from platformctl.steps import Silent
from tests.integration.test_registry import images
images(Paths(Path(sys.argv[1]), Path(sys.argv[2])), Path(sys.argv[3])).ensure(Silent())
"""
SERVE = """
import sys, time
from pathlib import Path
from platformctl.local.images.model import _serving
with _serving(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[2]) / "log"):
    (Path(sys.argv[2]) / "started").touch()
    time.sleep(600)
"""


def children(pid: int) -> set[int]:
    """Ids of all processes below this one."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue  # it ended meanwhile
    found, new = set(), {pid}
    while new:
        new = {child for child, parent in parents.items() if parent in new}
        found |= new
    return found


def commands(pids: set[int]) -> list[str]:
    """Command lines of those that still run."""
    said = []
    for pid in pids:
        try:
            said.append(Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode().strip())
        except OSError:
            continue
    return [line for line in said if line]  # a dead one that nobody waited for has none


def become(probe: Callable[[], bool], seconds: float) -> bool:
    end = time.monotonic() + seconds
    while not probe():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


@contextmanager
def under_way(script: str, *arguments: Path, started: Path) -> Iterator[tuple[int, set[int]]]:
    """A process of its own and all below it, once that file is there; whatever is left of them is ended."""
    process = subprocess.Popen([sys.executable, "-c", script, *map(str, arguments)], cwd=ROOT)
    below: set[int] = set()
    try:
        assert become(started.exists, 60)
        below = children(process.pid)
        yield process.pid, below
    finally:
        process.kill()
        process.wait()
        for pid in below:
            if commands({pid}):
                os.kill(pid, signal.SIGKILL)


def test_of_a_killed_build_nothing_runs_on_and_the_next_one_goes_well(
    folders: Paths, context: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", SECRET)
    containerfile = context / "Containerfile"
    text = containerfile.read_text()
    containerfile.write_text(
        f'FROM {BASE}\nRUN test "$HTTPS_PROXY" = {SECRET} '
        "&& touch /dev/build-downloads/started && sleep 600\n"
    )
    started = folders.cache / "buildah/downloads/started"
    with under_way(BUILD, folders.cache, folders.state, context, started=started) as (pid, below):
        said = " ".join(commands(below))
        assert "docker-registry serve" in said and "buildah bud" in said and "sleep 600" in said
        assert "secret-of-mine" not in said
        os.kill(pid, signal.SIGKILL)
        assert become(lambda: not commands(below), 10), commands(below)
    assert str(folders.cache) not in Path("/proc/mounts").read_text()

    containerfile.write_text(text)
    assert images(folders, context).ensure(Silent()) == "1 built, 2 served"
    assert not any((folders.cache / "buildah/storage/overlay-containers").glob("*/userdata"))
    assert not list((folders.cache / "tmp/images").iterdir())
    assert [path.name for path in registry.storage(folders.cache).iterdir()] == ["docker"]


def test_ollamas_server_ends_with_us(tmp_path: Path, binaries: Binaries) -> None:
    with under_way(SERVE, binaries.binary("ollama"), tmp_path, started=tmp_path / "started") as (pid, below):
        assert "serve" in " ".join(commands(below))
        os.kill(pid, signal.SIGKILL)
        assert become(lambda: not commands(below), 10), commands(below)


def test_what_a_build_is_lent_never_reaches_the_registry(
    folders: Paths, context: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", SECRET)
    pushed: list[bytes] = []
    collect = registry.collect_garbage

    def looked_at(cache: Path, log: Path) -> Path | None:
        """Before anything is removed."""
        blobs = list((registry.storage(cache) / "docker").rglob("data"))
        pushed.extend(blob.read_bytes() for blob in blobs if blob.stat().st_size < 1 << 20)
        return collect(cache, log)

    monkeypatch.setattr(registry, "collect_garbage", looked_at)
    images(folders, context).ensure(Silent())
    assert any(b"OWN=1" in content for content in pushed)
    assert not any(b"secret-of-mine" in content or b"build-machine" in content for content in pushed)


def test_what_an_earlier_version_left_in_the_registry_goes(folders: Paths, context: Path) -> None:
    """It pushed images with the lent environment and then, under the same tag, without."""
    images(folders, context).ensure(Silent())
    with registry.serving(folders.cache, folders.logs) as url, Distribution(url) as target:
        good = target.manifest(TOP.repository, TOP.tag)
        left = type(good)(good.body + b"\n", good.media_type)
        target.put_manifest(TOP.repository, TOP.tag, left)
        target.put_manifest(TOP.repository, TOP.tag, good)
    blob = registry.storage(folders.cache) / "docker/registry/v2/blobs/sha256" / left.digest[7:9]
    assert (blob / left.digest[7:] / "data").exists()
    (registry.storage(folders.cache) / "serving-1.yaml").touch()
    assert images(folders, context).ensure(Silent()) == "2 served"
    assert not (blob / left.digest[7:] / "data").exists()
    assert not (registry.storage(folders.cache) / "serving-1.yaml").exists()


@pytest.fixture
def small_disk(folders: Paths) -> Iterator[Path]:
    """The cache on a file system of its own."""
    folders.cache.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64M", "tmpfs", str(folders.cache)]
    subprocess.run(mount, check=True)
    yield folders.cache
    subprocess.run(["umount", str(folders.cache)], check=True)


def test_a_full_disk_is_told_and_the_next_build_goes_well(
    folders: Paths, context: Path, small_disk: Path
) -> None:
    served = images(folders, context)
    for kibibytes in (0, 300, 1200, 2000):
        with filled(small_disk, kibibytes), pytest.raises(StepFailed, match="no room for the images") as told:
            served.ensure(Silent())
        assert str(folders.cache) in told.value.message
    assert served.ensure(Silent()) == "2 built, 2 served"
    (context / "Containerfile").write_text(f"FROM {BASE}\nRUN cat /bin/sh /bin/sh /bin/sh > /large\n")
    with filled(small_disk, 2000), pytest.raises(StepFailed, match="no room for the images") as told:
        images(folders, context).ensure(Silent())
    assert told.value.log is not None and "no space left" in told.value.log.read_text().lower()
    assert images(folders, context).ensure(Silent()) == "1 built, 2 served"


def test_a_registry_whose_disks_last_page_was_taken_is_usable_again(
    folders: Paths, context: Path, small_disk: Path
) -> None:
    """It writes links and manifests in place, so the last pages decide which of them are empty."""

    def goes_well(kibibytes: int) -> bool:
        """With an empty registry and so much room; what is left of it must be good for the next time."""
        shutil.rmtree(small_disk, ignore_errors=True)
        base = Images(folders, [images(folders, context)._images[BASE]])
        with filled(small_disk, kibibytes):
            try:
                base.ensure(Silent())
            except StepFailed:
                well = False
            else:
                well = True
        base.ensure(Silent())
        assert base.missing() == []
        return well

    low, enough = 2000, 16000
    while enough - low > PAGE:
        middle = (low + enough) // 2
        low, enough = (low, middle) if goes_well(middle) else (middle, enough)
    assert not any(goes_well(enough - pages * PAGE) for pages in range(2, 12))


PAGE = 4  # KiB


@contextmanager
def filled(folder: Path, kibibytes: int) -> Iterator[None]:
    """So many KiB of its disk are free while the block runs."""
    filler = folder / "filler"
    found = os.statvfs(folder)
    with filler.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, found.f_bavail * found.f_frsize - kibibytes * 1024)
    yield
    filler.unlink()
