"""What a pushed image still needs: the layers of its base as the base has them, no trace of this machine."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from platformctl.local.images.distribution import CONFIG, MANIFEST, Distribution, Manifest, sha256
from platformctl.local.images.name import ImageName


def finish(
    registry: Distribution, name: ImageName, bases: Iterable[ImageName], lent: Mapping[str, str]
) -> None:
    """Push the image's manifest and configuration again, put right.

    buildah compresses the base's layers anew, with other bytes and so other digests: the node would pull and
    unpack the same base once for each image. And what a build is given as environment it keeps in the image.

    Args:
        registry: where the image is.
        name: of the image.
        bases: the images that it may be built on.
        lent: the environment that only the build should have seen.
    """
    manifest = registry.manifest(name.repository, name.tag).json()
    config = json.loads(registry.blob(name.repository, manifest["config"]["digest"]))
    diff_ids = config["rootfs"]["diff_ids"]
    shared: tuple[list[dict[str, Any]], str] = ([], "")
    for base in bases:
        below = registry.manifest(base.repository, base.tag).json()
        under = json.loads(registry.blob(base.repository, below["config"]["digest"]))["rootfs"]["diff_ids"]
        if diff_ids[: len(under)] == under and len(under) > len(shared[0]):
            shared = (below["layers"], base.repository)
    layers, source = shared
    for layer in layers:
        registry.mount_blob(name.repository, layer["digest"], source)
    given = {f"{variable}={value}" for variable, value in lent.items()}
    config["config"]["Env"] = [entry for entry in config["config"].get("Env", []) if entry not in given]
    put_image(registry, name, config, [*layers, *manifest["layers"][len(layers) :]])


def put_image(
    registry: Distribution, name: ImageName, config: dict[str, Any], layers: list[dict[str, Any]]
) -> None:
    """Push a configuration and a manifest; the layers must be there."""
    described = _json(config)
    registry.put_blob(name.repository, described, sha256(described), len(described))
    manifest = {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": {"mediaType": CONFIG, "digest": sha256(described), "size": len(described)},
        "layers": layers,
    }
    registry.put_manifest(name.repository, name.tag, Manifest(_json(manifest), MANIFEST))


def _json(content: dict[str, Any]) -> bytes:
    return json.dumps(content, sort_keys=True, separators=(",", ":")).encode()
