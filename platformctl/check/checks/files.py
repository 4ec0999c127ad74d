"""The files that a cluster is built from, as text."""

from __future__ import annotations

from collections.abc import Iterator

import yaml

from platformctl.build import Place
from platformctl.check.cluster import UNSET, Cluster
from platformctl.check.finding import Finding, Severity
from platformctl.check.registry import check

_GENERATED = "gotk-components.yaml"
"""What Flux writes, a long file that nobody edits."""


@check("file/duplicate-key")
def keys_stand_once(cluster: Cluster) -> Iterator[Finding]:
    """A key must stand once in a mapping: of two, the tools take the last one and say nothing."""
    for file in sorted({file for files in cluster.build.files.values() for file in files}):
        if file.endswith((".yaml", ".yml")) and not file.endswith(_GENERATED):
            for document in cluster.locator.documents(file):
                for path, line, first in _twice(document, ""):
                    message = f"stands on line {first} already, and only one of the two counts"
                    yield Finding(UNSET, Severity.ERROR, file, path, message, Place(file, line))


def _twice(node: yaml.Node, path: str) -> Iterator[tuple[str, int, int]]:
    """The path of a key, its line, and the line of the first one."""
    if isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            yield from _twice(value, f"{path}[{index}]")
    elif isinstance(node, yaml.MappingNode):
        lines: dict[tuple[str, str], int] = {}
        for key, value in node.value:
            line = key.start_mark.line + 1
            inner = f"{path}.{key.value}".lstrip(".")
            if isinstance(key, yaml.ScalarNode) and key.value != "<<":
                name = (key.tag, key.value)
                if name in lines:
                    yield inner, line, lines[name]
                lines.setdefault(name, line)
            yield from _twice(value, inner)
