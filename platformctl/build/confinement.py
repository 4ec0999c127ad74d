"""What kustomize may read: the repository's own files, and nothing of the machine or of the network.

Flux gives kustomize a file system that ends at the repository's root, and an artifact without links. The
kustomize program has no such setting: without restrictions it reads any file that the user can read, with
them it refuses what Flux allows. So every path is looked at before kustomize runs: all fields of a
kustomization.yaml and of its generators, transformers and validators that name a file. That is all that it
reads, because exec plugins and Helm charts of kustomize's own are off unless they are asked for.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from platformctl.build.documents import Data, NotYaml, load_all, nodes
from platformctl.build.objects import Place
from platformctl.build.repository import KUSTOMIZATION_FILES, Repository
from platformctl.build.tools import ToolError

_REMOTE = re.compile(r"(?i)git::|gh:|https?:|ssh://|file://|github\.com[/:]|[a-z][a-z0-9-]*@")
"""What kustomize takes for another repository or a file of the web."""

_PLUGINS = frozenset({"generators", "transformers", "validators"})
_PATHS = frozenset(
    {"resources", "bases", "components", "configurations", "crds", "patchesstrategicmerge"} | _PLUGINS
)
_FOLDERS = frozenset({"resources", "bases", "components"})
"""Fields whose entries can be folders with a kustomization.yaml of their own."""
_WITH_PATH = frozenset({"patches", "patchesjson6902", "replacements", "openapi"})
_SOURCES = frozenset({"files", "envs", "env"})
_PLAIN = frozenset({"apiversion", "kind", "metadata", "resources"})
"""All that a folder of plugins may hold: what changes its objects could change the paths in them."""


class Refused(ToolError):
    """A path that Flux refuses too."""

    def __init__(self, message: str, where: Place | None) -> None:
        super().__init__(message)
        self.where = where


class Remote(Refused):
    """Something on another host, which Flux would fetch and an offline build does not."""


@dataclass(frozen=True)
class Named:
    """How a kustomization.yaml names a path.

    Attributes:
        where: the line.
        folder: whether it may be a folder with a kustomization.yaml of its own.
        yaml: whether kustomize reads it as YAML.
        inline: whether it is perhaps no path, but the text itself.
    """

    where: Place | None
    folder: bool = False
    yaml: bool = True
    inline: bool = False


@dataclass
class Confinement:
    """Looks at everything that kustomize would read, from a folder on.

    Raises Refused, with the file and the line, for a path that leads out of the repository; Remote.
    """

    repository: Repository
    named: dict[str, Named] = field(default_factory=dict)
    """Every path that it came by."""
    _seen: set[str] = field(default_factory=set)
    _lines: dict[str, dict[str, int]] = field(default_factory=dict)

    def folder(self, path: str) -> None:
        """Look at a folder's kustomization.yaml, if it has one, and at all that it leads to."""
        if path in self._seen:
            return
        self._seen.add(path)
        file = self._kustomization(path)
        if file is None:
            return
        self.named.setdefault(file, Named(None))
        for content in self._documents(file):
            for key, value in _items(content):
                for entry in _entries(key, value):
                    self._entry(key, entry, file)

    def inside(self, entry: str, folder: str, where: Place | None = None) -> str:
        """An entry of a file in ``folder`` as a path in the repository."""
        if _REMOTE.match(entry):
            raise Remote(f'"{_short(entry)}" is on another host, and nothing is fetched here', where)
        path = posixpath.normpath(posixpath.join(folder, entry))
        if posixpath.isabs(path) or path == ".." or path.startswith("../"):
            raise Refused(f'"{_short(entry)}" leads out of the repository, which Flux refuses', where)
        self.no_link(path, where)
        return path

    def no_link(self, path: str, where: Place | None = None) -> None:
        """Refuse a path in the repository that goes through a symbolic link."""
        at = self.repository.root
        for part in Path(path).parts:
            at /= part
            if at.is_symlink():
                name = self.repository.relative(at)
                raise Refused(f'"{name}" is a symbolic link, which Flux leaves out of what it reads', where)

    def _entry(self, key: str, entry: str, file: str) -> None:
        folder = posixpath.dirname(file)
        where = self._place(file, entry)
        path = self.inside(entry, folder, where)
        inline = any(sign in entry for sign in ("\n", "{", ": "))
        yaml = key in _PATHS | _WITH_PATH
        self.named.setdefault(path, Named(where, key in _FOLDERS, yaml, inline))
        if key in _PLUGINS:
            self._plugin(entry, path, folder, where)
        elif key in _FOLDERS:
            self.folder(path)

    def _plugin(self, entry: str, path: str, folder: str, where: Place) -> None:
        """A plugin's configuration: a file, a folder of such files, or the text itself."""
        if self._is_folder(path):
            for file in self._plugin_files(path, where):
                self._plugin_text(self._text(file), folder, file)
        elif (self.repository.view / path).is_file():
            self._plugin_text(self._text(path), folder, path)
        self._plugin_text(entry, folder, None, where)

    def _plugin_files(self, path: str, where: Place) -> Iterator[str]:
        file = self._kustomization(path)
        for content in self._documents(file) if file else ():
            for key, value in _items(content):
                if key not in _PLAIN:
                    raise Refused(f'the plugins in {path} are changed by "{key}": cannot be looked at', where)
                for entry in _entries(key, value):
                    inner = self.inside(entry, path, self._place(str(file), entry))
                    if self._is_folder(inner):
                        yield from self._plugin_files(inner, where)
                    else:
                        yield inner

    def _plugin_text(self, text: str, folder: str, file: str | None, where: Place | None = None) -> None:
        """Look at every key that can hold a path, at any depth: a plugin can be in a List."""
        self._parsed(text, file, where)
        for node in nodes(text):
            for key, value in _pairs(node):
                if key in _SOURCES | {"path", "paths"}:
                    for scalar in _scalars(value):
                        line = Place(file, scalar.start_mark.line + 1) if file else where
                        self.inside(_after_key(str(scalar.value)), folder, line)

    def _kustomization(self, path: str) -> str | None:
        for name in KUSTOMIZATION_FILES:
            file = posixpath.normpath(posixpath.join(path, name))
            if (self.repository.view / file).is_file():
                self.no_link(file, Place(file))
                return file
        return None

    def _is_folder(self, path: str) -> bool:
        return (self.repository.view / path).is_dir()

    def _documents(self, file: str) -> list[Data]:
        return [one for one in self._parsed(self._text(file), file) if isinstance(one, dict)]

    def _parsed(self, text: str, file: str | None, where: Place | None = None) -> list[Any]:
        try:
            return load_all(text)
        except NotYaml as error:
            place = Place(file, error.line) if file else where
            raise Refused(f"the file cannot be parsed: {error.message}", place) from error

    def _text(self, file: str) -> str:
        try:
            return (self.repository.view / file).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise Refused(f"the file cannot be read: {error}", Place(file, 0)) from error

    def _place(self, file: str, entry: str) -> Place:
        if file not in self._lines:
            scalars = [scalar for node in nodes(self._text(file)) for scalar in _scalars(node)]
            self._lines[file] = {str(one.value): one.start_mark.line + 1 for one in reversed(scalars)}
        lines = self._lines[file]
        known = entry if entry in lines else next((one for one in lines if _after_key(one) == entry), "")
        return Place(file, lines.get(known, 1))


def _entries(key: str, value: Any) -> list[str]:
    """The paths in one field of a kustomization.yaml, whose keys kustomize reads in any case."""
    if key in _PATHS:
        return _texts(value)
    if key in _WITH_PATH:
        # A patch that is only text was a path once, and kustomize still takes it for one.
        return [
            text
            for one in _list(value)
            for text in (
                [t for k, v in _items(one) if k == "path" for t in _texts(v)]
                if isinstance(one, dict)
                else _texts(one)
            )
        ]
    if key in {"configmapgenerator", "secretgenerator"}:
        generators = [one for one in _list(value) if isinstance(one, dict)]
        return [
            _after_key(t) for one in generators for k, v in _items(one) if k in _SOURCES for t in _texts(v)
        ]
    return []


def _items(content: Data) -> list[tuple[str, Any]]:
    return [(str(key).lower(), value) for key, value in content.items()]


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _texts(value: Any) -> list[str]:
    return [one.decode(errors="replace") if isinstance(one, bytes) else str(one) for one in _list(value)]


def _after_key(text: str) -> str:
    """``key=path`` of a generator is a path under a name."""
    return text.partition("=")[2] or text


def _scalars(node: yaml.Node) -> Iterator[yaml.ScalarNode]:
    """All values within a node."""
    if isinstance(node, yaml.ScalarNode):
        yield node
    elif isinstance(node, yaml.SequenceNode):
        for value in node.value:
            yield from _scalars(value)
    elif isinstance(node, yaml.MappingNode):
        for _, value in node.value:
            yield from _scalars(value)


def _pairs(node: yaml.Node) -> Iterator[tuple[str, yaml.Node]]:
    """All keys within a node, in lower case, with their values."""
    if isinstance(node, yaml.SequenceNode):
        for value in node.value:
            yield from _pairs(value)
    elif isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield str(key.value).lower(), value
            yield from _pairs(value)


def _short(entry: str) -> str:
    line = entry.strip().splitlines()[0] if entry.strip() else entry
    return line if len(line) <= 100 else f"{line[:100]}…"
