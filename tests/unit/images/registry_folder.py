"""A registry's storage folder, filled as docker-registry fills it, and as much of its API as knows tags."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from platformctl.local.images.distribution import Manifest


@dataclass(frozen=True)
class RegistryFolder:
    root: Path

    def digest(self, repository: str, reference: str) -> str | None:
        link = self.tag(repository, reference)
        if not link.exists() or not self.blob(link.read_text()).exists():
            return None
        return link.read_text()

    def manifest(self, repository: str, reference: str) -> Manifest:
        digest = reference if reference.startswith("sha256:") else self.tag(repository, reference).read_text()
        return Manifest(self.blob(digest).read_bytes(), "m")

    def put_manifest(self, repository: str, reference: str, manifest: Manifest) -> None:
        self._store(manifest.body)
        revision = self._repository(repository) / "_manifests/revisions/sha256" / manifest.digest[7:] / "link"
        for link in (self.tag(repository, reference), revision):
            link.parent.mkdir(parents=True, exist_ok=True)
            link.write_text(manifest.digest)

    def push(self, repository: str, tag: str, content: str) -> Manifest:
        """An image whose one layer has this content."""
        described = {"config": self._store(b"{}"), "layers": [self._store(content.encode())]}
        manifest = Manifest(json.dumps(described).encode(), "m")
        self.put_manifest(repository, tag, manifest)
        return manifest

    def tag(self, repository: str, tag: str) -> Path:
        return self._repository(repository) / "_manifests/tags" / tag / "current/link"

    def blob(self, digest: str) -> Path:
        return self.root / "docker/registry/v2/blobs/sha256" / digest[7:9] / digest[7:] / "data"

    def layer(self, manifest: Manifest) -> Path:
        return self.blob(manifest.json()["layers"][0]["digest"])

    def _repository(self, name: str) -> Path:
        return self.root / "docker/registry/v2/repositories" / name

    def _store(self, content: bytes) -> dict[str, str | int]:
        """As the registry: what it has, it does not take again."""
        digest = "sha256:" + hashlib.sha256(content).hexdigest()
        place = self.blob(digest)
        if not place.exists():
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content)
        return {"digest": digest, "size": len(content)}
