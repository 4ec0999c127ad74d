"""YAML text with the line of every key kept, and problems that name the line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, SequenceNode

from platformctl.errors import ConfigError

Path = tuple[str | int, ...]


def dotted(path: Path) -> str:
    """``("clusters", "a.b", "models", 1)`` as ``clusters["a.b"].models[1]``."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        elif any(letter in part for letter in ".[]: "):
            text += f'["{part}"]'
        else:
            text += f".{part}" if text else part
    return text


@dataclass(frozen=True, order=True)
class Problem:
    """One thing wrong in platform.yaml, on a line that starts at 1."""

    file: str
    line: int
    path: str
    message: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}"
        return f"{where} {self.path}: {self.message}" if self.path else f"{where}: {self.message}"


class PlatformFileError(ConfigError):
    """platform.yaml cannot be used.

    Attributes:
        problems: everything that is wrong, in the file's order.
    """

    def __init__(self, problems: Sequence[Problem], outcome: str = "") -> None:
        self.problems = tuple(sorted(problems))
        number = len(self.problems)
        self._count = f"{number} error{'' if number == 1 else 's'}{outcome and ', '}{outcome}."
        super().__init__("\n".join([*self.sentences, self.closing]))

    @property
    def sentences(self) -> Sequence[str]:
        return [str(problem) for problem in self.problems]

    @property
    def closing(self) -> str:
        """How many there are, and what was done in spite of them, as ``2 errors, nothing written.``"""
        return self._count


@contextmanager
def nothing_written() -> Iterator[None]:
    """Says so in the PlatformFileError of a command that would have written something."""
    try:
        yield
    except PlatformFileError as error:
        raise PlatformFileError(error.problems, "nothing written") from error


@dataclass(frozen=True)
class Source:
    """Plain data and the line of every path in it."""

    file: str
    data: Any
    lines: dict[Path, int]

    def line(self, path: Path) -> int:
        """The line of a path, or of the nearest thing around it that the file has."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def problem(self, path: Path, message: str) -> Problem:
        return Problem(self.file, self.line(path), dotted(path), message)


def read(text: str, file: str) -> Source:
    """Parse YAML.

    Raises:
        PlatformFileError: the text is not YAML, a key stands twice in a mapping, or a key is not text.
    """
    try:
        lines: dict[Path, int] = {}
        problems: list[Problem] = []
        node = YAML(typ="rt").compose(text)
        if node is not None:
            _collect(node, (), lines)
            problems = [Problem(file, *twice) for twice in _keys_twice(node, ())]
        data = None if problems else YAML(typ="safe", pure=True).load(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        problem = (error.problem or "is not YAML").splitlines()[0]
        message = _PLAINER.get(problem, problem)
        raise PlatformFileError([Problem(file, mark.line + 1 if mark else 1, "", message)]) from error
    except RecursionError as error:
        raise PlatformFileError([Problem(file, 1, "", "is nested too deeply")]) from error
    except (YAMLError, ValueError, TypeError) as error:
        line = text.count("\n", 0, getattr(error, "position", 0)) + 1
        message = f"is not YAML: {getattr(error, 'reason', error)}"
        raise PlatformFileError([Problem(file, line, "", message)]) from error
    source = Source(file, data, lines)
    problems += _keys_not_text(source, data, ())
    if problems:
        raise PlatformFileError(problems)
    return source


_PLAINER = {"but found another document": 'a second document starts here ("---"); one is all it can have'}


def _keys_twice(node: Node, path: Path) -> Iterator[tuple[int, str, str]]:
    """Line, path and message of every key that its mapping has already."""
    if isinstance(node, MappingNode):
        first: dict[str, int] = {}
        for key, value in node.value:
            if not isinstance(key.value, str):
                continue
            inner, line = (*path, key.value), key.start_mark.line + 1
            if key.value in first:
                yield line, dotted(inner), f"stands on line {first[key.value]} already."
            first.setdefault(key.value, line)
            yield from _keys_twice(value, inner)
    elif isinstance(node, SequenceNode):
        for index, value in enumerate(node.value):
            yield from _keys_twice(value, (*path, index))


def _keys_not_text(source: Source, value: Any, path: Path) -> Iterator[Problem]:
    if isinstance(value, dict):
        for key, inner in value.items():
            if isinstance(key, str):
                yield from _keys_not_text(source, inner, (*path, key))
            else:
                yield source.problem(path, f"the key {key} is not text; write it in quotes.")
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _keys_not_text(source, inner, (*path, index))


def _collect(node: Node, path: Path, lines: dict[Path, int]) -> None:
    lines.setdefault(path, node.start_mark.line + 1)
    if isinstance(node, MappingNode):
        for key, value in node.value:
            if not isinstance(key.value, str):
                continue
            inner = (*path, key.value)
            lines[inner] = key.start_mark.line + 1
            _collect(value, inner, lines)
    elif isinstance(node, SequenceNode):
        for index, value in enumerate(node.value):
            _collect(value, (*path, index), lines)
