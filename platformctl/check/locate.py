"""Finding the line of an object's field in the file that it comes from."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

from platformctl.build import Object, Place
from platformctl.build.documents import nodes

Field = tuple[str | int, ...]


class Locator:
    """Lines in the files of one repository; each file is read once, and only if something is wrong in it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._texts: dict[str, str] = {}
        self._nodes: dict[str, list[yaml.Node]] = {}

    def place(self, item: Object, field: Field = ()) -> Place | None:
        """The line of a field, or of the nearest thing around it that the file holds."""
        file = item.origin.file
        if file is None:
            return None
        documents = [] if item.origin.release else self._documents(file)
        matching = [node for node in documents if _scalar(node, ("kind",)) == item.kind]
        # A prefix or a namespace may have changed since the file, so the name is only a preference.
        matching.sort(key=lambda node: _scalar(node, ("metadata", "name")) != item.name)
        if matching:
            return Place(file, _line(matching[0], field))
        return Place(file, self._line_of_kind(file, item))

    def key(self, file: str, field: Field) -> Place:
        """The line of a key of a file that is one document, or of the nearest thing around it."""
        documents = self._documents(file)
        line = _line(documents[0], field) if documents and _child(documents[0], field[0]) else 0
        return Place(file, line)

    def text(self, file: str) -> str:
        """The text of a file; empty where it cannot be read."""
        if file not in self._texts:
            try:
                self._texts[file] = (self.root / file).read_text(encoding="utf-8")
            except (OSError, UnicodeDecodeError):
                self._texts[file] = ""
        return self._texts[file]

    def _documents(self, file: str) -> list[yaml.Node]:
        if file not in self._nodes:
            self._nodes[file] = nodes(self.text(file))
        return self._nodes[file]

    def _line_of_kind(self, file: str, item: Object) -> int:
        """For a chart's template, which is not YAML before Helm has seen it."""
        text = self.text(file)
        starts = [match.start() for match in re.finditer(rf"(?m)^kind:\s*{re.escape(item.kind)}\s*$", text)]
        for start in starts:
            document = text[start:].split("\n---", 1)[0]
            name = re.search(r"(?m)^\s+name:\s*(.+?)\s*$|\bname:\s*([^,}\s]+)", document)
            if name and _could_be(name.group(1) or name.group(2), item.name):
                return text.count("\n", 0, start) + 1
        return text.count("\n", 0, starts[0]) + 1 if starts else 1


def _could_be(template: str, name: str) -> bool:
    """Whether a text with ``{{ ... }}`` in it may give this name."""
    fixed = re.split(r"\{\{.*?\}\}", template.strip("'\""))
    return re.fullmatch(".*".join(re.escape(part) for part in fixed), name) is not None


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


def _line(node: yaml.Node, field: Field) -> int:
    line = node.start_mark.line + 1
    for part in field:
        found = _child(node, part)
        if found is None:
            break
        line, node = found
    return line


def _scalar(node: yaml.Node, field: Field) -> str | None:
    for part in field:
        found = _child(node, part)
        if found is None:
            return None
        node = found[1]
    return str(node.value) if isinstance(node, yaml.ScalarNode) else None
