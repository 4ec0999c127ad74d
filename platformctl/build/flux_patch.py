"""The patch that keeps ``recurseSubmodules: true`` in Git, whatever flags a later ``flux bootstrap`` has.

Each bootstrap writes gotk-sync.yaml anew from its flags and leaves flux-system/kustomization.yaml alone, so
the field is safe in a patch there and nowhere else.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import YAMLError
from ruamel.yaml.scalarstring import LiteralScalarString

from platformctl.errors import ConfigError

SOURCE = "flux-system"
GENERATED = ("gotk-components.yaml", "gotk-sync.yaml")
FIELD = "/spec/recurseSubmodules"
_NOTE = "Each flux bootstrap writes gotk-sync.yaml anew from its flags; this it keeps."
_PATCH = "- op: add\n  path: /spec/recurseSubmodules\n  value: true\n"

ReadFile = Callable[[str], str | None]
"""Gives the text of a file beside kustomization.yaml, or None."""


def turns_submodules_on(text: str | None, read: ReadFile = lambda _: None) -> bool:
    """Whether a flux-system/kustomization.yaml ends up with the field set on Flux's own source.

    Understands JSON 6902 and strategic merge patches, inline and in files; the last one that says
    something counts. No file, or one that is no YAML: False.
    """
    value = False
    for patch, targeted in _patches(_load(text), read):
        for part in patch if isinstance(patch, list) else [patch]:
            if isinstance(part, dict):
                value = _value_after(part, targeted, value)
    return value


def with_submodules_on(text: str | None, read: ReadFile = lambda _: None) -> str:
    """The kustomization.yaml with the patch and both generated files in it; all else stays as it was.

    Raises ConfigError when the text is no kustomization.
    """
    yaml = YAML()
    yaml.width = 4096
    offset = 0 if text and re.search(r"^- ", text, re.MULTILINE) else 2
    yaml.indent(mapping=2, sequence=offset + 2, offset=offset)
    try:
        document = yaml.load(text) if text and text.strip() else None
    except YAMLError as error:
        raise ConfigError(
            f"flux-system/kustomization.yaml is no YAML: {str(error).splitlines()[0]}"
        ) from error
    if document is None:
        document = CommentedMap(apiVersion="kustomize.config.k8s.io/v1beta1", kind="Kustomization")
    if not isinstance(document, CommentedMap):
        raise ConfigError("flux-system/kustomization.yaml is no kustomization")
    resources = document.setdefault("resources", CommentedSeq())
    resources.extend(name for name in GENERATED if name not in resources)
    if not turns_submodules_on(text, read):
        patch = CommentedMap(
            target=CommentedMap(kind="GitRepository", name=SOURCE), patch=LiteralScalarString(_PATCH)
        )
        patches = document.setdefault("patches", CommentedSeq())
        patches.append(patch)
        patches.yaml_set_comment_before_after_key(len(patches) - 1, before=_NOTE, indent=2)
    written = io.StringIO()
    yaml.dump(document, written)
    return written.getvalue()


def _load(text: str | None) -> dict[str, Any]:
    try:
        loaded = YAML(typ="safe").load(text) if text else None
    except YAMLError:
        return {}
    return loaded if isinstance(loaded, dict) else {}


def _patches(document: dict[str, Any], read: ReadFile) -> Iterator[tuple[Any, bool]]:
    """Each patch, parsed, and whether its target is Flux's own source (False: it names its own target)."""
    for entry in document.get("patches") or []:
        if not isinstance(entry, dict):
            continue
        target = entry.get("target")
        if target is not None and not _is_source(target):
            continue
        yield _parse(entry.get("patch") or read(str(entry.get("path", "")))), target is not None
    for entry in document.get("patchesStrategicMerge") or []:
        yield _parse(entry if "\n" in str(entry) else read(str(entry))), False
    for entry in document.get("patchesJson6902") or []:
        if isinstance(entry, dict) and _is_source(entry.get("target") or {}):
            yield _parse(entry.get("patch") or read(str(entry.get("path", "")))), True


def _parse(text: str | None) -> Any:
    try:
        return YAML(typ="safe").load(text) if text else None
    except YAMLError:
        return None


def _is_source(target: Any) -> bool:
    """Whether a target, whose fields Kustomize takes as anchored regular expressions, selects the source."""
    if not isinstance(target, dict):
        return False
    actual = {
        "group": "source.toolkit.fluxcd.io",
        "kind": "GitRepository",
        "name": SOURCE,
        "namespace": SOURCE,
    }
    try:
        return all(re.fullmatch(str(target[key]), value) for key, value in actual.items() if target.get(key))
    except re.error:
        return False


def _value_after(patch: dict[str, Any], targeted: bool, before: bool) -> bool:
    """The field's value after one operation, or one strategic merge patch."""
    if "op" in patch:
        if patch.get("path") != FIELD:
            return before
        return patch["op"] in ("add", "replace") and patch.get("value") is True
    names = patch.get("metadata") or {}
    if not targeted and not (patch.get("kind") == "GitRepository" and names.get("name") == SOURCE):
        return before
    spec = patch.get("spec") or {}
    return spec["recurseSubmodules"] is True if "recurseSubmodules" in spec else before
