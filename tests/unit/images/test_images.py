"""Which images are made, and in which order, against a registry kept in memory."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from platformctl.errors import ConfigError, StepFailed, ToolMissing
from platformctl.local.images import images as module
from platformctl.local.images.distribution import Manifest
from platformctl.local.images.image import Image, Workshop
from platformctl.local.images.images import Images
from platformctl.local.images.name import ImageName
from platformctl.local.paths import Paths
from platformctl.steps import Silent


class Memory:
    """As much of a registry as knows tags."""

    def __init__(self) -> None:
        self.tags: dict[tuple[str, str], Manifest] = {}

    def digest(self, repository: str, reference: str) -> str | None:
        found = self.tags.get((repository, reference))
        return found.digest if found else None

    def manifest(self, repository: str, reference: str) -> Manifest:
        return next(m for (r, t), m in self.tags.items() if r == repository and reference in (t, m.digest))

    def put_manifest(self, repository: str, reference: str, manifest: Manifest) -> None:
        self.tags[repository, reference] = manifest


@dataclass
class Fake:
    """A recipe that writes down when it was followed."""

    made: list[str]
    content: str = "1"
    on: tuple[str, ...] = ()
    error: Exception | None = None

    def bases(self) -> set[ImageName]:
        return {ImageName.parse(name) for name in self.on}

    def inputs(self) -> str:
        if isinstance(self.error, ToolMissing):
            raise self.error
        return self.content

    def make(self, name: ImageName, workshop: Workshop) -> None:
        if self.error:
            raise self.error
        self.made.append(name.repository)
        workshop.registry.put_manifest(name.repository, name.tag, Manifest(self.content.encode(), "m"))


class Bench:
    def __init__(self, root: Path) -> None:
        self.made: list[str] = []
        self.paths = Paths(root / "cache", root / "state")
        self.base = Fake(self.made)
        self.middle = Fake(self.made, on=("x.io/base:1",))
        self.top = Fake(self.made, on=("x.io/middle:1",))

    def images(self) -> Images:
        named = {"x.io/top:1": self.top, "x.io/middle:1": self.middle, "x.io/base:1": self.base}
        return Images(self.paths, [Image(ImageName.parse(name), recipe) for name, recipe in named.items()])

    def ensure(self) -> list[str]:
        self.made.clear()
        self.images().ensure(Silent())
        return list(self.made)


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    memory = Memory()

    @contextmanager
    def nothing(*_: object) -> Iterator[str]:
        yield "http://registry"

    @contextmanager
    def client(_: str) -> Iterator[Memory]:
        yield memory

    monkeypatch.setattr(module.registry, "serving", nothing)
    monkeypatch.setattr(module, "Distribution", client)
    monkeypatch.setattr(module, "builder", nothing)
    return Bench(tmp_path)


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
    assert bench.images().digests()["x.io/top:1"] == Manifest(b"1", "m").digest


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
    assert bench.images().digests()["x.io/base:1"] == Manifest(b"1", "m").digest
