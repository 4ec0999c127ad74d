"""All images of the embedded cluster: which are missing in the local registry, and making those."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from graphlib import TopologicalSorter
from pathlib import Path

from platformctl.errors import ConfigError, StepFailed, ToolMissing
from platformctl.local import registry
from platformctl.local.images import catalogue
from platformctl.local.images.buildah import builder
from platformctl.local.images.distribution import Distribution, sha256
from platformctl.local.images.image import FORMAT, Image, Workshop
from platformctl.local.images.name import ImageName
from platformctl.local.paths import Paths
from platformctl.steps import Task


class Images:
    """The images of one cluster.

    An image whose inputs are unchanged is not made again: beside its own tag it has a second one,
    ``inputs-<key>``, with the key of all that it was made of. The registry is the only memory, so removing
    its storage starts afresh and nothing can disagree with it.
    """

    def __init__(self, paths: Paths, images: list[Image]) -> None:
        """Take the images to serve.

        Args:
            paths: folders of the cluster.
            images: bases included.

        Raises:
            ConfigError: two images share a place in the registry.
        """
        self._paths = paths
        self._images = {image.name: image for image in images}
        places = {(name.repository, name.tag) for name in self._images}
        if len(places) != len(images):
            raise ConfigError(
                "two images have one repository path and tag; the local registry cannot hold both"
            )

    @classmethod
    def of(
        cls,
        paths: Paths,
        toolchain: catalogue.Binaries,
        contexts: Mapping[str, Path],
        models: Sequence[str] = (),
    ) -> Images:
        """The third-party images, our own, and the models, which are kept in the same registry.

        Args:
            paths: folders of the cluster.
            toolchain: where binaries come from.
            contexts: our own images: the full name and the folder with its Containerfile.
            models: short names, such as ``gemma3:270m``.

        Raises:
            ConfigError: a model that cannot be had from packages.
        """
        return cls(
            paths,
            [
                *catalogue.third_party(toolchain),
                *catalogue.own(contexts),
                *catalogue.models(toolchain, models),
            ],
        )

    def missing(self) -> list[str]:
        """Names of the images that `ensure` would make; cheap enough for every start."""
        with self._registry() as (target, _):
            return [str(name) for name in self._missing(target)]

    def ensure(self, task: Task) -> str:
        """Make what is missing; says what was done.

        Raises:
            StepFailed: an image could not be built; its log is named.
            ToolMissing: a tool or a binary that it is made of is not there.
        """
        with self._registry() as (target, url):
            missing = self._missing(target)
            if missing:
                mirrored = {name.registry for name in self._images}
                with builder(self._paths.cache / "buildah", url, mirrored) as buildah:
                    logs = self._paths.logs / "images"
                    logs.mkdir(parents=True, exist_ok=True)
                    self._make(Workshop(target, buildah, logs, self._paths.cache / "tmp"), missing, task)
        return (
            f"{len(missing)} built, {len(self._images)} served" if missing else f"{len(self._images)} served"
        )

    def digests(self) -> dict[str, str]:
        """The manifest digest of every image and model by its full name, without those that are missing."""
        with self._registry() as (target, _):
            found = {name: target.digest(name.repository, name.tag) for name in self._images}
        return {str(name): digest for name, digest in found.items() if digest is not None}

    @contextmanager
    def _registry(self) -> Iterator[tuple[Distribution, str]]:
        with registry.serving(self._paths.cache, self._paths.logs) as url, Distribution(url) as target:
            yield target, url

    def _missing(self, target: Distribution) -> list[ImageName]:
        known: dict[ImageName, str] = {}
        return [name for name in self._images if not self._is_there(target, name, known)]

    def _is_there(self, target: Distribution, name: ImageName, known: dict[ImageName, str]) -> bool:
        try:
            tag = _inputs_tag(self._key(name, known))
        except ToolMissing:
            return False
        digest = target.digest(name.repository, name.tag)
        return digest is not None and digest == target.digest(name.repository, tag)

    def _key(self, name: ImageName, known: dict[ImageName, str]) -> str:
        """A digest of all that the image is made of, its bases' inputs included."""
        if name not in known:
            recipe = self._images[name].recipe
            bases = [self._key(base, known) for base in sorted(self._bases(name))]
            known[name] = sha256(" ".join([FORMAT, type(recipe).__name__, recipe.inputs(), *bases]).encode())
        return known[name]

    def _bases(self, name: ImageName) -> set[ImageName]:
        bases = self._images[name].recipe.bases()
        unknown = sorted(str(base) for base in bases - self._images.keys())
        if unknown:
            raise ConfigError(
                f"{name} is built on {unknown[0]}, which nothing on this machine stands in for",
                fix=f"start it from one of: {', '.join(sorted(str(one) for one in self._images))}",
            )
        return bases

    def _make(self, workshop: Workshop, missing: list[ImageName], task: Task) -> None:
        """Make the missing images, bases first, as many at a time as there are processors."""
        known: dict[ImageName, str] = {}
        order = TopologicalSorter({name: self._bases(name) & set(missing) for name in missing})
        order.prepare()
        running: dict[Future[None], ImageName] = {}
        ended = 0
        with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
            try:
                while order.is_active():
                    for name in order.get_ready():
                        key = self._key(name, known)
                        running[pool.submit(self._make_one, workshop, name, key)] = name
                    detail = ", ".join(name.repository.rpartition("/")[2] for name in running.values())
                    task.update(completed=ended, total=len(missing), detail=detail)
                    for future in wait(running, return_when=FIRST_COMPLETED).done:
                        name = running.pop(future)
                        future.result()
                        order.done(name)
                        ended += 1
            finally:
                pool.shutdown(wait=True, cancel_futures=True)

    def _make_one(self, workshop: Workshop, name: ImageName, key: str) -> None:
        registry, inputs = workshop.registry, _inputs_tag(key)
        if (earlier := registry.digest(name.repository, inputs)) is not None:
            # Its inputs are what they were once before, after a change that was taken back.
            registry.put_manifest(name.repository, name.tag, registry.manifest(name.repository, earlier))
            return
        self._images[name].recipe.make(name, workshop)
        made = registry.digest(name.repository, name.tag)
        if made is None:
            raise StepFailed(f"{name} was built but is not in the local registry")
        # Last, so that an interrupted build is never taken for a finished one.
        registry.put_manifest(name.repository, inputs, registry.manifest(name.repository, made))


def _inputs_tag(key: str) -> str:
    return f"inputs-{key.removeprefix('sha256:')[:32]}"
