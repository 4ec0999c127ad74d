"""Finding the line of an object's field in the file that it comes from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import yaml

from platformctl.build import Object, ObjectId, Place
from platformctl.build.documents import nodes
from platformctl.build.graph import ROOT

Field = tuple[str | int, ...]


class Locator:
    """Lines in the files of one repository; each file is read once, and only if something is wrong in it.

    Args:
        root: the repository.
        files: by Kustomization, all files that may hold a part of its objects.
    """

    def __init__(self, root: Path, files: Mapping[ObjectId, Sequence[str]] | None = None) -> None:
        self.root = root
        self._files = files or {}
        self._texts: dict[str, str] = {}
        self._nodes: dict[str, list[yaml.Node]] = {}

    def place(self, item: Object, field: Field = ()) -> Place | None:
        """The line of a field, or of the nearest thing around it that a file holds.

        Of what a chart renders only the template is known: Helm does not say which of its lines gave what.
        """
        file = item.origin.file
        if file is None or item.origin.release:
            return Place(file, 0) if file else None
        best = self._nearest(file, item, field)
        for other in self._files.get(item.origin.kustomization or ROOT, ()):
            found = self._nearest(other, item, field, named=True) if other != file else None
            # Where both have the field, the patch has the last word.
            if found and (best is None or found[0] > best[0] or found[0] == best[0] > 0):
                best = found
        return best[1] if best else Place(file, 1)

    def _nearest(
        self, file: str, item: Object, field: Field, named: bool = False
    ) -> tuple[int, Place] | None:
        """How many parts of the field a file holds for the object, and the line of the last one."""
        matching = [node for node in self.documents(file) if _scalar(node, ("kind",)) == item.kind]
        # A prefix or a namespace may have changed since the file, so the name is only a preference.
        matching.sort(key=lambda node: _scalar(node, ("metadata", "name")) != item.name)
        if not matching or (named and _scalar(matching[0], ("metadata", "name")) != item.name):
            return None
        depth, line = _line(matching[0], field)
        return depth, Place(file, line)

    def key(self, file: str, field: Field) -> Place:
        """The line of a key of a file that is one document, or of the nearest thing around it."""
        documents = self.documents(file)
        line = _line(documents[0], field)[1] if documents and _child(documents[0], field[0]) else 0
        return Place(file, line)

    def exactly(self, file: str, field: Field) -> Place | None:
        """The line of a key of a file that is one document; None where it has no such key."""
        for node in self.documents(file)[:1]:
            depth, line = _line(node, field)
            return Place(file, line) if depth == len(field) else None
        return None

    def is_empty(self, file: str) -> bool:
        """Whether a file holds no document."""
        return not self.documents(file)

    def text(self, file: str) -> str:
        """The text of a file; empty where it cannot be read."""
        if file not in self._texts:
            try:
                self._texts[file] = (self.root / file).read_text(encoding="utf-8")
            except (OSError, UnicodeDecodeError):
                self._texts[file] = ""
        return self._texts[file]

    def documents(self, file: str) -> list[yaml.Node]:
        """The documents of a file; none where it cannot be read or parsed."""
        if file not in self._nodes:
            self._nodes[file] = nodes(self.text(file))
        return self._nodes[file]


def _child(node: yaml.Node, part: str | int) -> tuple[int, yaml.Node] | None:
    """The line and the node of a key or an index."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == str(part):
                return key.start_mark.line + 1, value
    elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        value = node.value[part]
        return value.start_mark.line + 1, value
    return None


def _line(node: yaml.Node, field: Field) -> tuple[int, int]:
    """How many parts of a field a node holds, and the line of the last one."""
    line = node.start_mark.line + 1
    for depth, part in enumerate(field):
        found = _child(node, part)
        if found is None:
            return depth, line
        line, node = found
    return len(field), line


def _scalar(node: yaml.Node, field: Field) -> str | None:
    for part in field:
        found = _child(node, part)
        if found is None:
            return None
        node = found[1]
    return str(node.value) if isinstance(node, yaml.ScalarNode) else None
