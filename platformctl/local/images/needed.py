"""Which of the images that could be made a cluster needs."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from platformctl.errors import ConfigError
from platformctl.local.images.image import Image
from platformctl.local.images.name import ImageName


def needed(wanted: Iterable[ImageName], available: Iterable[Image]) -> list[Image]:
    """The wanted images and those that they are built on, in the order of what is available.

    Raises:
        ConfigError: one of them is not available, or has no Containerfile.
    """
    images = {image.name: image for image in available}
    pending = sorted(wanted)
    if unknown := [name for name in pending if name not in images]:
        raise ConfigError(
            f"nothing on this machine stands in for the image {unknown[0]}",
            fix="give its component in platform.yaml no other version than the one that can be built here",
        )
    found: set[ImageName] = set()
    while pending:
        name = pending.pop()
        if name not in found:
            found.add(name)
            pending += known_bases(images[name], images)
    return [image for name, image in images.items() if name in found]


def known_bases(image: Image, available: Collection[ImageName]) -> set[ImageName]:
    """What an image is built on.

    Raises:
        ConfigError: one of those is not available, or there is no Containerfile.
    """
    bases = image.recipe.bases()
    if unknown := sorted(str(base) for base in bases.difference(available)):
        raise ConfigError(
            f"{image.name} is built on {unknown[0]}, which nothing on this machine stands in for",
            fix=f"start it from one of: {', '.join(sorted(map(str, available)))}",
        )
    return bases
