"""What a built image still needs: the layers of its base as the base has them, no trace of this machine."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from platformctl.local.images.distribution import CONFIG, MANIFEST, Distribution, Manifest, sha256
from platformctl.local.images.name import ImageName


def finish(
    registry: Distribution,
    name: ImageName,
    bases: Iterable[ImageName],
    layout: Path,
    lent: Mapping[str, str],
) -> None:
    """Push a built image, put right.

    buildah compresses the base's layers anew, with other bytes and so other digests: the node would pull and
    unpack the same base once for each image. And what a build is given as environment it keeps in the image,
    so its own configuration must never be pushed: anybody who reaches the registry could read it.

    Args:
        registry: where it goes.
        name: of the image.
        bases: the images that it may be built on.
        layout: the image as buildah made it, an OCI image layout with this image alone.
        lent: the environment that only the build should have seen.
    """
    index = json.loads((layout / "index.json").read_bytes())
    manifest = json.loads(_blob(layout, index["manifests"][0]["digest"]).read_bytes())
    config = json.loads(_blob(layout, manifest["config"]["digest"]).read_bytes())
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
    own = manifest["layers"][len(layers) :]
    for layer in own:
        with _blob(layout, layer["digest"]).open("rb") as content:
            registry.put_blob(name.repository, content, layer["digest"], layer["size"])
    given = {f"{variable}={value}" for variable, value in lent.items()}
    config["config"]["Env"] = [entry for entry in config["config"].get("Env", []) if entry not in given]
    put_image(registry, name, config, [*layers, *own])


def _blob(layout: Path, digest: str) -> Path:
    return layout / "blobs" / digest.replace(":", "/")


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
