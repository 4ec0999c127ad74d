"""Which images a cluster needs, of all that could be made."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from platformctl.errors import ConfigError
from platformctl.local.images import catalogue
from platformctl.local.images.containerfile import Built
from platformctl.local.images.image import Image, Runtime
from platformctl.local.images.images import Images
from platformctl.local.images.name import ImageName
from platformctl.local.images.needed import needed
from platformctl.local.images.packed import Packed
from platformctl.local.paths import Paths
from platformctl.local.toolchain import Lock


def images(bases: Mapping[str, str | None]) -> list[Image]:
    return [
        Image(ImageName.parse(name), Packed(list, Runtime(), ImageName.parse(base) if base else None))
        for name, base in bases.items()
    ]


def names(found: list[Image]) -> list[str]:
    return [str(image.name) for image in found]


def test_what_is_wanted_brings_what_it_is_built_on_and_nothing_else() -> None:
    available = images({"x.io/base:1": None, "x.io/other:1": "x.io/base:1", "x.io/top:1": "x.io/middle:1"})
    available += images({"x.io/middle:1": "x.io/base:1"})
    assert names(needed([ImageName.parse("x.io/top:1")], available)) == [
        "x.io/base:1",
        "x.io/top:1",
        "x.io/middle:1",
    ]


def test_an_image_that_nothing_stands_in_for_is_named() -> None:
    with pytest.raises(ConfigError, match=r"stands in for the image x\.io/top:2"):
        needed([ImageName.parse("x.io/top:2")], images({"x.io/top:1": None}))


def test_a_base_that_nothing_stands_in_for_is_named() -> None:
    with pytest.raises(ConfigError, match=r"x\.io/top:1 is built on x\.io/base:1"):
        needed([ImageName.parse("x.io/top:1")], images({"x.io/top:1": "x.io/base:1"}))


class Nothing:
    """A toolchain that is not built."""

    def binary(self, name: str) -> Path:
        raise AssertionError(f"{name} is asked for before it can be there")

    folder = binary


def test_a_cluster_has_what_its_components_run_and_what_every_cluster_has(tmp_path: Path) -> None:
    (tmp_path / "Containerfile").write_text("FROM docker.io/library/python:3.11-slim\n")
    ours = "ghcr.io/platformctl/chatbot-api:0.1.0"
    served = Images.of(
        Paths(tmp_path, tmp_path),
        Nothing(),
        deployed=[ours, "docker.io/ollama/ollama:0.17.4"],
        contexts={ours: tmp_path},
        charts=["quay.io/jetstack/charts/cert-manager:v1.21.2"],
        models=["gemma3:270m"],
    )
    tools = served.tools()
    assert {
        "ollama",
        "gemma3-270m",
        "pause",
        "coredns",
        "source-controller",
        "buildah",
        "mmdebstrap",
        "cert-manager-chart",
        "helm",
    } <= tools
    assert not {"traefik", "node-home", "metrics-server", "istio-charts", "keycloak"} & tools


def test_the_lock_has_all_that_images_are_made_of() -> None:
    lock = Lock.read()
    available = [*catalogue.of_every_cluster(Nothing()), *catalogue.of_some_clusters(Nothing())]
    for image in available:
        for tool in image.recipe.tools():
            assert lock.provider(tool), image.name


def test_only_containerfiles_need_no_file_of_the_toolchain() -> None:
    available = [*catalogue.of_every_cluster(Nothing()), *catalogue.of_some_clusters(Nothing())]
    packed = [image for image in available if isinstance(image.recipe, Packed)]
    assert len(packed) > 5 and all(image.recipe.tools() for image in packed)
    assert Built(Path(), Path()).tools() == {"buildah"}


def test_our_own_images_do_not_depend_on_the_chart_beside_them(tmp_path: Path) -> None:
    (tmp_path / "Containerfile").write_text("FROM scratch\n")
    (ours,) = catalogue.own({"x.io/ours:1": tmp_path})
    before = ours.recipe.inputs()
    (tmp_path / "chart").mkdir()
    (tmp_path / "chart/values.yaml").write_text("a: 1\n")
    assert ours.recipe.inputs() == before
