"""Variable substitution as kustomize-controller does it after a build.

A subset of the shell's parameter expansion over text, with the behaviour that Flux documents and some that
it only has: ``$$`` becomes ``$``, ``$name`` without braces stays, a variable that nobody set is empty,
``${var-x}`` (without a colon) is an error, ``:?`` and ``:+`` act like ``:-``.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from platformctl.errors import PlatformctlError

NAME = re.compile(r"^[_A-Za-z][_A-Za-z0-9]*$")
"""What Flux takes as a variable's name."""


class SubstitutionError(PlatformctlError):
    """An expression that Flux refuses, which fails the whole Kustomization."""


@dataclass
class _Reader:
    text: str
    variables: Mapping[str, str]
    position: int = 0
    start: int = 0  # of the outermost expression
    undefined: set[str] = field(default_factory=set)

    def peek(self, length: int = 1) -> str:
        return self.text[self.position : self.position + length]

    def take(self, *tokens: str) -> str:
        """Read the first of the tokens that stands here; empty if none does."""
        for token in tokens:
            if self.text.startswith(token, self.position):
                self.position += len(token)
                return token
        return ""

    def fail(self, why: str) -> SubstitutionError:
        around = self.text[self.text.rfind("\n", 0, self.start) + 1 :].splitlines()[0].strip()
        return SubstitutionError(f"{why} in: {around[:120]}")


def substitute(text: str, variables: Mapping[str, str]) -> tuple[str, frozenset[str]]:
    """Expand all expressions.

    Returns:
        The text, and the names that stand without a default and are not set.

    Raises:
        SubstitutionError: an expression is malformed.
    """
    if "$" not in text:
        return text, frozenset()
    reader = _Reader(text, variables)
    result: list[str] = []
    while reader.position < len(text):
        reader.start = reader.position
        if reader.take("${"):
            result.append(_expression(reader))
        elif reader.take("$$"):
            result.append("$")
        else:
            following = text.find("$", reader.start + 1)
            reader.position = len(text) if following < 0 else following
            result.append(text[reader.start : reader.position])
    return "".join(result), frozenset(reader.undefined)


def _expression(reader: _Reader) -> str:
    """The value of what follows ``${``, read up to and with its ``}``."""
    if reader.take("#"):
        name = _name(reader)
        _close(reader)
        return str(len(reader.variables.get(name, "").encode()))
    name = _name(reader)
    value = reader.variables.get(name, "")
    if reader.take("}"):
        if name not in reader.variables:
            reader.undefined.add(name)
        return value
    if operator := reader.take(":=", ":-", ":?", ":+", "="):
        parts = []
        while reader.peek() != "}":
            parts.append(_word(reader, "}"))
        _close(reader)
        return value or "".join(parts)
    if operator := reader.take(":"):
        offset = _word(reader, ":}")
        length = _word(reader, "}") if reader.take(":") else None
        _close(reader)
        return _slice(value, offset, length)
    if operator := reader.take(",,", "^^", ",", "^"):
        _close(reader)
        return _CASES[operator](value)
    if operator := reader.take("##", "#", "%%", "%"):
        pattern = _word(reader, "}")
        _close(reader)
        return _strip(value, operator, pattern)
    if operator := reader.take("//", "/#", "/%", "/"):
        pattern = _word(reader, "/", escapes=True)
        if not reader.take("/"):
            raise reader.fail("bad substitution")
        while reader.take("/"):  # Flux takes several for one
            pass
        replacement = None if reader.peek() == "}" else _word(reader, "}", escapes=True)
        _close(reader)
        return _replace(value, operator, pattern, replacement)
    raise reader.fail("missing closing brace")


def _name(reader: _Reader) -> str:
    match = re.compile(r"\w+").match(reader.text, reader.position)
    if match is None:
        raise reader.fail("unable to parse variable name")
    reader.position = match.end()
    return match.group()


def _close(reader: _Reader) -> None:
    if not reader.take("}"):
        raise reader.fail("bad substitution")


def _word(reader: _Reader, ends: str, *, escapes: bool = False) -> str:
    """An argument: one nested expression, or text up to one of ``ends`` or to a nested expression.

    Empty text is refused, as Flux refuses it.
    """
    if reader.take("${"):
        return _expression(reader)
    result = ""
    while True:
        letter = reader.peek()
        if letter == "" or (letter in ends and not result):
            raise reader.fail("unable to parse substitution within function")
        if reader.peek(2) == "${":
            return result
        if escapes and reader.peek(2) in {"$$", "\\/", "\\\\"}:
            result += reader.peek(2)[1]
            reader.position += 2
        elif letter in ends:
            return result
        else:
            result += letter
            reader.position += 1


_CASES: dict[str, Callable[[str], str]] = {
    ",": lambda value: value[:1].lower() + value[1:],
    ",,": str.lower,
    "^": lambda value: value[:1].upper() + value[1:],
    "^^": str.upper,
}


def _slice(value: str, offset: str, length: str | None) -> str:
    """Like bash: what is no number changes nothing, and a negative offset counts from the end."""
    if not re.fullmatch(r"[-+]?\d+", offset) or (length is not None and not re.fullmatch(r"\+?\d+", length)):
        return value
    start = int(offset)
    if start < 0:
        start = max(len(value) + start, 0)
    return value[start:] if length is None else value[start : start + int(length)]


def _strip(value: str, operator: str, pattern: str) -> str:
    matches = re.compile(fnmatch.translate(pattern.replace("[^", "[!"))).match
    lengths = range(1, len(value) + 1) if len(operator) == 1 else range(len(value), 0, -1)
    for length in lengths:
        if operator[0] == "#" and matches(value[:length]):
            return value[length:]
        if operator[0] == "%" and matches(value[-length:]):
            return value[:-length]
    return value


def _replace(value: str, operator: str, pattern: str, replacement: str | None) -> str:
    if operator == "//":
        return value.replace(pattern, replacement or "")
    if operator == "/":
        return value.replace(pattern, replacement or "", 1)
    if replacement is None:
        return value  # at an end Flux replaces nothing by nothing
    if operator == "/#":
        return replacement + value.removeprefix(pattern) if value.startswith(pattern) else value
    return value.removesuffix(pattern) + replacement if value.endswith(pattern) else value
