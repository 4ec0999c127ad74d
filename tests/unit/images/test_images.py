"""Which images are made, in which order, and what is removed, against a registry's storage folder."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from platformctl.errors import ConfigError, StepFailed, ToolMissing
from platformctl.local.digest import file_digest
from platformctl.local.images import images as module
from platformctl.local.images.digests import DigestOf
from platformctl.local.images.image import Image, Workshop
from platformctl.local.images.images import Images
from platformctl.local.images.name import ImageName
from platformctl.local.paths import Paths
from platformctl.steps import Silent
from tests.unit.images.registry_folder import RegistryFolder


@dataclass
class Fake:
    """A recipe that writes down when it was followed."""

    made: list[str]
    content: str = "1"
    on: tuple[str, ...] = ()
    error: Exception | None = None

    def bases(self) -> set[ImageName]:
        return {ImageName.parse(name) for name in self.on}

    def inputs(self, digest_of: DigestOf = file_digest) -> str:
        if isinstance(self.error, ToolMissing):
            raise self.error
        return self.content

    def make(self, name: ImageName, workshop: Workshop) -> None:
        if self.error:
            raise self.error
        self.made.append(name.repository)
        assert isinstance(workshop.registry, RegistryFolder)
        workshop.registry.push(name.repository, name.tag, f"{name} {self.content}")


class Bench:
    def __init__(self, root: Path) -> None:
        self.made: list[str] = []
        self.paths = Paths(root / "cache", root / "state")
        self.registry = RegistryFolder(root / "cache/registry")
        self.collected = 0
        self.base = Fake(self.made)
        self.middle = Fake(self.made, on=("x.io/base:1",))
        self.top = Fake(self.made, on=("x.io/middle:1",))

    def images(self) -> Images:
        named = {"x.io/top:1": self.top, "x.io/middle:1": self.middle, "x.io/base:1": self.base}
        return Images(self.paths, [Image(ImageName.parse(name), recipe) for name, recipe in named.items()])

    def layer(self, repository: str) -> Path:
        return self.registry.layer(self.registry.manifest(repository, "1"))

    def ensure(self) -> list[str]:
        self.made.clear()
        self.images().ensure(Silent())
        return list(self.made)


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    bench = Bench(tmp_path)

    @contextmanager
    def nothing(*_: object) -> Iterator[str]:
        yield "http://registry"

    @contextmanager
    def client(_: str) -> Iterator[RegistryFolder]:
        yield bench.registry

    def collect(*_: object) -> None:
        bench.collected += 1

    monkeypatch.setattr(module.registry, "serving", nothing)
    monkeypatch.setattr(module.registry, "collect_garbage", collect)
    monkeypatch.setattr(module, "Distribution", client)
    monkeypatch.setattr(module, "builder", nothing)
    return bench


def test_bases_are_made_first_and_everything_once(bench: Bench) -> None:
    assert bench.images().missing() == ["x.io/top:1", "x.io/middle:1", "x.io/base:1"]
    assert bench.ensure() == ["base", "middle", "top"]
    assert bench.images().missing() == []
    assert bench.ensure() == []


def test_a_changed_base_makes_all_that_stands_on_it_again(bench: Bench) -> None:
    bench.ensure()
    bench.middle.content = "2"
    assert bench.ensure() == ["middle", "top"]


def test_earlier_inputs_bring_the_earlier_image_back(bench: Bench) -> None:
    bench.ensure()
    bench.top.content = "2"
    bench.ensure()
    bench.top.content = "1"
    assert bench.images().missing() == ["x.io/top:1"]
    assert bench.ensure() == []
    assert bench.layer("top").read_text() == "x.io/top:1 1"


def test_an_image_whose_binary_is_not_built_yet_is_missing(bench: Bench) -> None:
    bench.base.error = ToolMissing("no etcd")
    assert len(bench.images().missing()) == 3
    with pytest.raises(ToolMissing, match="no etcd"):
        bench.ensure()


def test_a_failed_image_leaves_its_bases_made_and_itself_missing(bench: Bench) -> None:
    bench.middle.error = StepFailed("broken")
    with pytest.raises(StepFailed, match="broken"):
        bench.ensure()
    assert bench.images().missing() == ["x.io/top:1", "x.io/middle:1"]


def test_a_base_that_nothing_stands_in_for_is_named(bench: Bench) -> None:
    bench.top.on = ("alpine:3",)
    with pytest.raises(ConfigError, match=r"x\.io/top:1 is built on docker\.io/library/alpine:3"):
        bench.images().missing()


def test_two_images_of_one_path_are_refused(bench: Bench) -> None:
    names = ("docker.io/a/b:1", "ghcr.io/a/b:1")
    with pytest.raises(ConfigError, match="one repository path"):
        Images(bench.paths, [Image(ImageName.parse(name), bench.base) for name in names])


def test_digests_are_those_of_the_manifests(bench: Bench) -> None:
    assert bench.images().digests() == {}
    bench.ensure()
    assert bench.images().digests()["x.io/base:1"] == bench.registry.manifest("base", "1").digest


def test_a_damaged_layer_makes_its_image_again(bench: Bench) -> None:
    bench.ensure()
    bench.layer("middle").write_text("x.io/middle:1 ?")
    assert bench.images().missing() == ["x.io/middle:1"]
    assert bench.ensure() == ["middle"]
    assert bench.layer("middle").read_text() == "x.io/middle:1 1"
    assert bench.images().missing() == []


def test_an_earlier_image_that_is_damaged_is_not_brought_back(bench: Bench) -> None:
    bench.ensure()
    earlier = bench.layer("top")
    bench.top.content = "2"
    bench.ensure()
    bench.top.content = "1"
    earlier.write_text("?")
    assert bench.ensure() == ["top"]
    assert bench.layer("top").read_text() == "x.io/top:1 1"


def test_the_registry_is_tidied_when_there_is_something_to_collect(bench: Bench) -> None:
    bench.ensure()
    assert bench.collected == 1, "after building"
    bench.ensure()
    assert bench.collected == 1, "nothing to collect"
    bench.registry.push("library/debian", "buster", "old")
    os.utime(bench.registry.tag("library/debian", "buster"), (0, 0))
    bench.ensure()
    assert bench.collected == 2
    assert bench.registry.digest("library/debian", "buster") is None


def test_what_is_in_use_is_never_forgotten_however_old(bench: Bench) -> None:
    bench.ensure()
    links = [*bench.registry.root.rglob("current/link")]
    assert len(links) == 6
    for link in links:
        os.utime(link, (0, 0))
    assert bench.ensure() == []
    assert all(link.stat().st_mtime > time.time() - 60 for link in links)


def test_a_second_process_waits_and_builds_nothing(bench: Bench) -> None:
    with ThreadPoolExecutor(2) as pool:
        notes = sorted(pool.map(lambda _: bench.images().ensure(Silent()), range(2)))
    assert notes == ["3 built, 3 served", "3 served"]
    assert sorted(bench.made) == ["base", "middle", "top"]
