"""A cluster made of one file of objects.

Annotations that start with ``test/`` say what a build would know, and are taken off: ``test/kustomization``
and ``test/release`` (``namespace/name``) say where the object comes from, ``test/left-out`` that it was not
followed.

A file that begins with ``# of: FILE`` is that other file with one defect: each ``# replace: TEXT`` and the
``# with: TEXT`` after it change a text that stands there exactly once (``\n`` is a line's end).
"""

from __future__ import annotations

import hashlib
import tempfile
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


_CHANGED = tempfile.TemporaryDirectory()


def changed(file: Path) -> Path:
    """The file itself, or the other one that it changes, in a folder of its own."""
    lines = file.read_text().splitlines()
    if not lines[0].startswith("# of: "):
        return file
    text = (file.parent / lines[0].removeprefix("# of: ")).read_text()
    olds = [line.removeprefix("# replace: ") for line in lines if line.startswith("# replace: ")]
    news = [line.removeprefix("# with:").removeprefix(" ") for line in lines if line.startswith("# with:")]
    for old, new in zip(_unfolded(olds), _unfolded(news), strict=True):
        assert text.count(old) == 1, (file, old, text.count(old))
        text = text.replace(old, new)
    folder = Path(_CHANGED.name) / hashlib.sha256(bytes(file)).hexdigest()[:8]
    folder.mkdir(exist_ok=True)
    (folder / file.name).write_text(text)
    return folder / file.name


def _unfolded(texts: list[str]) -> list[str]:
    return [text.replace("\\n", "\n") for text in texts]


def build_of(case: Path) -> Build:
    file = changed(case)
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
