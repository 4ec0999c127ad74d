"""Where a person wrote what a chart renders: in the values of its release."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from platformctl.build import Object, ObjectId
from platformctl.build.documents import Data

Field = tuple[str | int, ...]

_SHORTEST = 6
"""Shorter texts are too often equal by chance."""


def in_values(item: Object, field: Field, known: Mapping[ObjectId, Object]) -> tuple[Object, Field] | None:
    """The release and the field of its values that a rendered text certainly comes from.

    That is the one value which is equal to it; of an argument, ``--name=value``, the value of that name.
    """
    release = known.get(item.origin.release) if item.origin.release else None
    text = item.get(*field)
    if isinstance(text, dict):
        text = text.get("value")  # an environment variable
    if release is None or not isinstance(text, str | int | float):
        return None
    name, equals, value = str(text).partition("=")
    option = name.removeprefix("--") if equals and name.startswith("--") else None
    wanted = value if option else str(text)
    leaves = [
        (path, key)
        for path, key, leaf in _leaves(release.spec.get("values") or {}, ())
        if _text(leaf) == wanted
    ]
    named = [path for path, key in leaves if key == option]
    equal = [path for path, _ in leaves] if len(wanted) >= _SHORTEST else []
    found = named or equal
    return (release, ("spec", "values", *found[0])) if len(found) == 1 else None


def _leaves(value: Data | list[Any], field: Field) -> Iterator[tuple[Field, str, Any]]:
    """The texts and numbers in some values: their field, the last key on the way, and themselves."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in pairs:
        path: Field = (*field, key)
        if isinstance(inner, dict | list):
            yield from _leaves(inner, path)
        else:
            yield path, next(str(part) for part in reversed(path) if isinstance(part, str)), inner


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
