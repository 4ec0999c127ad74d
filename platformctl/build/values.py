"""The values of a HelmRelease: references and inline values merged the way helm-controller merges them."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from typing import Any

from platformctl.build.documents import Data, NotYaml, load_one
from platformctl.build.objects import Object, ObjectId
from platformctl.errors import PlatformctlError

Lookup = Callable[[ObjectId], Object | None]


class ValuesError(PlatformctlError):
    """A reference to values that does not hold."""


def merge(base: Data, over: Data) -> Data:
    """Mappings merge key by key; everything else, lists too, is replaced."""
    result = dict(base)
    for key, value in over.items():
        old = result.get(key)
        result[key] = merge(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return result


def text_data(item: Object) -> dict[str, str]:
    """The data of a ConfigMap or a Secret as text. What SOPS encrypted stays as it is."""
    data = {str(key): str(value) for key, value in (item.get("data") or {}).items()}
    if item.kind == "Secret":
        data = {key: _decoded(value) for key, value in data.items()}
        data |= {str(key): str(value) for key, value in (item.get("stringData") or {}).items()}
    return data


def release_values(release: Object, lookup: Lookup) -> tuple[Data, list[str]]:
    """The merged values of a release.

    Returns:
        The values, and a note for each reference whose content is not in the repository.

    Raises:
        ValuesError: a referenced key is missing, or holds no mapping.
    """
    values: Data = {}
    notes: list[str] = []
    for reference in release.spec.get("valuesFrom") or ():
        kind, name = str(reference.get("kind")), str(reference.get("name"))
        key = str(reference.get("valuesKey") or "values.yaml")
        found = lookup(ObjectId(kind, release.namespace, name))
        if found is None:
            if not reference.get("optional"):
                notes.append(f"values from {kind} {release.namespace}/{name}, which is not in the repository")
            continue
        data = text_data(found)
        if key not in data:
            if reference.get("optional"):
                continue
            raise ValuesError(f'{found.id} has no key "{key}", which valuesFrom names')
        if reference.get("targetPath"):
            values = merge(values, nested(str(reference["targetPath"]), data[key]))
            continue
        try:
            content = load_one(data[key])
        except NotYaml as error:
            raise ValuesError(f'{found.id}, key "{key}": {error.message}') from error
        if content is not None and not isinstance(content, dict):
            raise ValuesError(f'{found.id}, key "{key}" holds no mapping')
        values = merge(values, content or {})
    inline = release.spec.get("values")
    return merge(values, inline if isinstance(inline, dict) else {}), notes


def nested(path: str, text: str) -> Data:
    """A value at a path of Helm's ``--set`` form (``a.b[0].c``, ``a\\.b``), typed as Helm types it."""
    value: Any = _typed(text.rstrip("\n"))
    for part in reversed([p.replace("\\.", ".") for p in re.split(r"(?<!\\)\.", path)]):
        name, *indices = re.split(r"\[(\d+)\]", part)
        for index in reversed([int(number) for number in indices if number]):
            value = [None] * index + [value]
        value = {name: value}
    return dict(value)


def _typed(text: str) -> Any:
    if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"":
        return text[1:-1]
    if text in {"true", "false"}:
        return text == "true"
    if text == "null":
        return None
    return int(text) if re.fullmatch(r"-?(0|[1-9]\d*)", text) else text


def _decoded(value: str) -> str:
    try:
        return base64.b64decode(value, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return value
