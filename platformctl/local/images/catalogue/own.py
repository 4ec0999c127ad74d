"""Images from our own Containerfiles."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from platformctl.local.images.containerfile import Built
from platformctl.local.images.image import Image
from platformctl.local.images.name import ImageName


def own(contexts: Mapping[str, Path]) -> list[Image]:
    """One for each folder.

    Args:
        contexts: the full image name and the folder with its Containerfile.
    """
    return [
        # A component's chart lies beside its Containerfile, and is edited most.
        Image(ImageName.parse(name), Built(context, context / "Containerfile", left_out=("chart",)))
        for name, context in contexts.items()
    ]
