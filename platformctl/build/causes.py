"""From what kustomize and Helm say to what is wrong, and where in the repository."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from platformctl.build.confinement import Named
from platformctl.build.documents import Data, NotYaml, load_all, nodes
from platformctl.build.objects import Place
from platformctl.build.repository import KUSTOMIZATION_FILES, Repository
from platformctl.build.tools import ToolError

Field = tuple[str | int, ...]


@dataclass(frozen=True)
class Cause:
    """One thing that is wrong.

    Attributes:
        message: one sentence.
        place: where it stands; a line of 0 where that is not known.
        field: the field of the object that it is about, where it stands in no file of its own.
        known: names of which one was probably meant instead of the field's last part.
        missing: the path in the repository of what is not there, where that is the cause.
    """

    message: str
    place: Place | None = None
    field: Field = ()
    known: tuple[str, ...] = ()
    missing: str = ""


class Unbuildable(ToolError):
    """A tool said no, and this is why."""

    def __init__(self, causes: Sequence[Cause]) -> None:
        super().__init__("; ".join(cause.message for cause in causes))
        self.causes = tuple(causes)


# kustomize

_INTO = re.compile(r"(?:recursed accumulation of|couldn't make target for) path '([^']+)': ")
_ABOUT = re.compile(r"trouble configuring builtin (\w+) with config: `.*?`: ", re.DOTALL)


def of_kustomize(error: ToolError, named: Mapping[str, Named], repository: Repository) -> Unbuildable:
    """Why kustomize failed over these files: one is missing, one cannot be parsed, or what it says itself."""
    causes = [cause for path, how in named.items() for cause in _of_file(path, how, repository)]
    return Unbuildable(causes or [_said(error.message, repository)])


def _of_file(path: str, how: Named, repository: Repository) -> Iterator[Cause]:
    file = repository.view / path
    folder = file.is_dir()
    if folder and how.folder and not any((file / name).is_file() for name in KUSTOMIZATION_FILES):
        yield Cause(f"{path} has no kustomization.yaml", how.where)
    elif not folder and not file.exists() and not how.inline:
        yield Cause(f"{path} does not exist", how.where, missing=path)
    elif how.yaml and file.is_file() and (cause := not_parsed(path, repository)):
        yield cause


def not_parsed(path: str, repository: Repository) -> Cause | None:
    """Why a file is no YAML; None if it is."""
    try:
        load_all((repository.view / path).read_text(encoding="utf-8"))
    except NotYaml as error:
        return Cause(f"the file cannot be parsed: {error.message}", Place(path, error.line))
    except (OSError, UnicodeDecodeError) as error:
        return Cause(f"the file cannot be read: {error}", Place(path, 0))
    return None


def _said(text: str, repository: Repository) -> Cause:
    """The innermost of kustomize's sentences, about the folder that it had come to."""
    ways = list(_INTO.finditer(text))
    folder = repository.relative(os.path.realpath(ways[-1].group(1))) if ways else ""
    text = text[ways[-1].end() :] if ways else text.removeprefix("error: ").removeprefix("Error: ")
    text = _ABOUT.sub("", text)
    # Both have the same story, of which the first sentence is the shorter one.
    text = re.sub(r": no matches for Id .*", "", text, flags=re.DOTALL)
    return Cause(_without_our_paths(text, repository), _kustomization(folder, repository))


def _kustomization(folder: str, repository: Repository) -> Place | None:
    for name in KUSTOMIZATION_FILES:
        if folder and (repository.view / folder / name).is_file():
            return Place(f"{folder}/{name}", 0)
    return None


def _without_our_paths(text: str, repository: Repository) -> str:
    for base in (repository.view, repository.root):
        away = re.escape(str(base)).lstrip("/")
        text = re.sub(rf"(?:/|(?:\.\./)+){away}/?", "", text)
    text = re.sub(rf"(?:\.\./)+{re.escape(repository.view.name)}/", "", text)
    return re.sub(rf"{re.escape(str(repository.scratch))}/[^\s:'\"]+", "the Kustomization's own fields", text)


# Helm

_ADVICE = re.compile(r"\n?Use --debug flag.*")
_SCHEMA = re.compile(r"^- at '(?P<at>[^']*)': (?P<why>.+)$", re.MULTILINE)
_UNKNOWN = re.compile(r"additional propert(?:y|ies) (?P<names>'.+') not allowed")
_TEMPLATE = re.compile(
    r"(?:at |: |^|template: )\(?[\w.-]+/(?P<file>(?:charts|templates)/[^\s:()]+):(?P<line>\d+)"
)
_RENDERED = re.compile(r"YAML parse error on [^/\s]+/(?P<file>[^\s:]+): (?P<why>.+)", re.DOTALL)
_CHART_FILE = re.compile(r"cannot load (?P<file>[\w./-]+): ")


def of_helm(
    error: ToolError, chart: str, values: Data, files: Sequence[str], repository: Repository
) -> Unbuildable:
    """Why Helm failed over a chart.

    Args:
        chart: its folder in the repository.
        values: of the release, merged.
        files: in the repository, with values that stand behind those, the first behind the second.
    """
    text = _ADVICE.sub("", error.message).removeprefix("Error: ").strip()
    if broken := _CHART_FILE.match(text):
        cause = not_parsed(f"{chart}/{broken['file']}", repository)
        return Unbuildable([cause or Cause(text, Place(f"{chart}/{broken['file']}", 0))])
    wrong = list(_SCHEMA.finditer(text))
    if wrong:
        schema = _schema(repository.root / chart / "values.schema.json")
        return Unbuildable(
            [cause for each in wrong for cause in _of_schema(each, schema, values, files, repository)]
        )
    if rendered := _RENDERED.search(text):
        why = re.sub(r"error converting YAML to JSON: (yaml: )?", "", rendered["why"])
        message = f"renders something that cannot be parsed: {why} (the line of what is rendered)"
        return Unbuildable([Cause(message, Place(f"{chart}/{rendered['file']}", 0))])
    templates = list(_TEMPLATE.finditer(text))
    if templates:
        inner = templates[-1]
        message = text[inner.end() :]
        message = re.sub(r'^(:\d+)?\)?:?\s*(executing "[^"]*"\s*)?', "", message)
        message = re.sub(r":\s*\n\s*", ": ", message)
        return Unbuildable([Cause(message, Place(f"{chart}/{inner['file']}", int(inner["line"])))])
    return Unbuildable([Cause(text)])


def _of_schema(
    wrong: re.Match[str], schema: Data, values: Data, files: Sequence[str], repository: Repository
) -> Iterator[Cause]:
    path = tuple(int(part) if part.isdigit() else part for part in wrong["at"].split("/") if part)
    unknown = _UNKNOWN.fullmatch(wrong["why"])
    if not unknown:
        yield _of_value(path, wrong["why"], (), values, files, repository)
        return
    known = tuple(_properties(schema, path))
    for name in re.findall(r"'([^']+)'", unknown["names"]):
        yield _of_value((*path, name), "is not a value of the chart", known, values, files, repository)


def _of_value(
    path: Field,
    message: str,
    known: tuple[str, ...],
    values: Data,
    files: Sequence[str],
    repository: Repository,
) -> Cause:
    """In the release's values, or else in the last file that has it."""
    if not path or _has(values, path):
        return Cause(message, None, ("spec", "values", *path), known)
    for file in reversed(files):
        for node in nodes(_text(repository.root / file)):
            line = 0
            for part in path:
                found = next((p for p in getattr(node, "value", ()) if _is(p, part)), None)
                if found is None:
                    break
                line, node = found[0].start_mark.line + 1, found[1]
            else:
                return Cause(f"{'.'.join(map(str, path))} {message}", Place(file, line), path, known)
    return Cause(message, None, ("spec", "values", *path), known)


def _is(pair: Any, part: str | int) -> bool:
    return isinstance(pair, tuple) and pair[0].value == str(part)


def _has(value: Any, path: Field) -> bool:
    for part in path:
        inside = (
            part in value
            if isinstance(value, dict)
            else isinstance(value, list) and part in range(len(value))
        )
        if not inside:
            return False
        value = value[part]
    return True


def _properties(schema: Any, path: Field) -> list[str]:
    """The names that a chart's schema knows at a path."""
    root = schema
    for part in path:
        schema = _resolved(schema, root)
        schema = schema.get("items" if isinstance(part, int) else "properties") or {}
        schema = schema if isinstance(part, int) else schema.get(part) or {}
    return sorted(_resolved(schema, root).get("properties") or {})


def _resolved(schema: Any, root: Any) -> Data:
    reference = schema.get("$ref") if isinstance(schema, dict) else None
    if isinstance(reference, str) and reference.startswith("#/"):
        schema = root
        for part in reference[2:].split("/"):
            schema = schema.get(part) if isinstance(schema, dict) else None
    return schema if isinstance(schema, dict) else {}


def _schema(file: Path) -> Data:
    try:
        loaded = json.loads(_text(file))
    except ValueError:
        return {}
    return loaded if isinstance(loaded, dict) else {}


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""
