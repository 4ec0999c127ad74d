"""From the text of platform.yaml to a Platform, or to everything that is wrong with it."""

from __future__ import annotations

import contextlib
import copy
import json
import typing
from difflib import get_close_matches
from pathlib import Path as FilePath
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from platformctl.errors import ConfigError
from platformctl.platform.model import Platform
from platformctl.platform.rules import cross_checks
from platformctl.platform.schema import PLANNED, PlatformFile
from platformctl.platform.similar import CUTOFF, suggestion
from platformctl.platform.source import Path, PlatformFileError, Problem, Source, read

FILE_NAME = "platform.yaml"


def load(path: FilePath) -> Platform:
    """Read platform.yaml, or the folder that holds it.

    Raises:
        ConfigError: there is no such file.
        PlatformFileError: it is wrong; the error holds all problems.
    """
    file = path if path.suffix in {".yaml", ".yml"} else path / FILE_NAME
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise ConfigError(
            f"there is no {file.name} in {file.parent.absolute()}",
            fix="go to the platform's folder, or start one: platformctl init DIR",
        ) from error
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        message = f"byte {error.start} of the file is 0x{error.object[error.start]:02x}, which is not UTF-8"
        raise PlatformFileError([Problem(file.name, line, "", message)]) from error
    except OSError as error:
        raise ConfigError(f"{file} cannot be read: {error.strerror}") from error
    return parse(text, file.name)


def parse(text: str, file: str = FILE_NAME) -> Platform:
    """A Platform from text; ``file`` is the name that errors show.

    Raises:
        PlatformFileError: all problems at once.
    """
    source = read(text, file)
    if source.data is None:
        raise PlatformFileError([Problem(file, 1, "", "is empty")])
    if not isinstance(source.data, dict):
        raise PlatformFileError([Problem(file, 1, "", "is not a mapping of keys to values")])
    problems: list[Problem] = []
    settings = None
    try:
        settings = PlatformFile.model_validate(source.data)
    except ValidationError as error:
        problems += _problems(error, source)
        # Unknown keys alone do not hide what else is wrong.
        with contextlib.suppress(ValidationError):
            settings = PlatformFile.model_validate(_without(source.data, error.errors()))
    if settings is not None:
        problems += cross_checks(settings, source)
    if settings is None or problems:
        raise PlatformFileError(problems)
    return Platform(settings)


def schema() -> str:
    """The JSON schema of platform.yaml, for editors."""
    return json.dumps(PlatformFile.model_json_schema(), indent=2, sort_keys=True) + "\n"


def _problems(error: ValidationError, source: Source) -> list[Problem]:
    details = error.errors()
    # A required key that is misspelt is one mistake, not two.
    misspelt = {
        (*path[:-1], close[0])
        for path in (_path(detail) for detail in details if detail["type"] == "extra_forbidden")
        if (close := get_close_matches(str(path[-1]), _keys(path[:-1]), n=1, cutoff=CUTOFF))
    }
    return [
        _problem(detail, source)
        for detail in details
        if not (detail["type"] == "missing" and _path(detail) in misspelt)
    ]


def _without(data: Any, details: list[ErrorDetails]) -> Any:
    """A copy of the data without the keys that nobody knows."""
    result = copy.deepcopy(data)
    for detail in details:
        if detail["type"] == "extra_forbidden":
            *around, key = _path(detail)
            section = result
            for part in around:
                section = section[part]
            section.pop(key, None)
    return result


def _path(detail: ErrorDetails) -> Path:
    return tuple(part for part in detail["loc"] if part != "[key]")


def _problem(detail: ErrorDetails, source: Source) -> Problem:
    path = _path(detail)
    value = detail["input"]
    kind = detail["type"]
    context = detail.get("ctx", {})
    if kind == "extra_forbidden":
        known = _keys(path[:-1])
        hint = suggestion(str(path[-1]), known) or f" Known here: {', '.join(known)}."
        return source.problem(path, f"unknown key.{hint}")
    if kind == "missing":
        return source.problem(path, "is required.")
    if kind == "literal_error":
        key = str(path[-1])
        allowed = context["expected"].replace("'", '"')
        if isinstance(value, str) and value in PLANNED.get(key, ()):
            return source.problem(path, f'"{value}" is not supported yet; {key} can be {allowed}.')
        names = [name.strip("'\"") for name in allowed.replace(" or ", ", ").split(", ")]
        hint = suggestion(str(value), names)
        return source.problem(path, f"{_shown(value)} is not one of: {allowed}.{hint}")
    if kind == "string_pattern_mismatch":
        return source.problem(path, f"{_shown(value)} is not {_FORMS.get(_form(path), 'in the right form')}.")
    if kind in _SHAPES:
        what = "is empty" if value is None else f"is {_shown(value)}"
        return source.problem(path, f"{what}; it has to be {_SHAPES[kind]}.")
    if kind == "too_short":
        return source.problem(path, "needs at least one entry.")
    if kind == "string_type" and isinstance(value, int | float):
        return source.problem(path, f'{_shown(value)} is not text; write it in quotes: "{_shown(value)}".')
    if kind in _INTEGER:
        quoted = isinstance(value, str) and value.strip().isdecimal()
        hint = f"text; write it without quotes: {value.strip()}." if quoted else "not a whole number."
        return source.problem(path, f"{_shown(value)} is {hint}")
    if kind in _BOUNDS:
        (bound,) = context.values()
        return source.problem(path, f"{_shown(value)} is {_BOUNDS[kind].format(bound)}.")
    message = detail["msg"][0].lower() + detail["msg"][1:]
    shown = "" if isinstance(value, dict | list) else f"{_shown(value)} "
    return source.problem(path, f"{shown}{message.removeprefix('input ')}.")


_SHAPES = {
    "model_type": "a mapping of keys to values",
    "dict_type": "a mapping of keys to values",
    "tuple_type": "a list",
}

_INTEGER = {"int_type", "int_parsing", "int_from_float", "int_parsing_size"}
_BOUNDS = {
    "greater_than_equal": "less than {}, the least",
    "less_than_equal": "more than {}, the most",
}

_FORMS = {
    "name": 'a name of lower-case letters, digits and "-", 63 at most',
    "clusters": 'a name of lower-case letters, digits and "-", 63 at most',
    "className": 'a name of lower-case letters, digits and "-"',
    "url": "an http, https or ssh URL of a Git repository (no user@host:path form)",
    "branch": "the name of a Git branch",
    "registry": 'a registry and path without a scheme, such as "registry.example.com/team"',
    "version": "an image tag",
    "models": 'a model name with its tag, such as "gemma3:270m"',
    "digest": '"sha256:" and 64 hexadecimal digits',
    "domain": 'a host name in lower case, such as "chat.example.com"',
    "size": 'a quantity, such as "10Gi"',
    "email": "an e-mail address",
    "project": "the name of a Google project",
    "realm": 'a name of lower-case letters, digits and "-", 63 at most',
    "users": 'a name of lower-case letters, digits and "-", 63 at most',
    "session": 'a span of time, such as "90s", "5m" or "1h30m"',
    "recipients": 'a public age key, "age1" and 58 letters and digits',
}


def _form(path: Path) -> str:
    """The key that says what a value at ``path`` looks like."""
    words = [part for part in path if isinstance(part, str)]
    if words[-1] in _FORMS:
        return words[-1]
    return words[-2] if len(words) > 1 else ""


def _shown(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)


def _keys(path: Path) -> list[str]:
    """The keys that the section at ``path`` knows."""
    annotation: Any = PlatformFile
    for part in path:
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            fields = {field.alias or name: field for name, field in annotation.model_fields.items()}
            annotation = _section(fields[str(part)].annotation)
        else:
            annotation = _section(typing.get_args(annotation)[-1])
    return [field.alias or name for name, field in annotation.model_fields.items()]


def _section(annotation: Any) -> Any:
    """The section within ``Section | None`` or ``Annotated[...]``; a ``dict`` as it is."""
    if typing.get_origin(annotation) is dict or isinstance(annotation, type):
        return annotation
    inner = [argument for argument in typing.get_args(annotation) if argument is not type(None)]
    return _section(inner[0]) if inner else annotation
