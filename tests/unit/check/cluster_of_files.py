"""A cluster made of one file of objects.

Annotations that start with ``test/`` say what a build would know, and are taken off: ``test/kustomization``
and ``test/release`` (``namespace/name``) say where the object comes from, ``test/left-out`` that it was not
followed.
"""

from __future__ import annotations

from pathlib import Path

from platformctl.build import Build, Object, ObjectId, Origin
from platformctl.build.documents import Data, load_all
from platformctl.build.graph import ROOT
from platformctl.check import Cluster, Schemas

HERE = Path(__file__).parent
_KINDS = {"test/kustomization": "Kustomization", "test/release": "HelmRelease"}


def schemas() -> Schemas:
    """A few kinds, so that these tests need nothing that is not in the repository."""
    return Schemas(HERE / "schemas/kubernetes", [HERE / "schemas/crds"])


def build_of(file: Path) -> Build:
    result = Build(file.parent, "clusters/test", files={ROOT: [file.name]})
    for data in load_all(file.read_text()):
        annotations = data.get("metadata", {}).get("annotations", {})
        ways = {key: _way(annotations, key) for key in _KINDS}
        left_out = annotations.pop("test/left-out", None)
        item = Object(data, Origin(file.name, ways["test/kustomization"], ways["test/release"]))
        result.objects.append(item)
        if left_out:
            result.left_out.append(item)
    return result


def cluster_of(file: Path) -> Cluster:
    return Cluster(build_of(file), schemas())


def _way(annotations: Data, key: str) -> ObjectId | None:
    value = annotations.pop(key, None)
    if value is None:
        return None
    namespace, _, name = str(value).partition("/")
    return ObjectId(_KINDS[key], namespace, name)
