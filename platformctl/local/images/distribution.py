"""A client of the OCI distribution API: just what packing images into the local registry needs."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Any, BinaryIO, Self

import httpx

from platformctl.errors import Unreachable

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
_CHUNK = 1 << 20


def sha256(content: bytes) -> str:
    """A digest in the registry's notation."""
    return "sha256:" + hashlib.sha256(content).hexdigest()


@dataclass(frozen=True)
class Manifest:
    """A manifest as stored: the digest is of these very bytes."""

    body: bytes
    media_type: str

    @property
    def digest(self) -> str:
        return sha256(self.body)

    def json(self) -> dict[str, Any]:
        content: dict[str, Any] = json.loads(self.body)
        return content


class Distribution:
    """One registry; a context manager."""

    def __init__(self, url: str) -> None:
        self.url = url
        # The registry is local: a proxy of the environment must not see these requests.
        self._http = httpx.Client(base_url=url, timeout=120, trust_env=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def digest(self, repository: str, reference: str) -> str | None:
        """The digest behind a tag, None where there is none."""
        answer = self._ask("HEAD", f"/v2/{repository}/manifests/{reference}", (200, 404), headers=_accept())
        return answer.headers["Docker-Content-Digest"] if answer.status_code == 200 else None

    def manifest(self, repository: str, reference: str) -> Manifest:
        """The manifest behind a tag or digest."""
        answer = self._ask("GET", f"/v2/{repository}/manifests/{reference}", (200,), headers=_accept())
        return Manifest(answer.content, answer.headers["Content-Type"])

    def blob(self, repository: str, digest: str) -> bytes:
        """A small blob, such as an image's configuration."""
        return self._ask("GET", f"/v2/{repository}/blobs/{digest}", (200,)).content

    def put_manifest(self, repository: str, reference: str, manifest: Manifest) -> None:
        """Store a manifest under a tag; its blobs must be there."""
        self._ask(
            "PUT",
            f"/v2/{repository}/manifests/{reference}",
            (201,),
            content=manifest.body,
            headers={"Content-Type": manifest.media_type},
        )

    def put_blob(self, repository: str, content: bytes | BinaryIO, digest: str, size: int) -> None:
        """Store a blob unless it is there.

        Args:
            repository: repository path.
            content: the bytes, or a file at the place where they begin.
            digest: of the content, ``sha256:...``.
            size: of the content in bytes.
        """
        if self._ask("HEAD", f"/v2/{repository}/blobs/{digest}", (200, 404)).status_code == 200:
            return
        place = self._ask("POST", f"/v2/{repository}/blobs/uploads/", (202,)).headers["Location"]
        self._ask(
            "PUT",
            str(httpx.URL(place).copy_merge_params({"digest": digest})),
            (201,),
            content=content if isinstance(content, bytes) else _chunks(content),
            headers={"Content-Length": str(size), "Content-Type": "application/octet-stream"},
        )

    def mount_blob(self, repository: str, digest: str, source: str) -> None:
        """Make a blob of another repository known in this one, without copying it."""
        self._ask("POST", f"/v2/{repository}/blobs/uploads/?mount={digest}&from={source}", (201,))

    def _ask(self, method: str, path: str, well: tuple[int, ...], **request: Any) -> httpx.Response:
        try:
            answer = self._http.request(method, path, **request)
        except httpx.HTTPError as error:
            raise Unreachable(f"the image registry did not answer {method} {path}: {error}") from error
        if answer.status_code not in well:
            # An upload's path has the registry's own state behind the question mark.
            asked = f"{method} {answer.request.url.path}"
            raise Unreachable(
                f"the image registry answered {asked} with {answer.status_code}: {answer.text[:500]}"
            )
        return answer


def _accept() -> dict[str, str]:
    return {"Accept": f"{MANIFEST}, {DOCKER_MANIFEST}"}


def _chunks(content: BinaryIO) -> Iterator[bytes]:
    while chunk := content.read(_CHUNK):
        yield chunk
