"""All images of the embedded cluster: which are missing in the local registry, and making those."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from graphlib import TopologicalSorter
from pathlib import Path

from platformctl.errors import ConfigError, StepFailed, ToolMissing
from platformctl.local import registry
from platformctl.local.digest import file_digest
from platformctl.local.images import catalogue
from platformctl.local.images.buildah import builder
from platformctl.local.images.digests import KnownDigests
from platformctl.local.images.distribution import Distribution, sha256
from platformctl.local.images.image import FORMAT, Image, Workshop
from platformctl.local.images.name import ImageName
from platformctl.local.images.needed import known_bases, needed
from platformctl.local.images.room import full_disk_told
from platformctl.local.images.storage import Storage
from platformctl.local.lockfile import hold
from platformctl.local.paths import Paths
from platformctl.steps import Task


class Images:
    """The images of one cluster.

    An image whose inputs are unchanged is not made again: beside its own tag it has a second one,
    ``inputs-<key>``, with the key of all that it was made of. The registry is the only memory of that, so
    removing its storage starts afresh and nothing can disagree with it. Programs and blobs are hashed again
    only when their files were touched; what rots on the disk unnoticed is refused by who pulls it, because
    containerd and Ollama hash all that they get.
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
        self._storage = Storage(registry.storage(paths.cache))
        self._digests = KnownDigests(paths.cache / "digests.json")
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
        *,
        deployed: Iterable[str],
        contexts: Mapping[str, Path],
        charts: Iterable[str] = (),
        models: Sequence[str] = (),
    ) -> Images:
        """What one cluster pulls, and what that is built on; charts and models are kept in the same registry.

        Args:
            paths: folders of the cluster.
            toolchain: where binaries come from.
            deployed: full names of the images that its components run, our own included.
            contexts: our own images: the full name and the folder with its Containerfile.
            charts: full names of upstream charts, such as ``quay.io/jetstack/charts/cert-manager:v1.21.2``.
            models: short names, such as ``gemma3:270m``.

        Raises:
            ConfigError: an image, chart or model that cannot be had from packages; or no Containerfile.
        """
        always = [
            *catalogue.of_every_cluster(toolchain),
            *catalogue.charts(toolchain, charts),
            *catalogue.models(toolchain, models),
        ]
        available = [*catalogue.of_some_clusters(toolchain), *catalogue.own(contexts), *always]
        wanted = {*map(ImageName.parse, deployed), *(image.name for image in always)}
        return cls(paths, needed(wanted, available))

    def tools(self) -> set[str]:
        """The toolchain's programs and folders that they are made of or by."""
        return {tool for image in self._images.values() for tool in image.recipe.tools()}

    def missing(self) -> list[str]:
        """Names of the images that `ensure` would make, damaged ones too; cheap enough for every start."""
        with self._registry() as (target, _):
            return [str(name) for name in self._missing(target, {})]

    def ensure(self, task: Task) -> str:
        """Make what is missing or damaged, remove what nobody used for long, and say what was done.

        One process at a time does so in one cache; another one waits.

        Raises:
            StepFailed: an image could not be built, its log is named; or the disk is full.
            ToolMissing: a tool or a binary that it is made of is not there.
        """

        def waiting(holder: str) -> None:
            task.update(detail=f"waiting for process {holder}, which builds images in the same cache")

        lock = self._paths.cache / "locks/images.lock"
        with full_disk_told(self._paths.cache), hold(lock, waiting):
            keys: dict[ImageName, str] = {}
            self._storage.repair()
            with self._registry() as (target, url):
                missing = self._missing(target, keys)
                if missing:
                    self._make_all(target, url, missing, keys, task)
            note = f"{len(self._images)} served{self._tidy(keys, made=bool(missing))}"
        return f"{len(missing)} built, {note}" if missing else note

    def digests(self) -> dict[str, str]:
        """The manifest digest of every image and model by its full name, without those that are missing."""
        with self._registry() as (target, _):
            found = {name: target.digest(name.repository, name.tag) for name in self._images}
        return {str(name): digest for name, digest in found.items() if digest is not None}

    @contextmanager
    def _registry(self) -> Iterator[tuple[Distribution, str]]:
        with registry.serving(self._paths.cache, self._paths.logs) as url, Distribution(url) as target:
            yield target, url

    def _missing(self, target: Distribution, keys: dict[ImageName, str]) -> list[ImageName]:
        missing = [name for name in self._images if not self._is_there(target, name, keys)]
        self._digests.save()
        return missing

    def _is_there(self, target: Distribution, name: ImageName, keys: dict[ImageName, str]) -> bool:
        try:
            tag = _inputs_tag(self._key(name, keys))
        except ToolMissing:
            return False
        digest = target.digest(name.repository, name.tag)
        if digest is None or digest != target.digest(name.repository, tag):
            return False
        return not self._storage.damaged(digest, self._digests.of)

    def _tidy(self, keys: dict[ImageName, str], *, made: bool) -> str:
        """Remove what nobody used for long and what building left; says so if that did not go well."""
        for name, key in keys.items():
            self._storage.mark_used(name.repository, name.tag)
            self._storage.mark_used(name.repository, _inputs_tag(key))
        if not (self._storage.forget_unused() or made or self._storage.has_untagged()):
            return ""
        self._storage.drop_uploads()
        log = registry.collect_garbage(self._paths.cache, self._paths.logs)
        return f", the registry could not be tidied: {log}" if log else ""

    def _key(self, name: ImageName, keys: dict[ImageName, str]) -> str:
        """A digest of all that the image is made of, its bases' inputs included; kept in ``keys``."""
        if name not in keys:
            recipe = self._images[name].recipe
            bases = [self._key(base, keys) for base in sorted(self._bases(name))]
            inputs = recipe.inputs(self._digests.of)
            keys[name] = sha256(" ".join([FORMAT, type(recipe).__name__, inputs, *bases]).encode())
        return keys[name]

    def _bases(self, name: ImageName) -> set[ImageName]:
        return known_bases(self._images[name], self._images)

    def _make_all(
        self, target: Distribution, url: str, missing: list[ImageName], keys: dict[ImageName, str], task: Task
    ) -> None:
        logs = self._paths.logs / "images"
        logs.mkdir(parents=True, exist_ok=True)
        scratch = self._paths.cache / "tmp/images"
        shutil.rmtree(scratch, ignore_errors=True)  # what killed builds left
        mirrored = {name.registry for name in self._images}
        with builder(self._paths.cache / "buildah", url, mirrored) as buildah:
            self._make(Workshop(target, buildah, logs, scratch), missing, keys, task)

    def _make(
        self, workshop: Workshop, missing: list[ImageName], keys: dict[ImageName, str], task: Task
    ) -> None:
        """Make the missing images, bases first, as many at a time as there are processors."""
        order = TopologicalSorter({name: self._bases(name) & set(missing) for name in missing})
        order.prepare()
        running: dict[Future[None], ImageName] = {}
        ended = 0
        with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
            try:
                while order.is_active():
                    for name in order.get_ready():
                        key = self._key(name, keys)
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
        target, inputs = workshop.registry, _inputs_tag(key)
        if (earlier := target.digest(name.repository, inputs)) is not None:
            if not self._storage.damaged(earlier, file_digest):
                # Its inputs are what they were once before, after a change that was taken back.
                target.put_manifest(name.repository, name.tag, target.manifest(name.repository, earlier))
                return
            self._storage.remove_damaged(earlier, file_digest)
        self._images[name].recipe.make(name, workshop)
        made = target.digest(name.repository, name.tag)
        if made is None:
            raise StepFailed(f"{name} was built but is not in the local registry")
        # Last, so that an interrupted build is never taken for a finished one.
        target.put_manifest(name.repository, inputs, target.manifest(name.repository, made))


def _inputs_tag(key: str) -> str:
    return f"inputs-{key.removeprefix('sha256:')[:32]}"
