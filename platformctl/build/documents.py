"""YAML documents as Kubernetes reads them: fast, no timestamps, and only true and false are booleans."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import yaml

from platformctl.errors import PlatformctlError

Data = dict[str, Any]


class NotYaml(PlatformctlError):
    """A text that is not YAML; ``line`` starts at 1."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.line = line


class _Loader(yaml.CSafeLoader):
    """libyaml with the scalars of YAML 1.2."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012


for _tag, _pattern, _first in (
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("int", r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", "-+0123456789"),
    (
        "float",
        r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)",
        "-+.0123456789",
    ),
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("merge", r"<<", "<"),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(f"^(?:{_pattern})$"), list(_first))


def _integer(loader: _Loader, node: yaml.ScalarNode) -> int:
    text = str(loader.construct_scalar(node))
    sign = -1 if text.startswith("-") else 1
    digits = text.lstrip("+-")
    # 0644 is octal in Go's YAML, as file modes in volumes are written.
    if len(digits) > 1 and digits.isdigit() and digits[0] == "0" and set(digits) <= set("01234567"):
        return sign * int(digits, 8)
    return sign * int(digits, 0 if digits[:2] in {"0x", "0o"} else 10)


def _number(loader: _Loader, node: yaml.ScalarNode) -> float:
    text = str(loader.construct_scalar(node)).lower()
    return float(text.replace(".inf", "inf").replace(".nan", "nan"))


_Loader.add_constructor("tag:yaml.org,2002:int", _integer)
_Loader.add_constructor("tag:yaml.org,2002:float", _number)


def _plain(loader: _Loader, node: yaml.ScalarNode) -> str:
    return str(loader.construct_scalar(node))


# As a value, not as a key, `<<` is only text.
_Loader.add_constructor("tag:yaml.org,2002:merge", _plain)


class _Dumper(yaml.CSafeDumper):
    """Block style for text of several lines."""


def _text(dumper: _Dumper, value: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style="|" if "\n" in value else None)


_Dumper.add_representer(str, _text)


def load_all(text: str) -> list[Any]:
    """The documents of a text; empty ones are left out.

    Raises:
        NotYaml: with the line.
    """
    try:
        return [document for document in yaml.load_all(text, Loader=_Loader) if document is not None]
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise NotYaml(error.problem or "is not YAML", mark.line + 1 if mark else 1) from error
    except yaml.YAMLError as error:
        raise NotYaml(str(error).splitlines()[0], 1) from error


def load_one(text: str) -> Any:
    """The first document of a text, or None."""
    return next(iter(load_all(text)), None)


def dump(value: Any) -> str:
    """A value as one YAML document; keys keep their order."""
    return yaml.dump(
        value, Dumper=_Dumper, sort_keys=False, default_flow_style=False, allow_unicode=True, width=10_000
    )


def split(text: str) -> Iterator[str]:
    """The texts of the documents in a stream that kustomize or Helm wrote."""
    for part in re.split(r"(?m)^---[ \t]*(?:#.*)?$\n?", text):
        if part.strip():
            yield part


def nodes(text: str) -> list[yaml.Node]:
    """The node of each document, with its place in the text."""
    try:
        return [node for node in yaml.compose_all(text, Loader=_Loader) if node is not None]
    except yaml.YAMLError:
        return []
