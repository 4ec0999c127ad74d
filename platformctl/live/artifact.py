"""The artifact that source-controller serves: what every Kustomization and chart is made from."""

from __future__ import annotations

import hashlib
import io
import tarfile
import time
from collections.abc import Mapping, Set
from dataclasses import dataclass
from urllib.parse import urlsplit

from platformctl.errors import NotHealthy
from platformctl.live.endpoint import Endpoint
from platformctl.live.flux import Identity, Object
from platformctl.live.kinds import GIT_REPOSITORY
from platformctl.live.kubernetes import Cluster

SECONDS_TO_FETCH = 60
ATTEMPTS = 3
SECONDS_BETWEEN_ATTEMPTS = 0.5


@dataclass(frozen=True)
class Artifact:
    """The files of one artifact.

    Attributes:
        revision: as ``main@sha1:...``.
        digest: of the archive, as ``sha256:...``.
        files: content by path.
        empty_folders: folders that hold nothing: what a submodule is when submodules are off.
    """

    revision: str
    digest: str
    files: Mapping[str, bytes]
    empty_folders: Set[str]

    def text(self, path: str) -> str | None:
        """A file as text, or None when it is not there."""
        content = self.files.get(path)
        return None if content is None else content.decode(errors="replace")

    def under(self, folder: str) -> dict[str, bytes]:
        """The files below a folder, by their path from there."""
        start = f"{folder.strip('/')}/"
        return {path.removeprefix(start): data for path, data in self.files.items() if path.startswith(start)}


def fetch_artifact(kube: Cluster, source: Object) -> Artifact:
    """Download the artifact of a GitRepository through the API server, as nobody outside resolves its URL.

    Raises NotHealthy when there is none, it cannot be had, or it is not what its digest says.
    """
    identity = Identity.of(source)
    for _ in range(ATTEMPTS - 1):
        try:
            return _fetch(kube, source)
        except NotHealthy:
            # An artifact is written anew under the same URL before its new digest is in the status.
            time.sleep(SECONDS_BETWEEN_ATTEMPTS)
            source = kube.get(GIT_REPOSITORY, identity.name, identity.namespace) or source
    return _fetch(kube, source)


def _fetch(kube: Cluster, source: Object) -> Artifact:
    place = str(Identity.of(source))
    described = (source.get("status") or {}).get("artifact")
    if not described:
        raise NotHealthy("the source has no artifact yet", place=place)
    url = urlsplit(described["url"])
    service, namespace = (url.hostname or "").split(".")[:2]
    answer = kube.http(
        "GET", Endpoint(namespace, service, url.port or 80), url.path, seconds=SECONDS_TO_FETCH
    )
    if not answer.ok:
        raise NotHealthy(
            f"source-controller does not give its artifact: {answer.status} {answer.text()}", place=place
        )
    algorithm, _, wanted = described["digest"].partition(":")
    if hashlib.new(algorithm, answer.content).hexdigest() != wanted:
        raise NotHealthy(f"the artifact is not the one with digest {described['digest']}", place=place)
    return unpack(answer.content, described["revision"], described["digest"])


def unpack(content: bytes, revision: str, digest: str = "") -> Artifact:
    """Read a gzipped tar. Raises NotHealthy when it is none."""
    files: dict[str, bytes] = {}
    folders: set[str] = set()
    try:
        with tarfile.open(fileobj=io.BytesIO(content), mode="r:gz") as archive:
            for member in archive:
                name = member.name.removeprefix("./").strip("/")
                if member.isdir():
                    folders.add(name)
                elif member.isfile() and (data := archive.extractfile(member)):
                    files[name] = data.read()
    except (tarfile.TarError, OSError, EOFError) as error:
        raise NotHealthy(f"the artifact is no archive: {error}") from error
    filled = {path.rpartition("/")[0] for path in (*files, *folders)}
    return Artifact(revision, digest, files, frozenset(folders - filled - {"", "."}))
