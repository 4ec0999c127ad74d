"""What the registry keeps on disk, for what its API cannot tell or do.

docker-registry never reads again what it stored, and takes no upload of a blob that it has, damaged or not;
and its API can delete a manifest, with all tags that name it, but no single tag.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from platformctl.local.digest import file_digest
from platformctl.local.disk import SECONDS_KEPT_UNUSED
from platformctl.local.images.digests import LARGE, DigestOf

_DIGEST = re.compile("sha256:[0-9a-f]{64}")


@dataclass(frozen=True)
class Storage:
    """The storage folder of docker-registry's `filesystem` driver.

    Attributes:
        root: the folder; it need not exist.
    """

    root: Path

    def repair(self) -> None:
        """Remove links and manifests that are no whole ones; nobody may push meanwhile.

        The registry writes both in place, so a full disk or a lost machine leaves empty ones. It answers with
        an error about them for ever, and takes no other manifest in their place.
        """
        for link in list(self._repositories.glob("**/link")):
            text = link.read_text(errors="replace")
            if not _DIGEST.fullmatch(text) or link.parent.name not in ("current", text[len("sha256:") :]):
                link.unlink()
        for blob in list(self._blobs.glob("sha256/*/*/data")):
            if blob.stat().st_size < LARGE and not _is_whole(blob, file_digest):
                blob.unlink()

    def damaged(self, manifest: str, digest_of: DigestOf) -> list[Path]:
        """The files of an image that are missing or do not have the content that their digest says.

        Args:
            manifest: its digest, ``sha256:...``.
            digest_of: digests of files.
        """
        place = self._blob(manifest)
        if not _is_whole(place, digest_of):
            return [place]
        content = json.loads(place.read_bytes())
        blobs = [self._blob(one["digest"]) for one in (content["config"], *content["layers"])]
        return [blob for blob in blobs if not _is_whole(blob, digest_of)]

    def remove_damaged(self, manifest: str, digest_of: DigestOf) -> None:
        """Remove what `damaged` names, so that the registry takes it again."""
        for blob in self.damaged(manifest, digest_of):
            blob.unlink(missing_ok=True)

    def mark_used(self, repository: str, tag: str) -> None:
        """Mark a tag as used today."""
        os.utime(self._repositories / repository / "_manifests/tags" / tag / "current/link")

    def forget_unused(self) -> int:
        """Remove the tags that were not used for 30 days, and return how many; nobody may push meanwhile.

        Their manifests and blobs stay until the registry's own garbage collection. So that it can run, what
        names a manifest that is lost is removed as well.
        """
        oldest = time.time() - SECONDS_KEPT_UNUSED
        unused = [
            link.parents[1]
            for link in self._repositories.glob("**/_manifests/tags/*/current/link")
            if link.stat().st_mtime < oldest or not self._blob(link.read_text()).exists()
        ]
        for tag in unused:
            shutil.rmtree(tag)
        for link in list(self._repositories.glob("**/_manifests/revisions/sha256/*/link")):
            if not self._blob(link.read_text()).exists():
                shutil.rmtree(link.parent)
        return len(unused)

    def has_untagged(self) -> bool:
        """Whether there are manifests without a tag, such as a failed or an earlier way of building left."""
        current = self._repositories.glob("**/_manifests/tags/*/current/link")
        tagged = {(link.parents[3], link.read_text()) for link in current}
        revisions = self._repositories.glob("**/_manifests/revisions/sha256/*/link")
        return any((link.parents[3], link.read_text()) not in tagged for link in revisions)

    def drop_uploads(self) -> None:
        """Remove what interrupted pushes left; nobody may push meanwhile."""
        for uploads in list(self._repositories.glob("**/_uploads")):
            shutil.rmtree(uploads)

    @property
    def _repositories(self) -> Path:
        return self.root / "docker/registry/v2/repositories"

    @property
    def _blobs(self) -> Path:
        return self.root / "docker/registry/v2/blobs"

    def _blob(self, digest: str) -> Path:
        algorithm, _, digits = digest.partition(":")
        return self._blobs / algorithm / digits[:2] / digits / "data"


def _is_whole(blob: Path, digest_of: DigestOf) -> bool:
    try:
        return digest_of(blob) == blob.parent.name
    except FileNotFoundError:
        return False
