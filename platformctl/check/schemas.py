"""Schemas of all kinds: Kubernetes' own OpenAPI v3, and CustomResourceDefinitions."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import jsonschema_rs

from platformctl.build import Object
from platformctl.build.documents import Data, NotYaml, load_all

_REFERENCE = "#/components/schemas/"
_QUANTITY = "io.k8s.apimachinery.pkg.api.resource.Quantity"
_QUANTITIES = r"^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([KMGTPE]i|[numkMGTPE]|[eE][+-]?[0-9]+)?$"
"""What Kubernetes takes for a quantity; its schema says only that it is text or a number."""


@dataclass(frozen=True)
class SchemaError:
    """A field that does not fit; the message goes on from the field's name, ``close`` is a better name."""

    field: tuple[str | int, ...]
    message: str
    close: str = ""


class Schemas:
    """What is known of every kind.

    Args:
        kubernetes: a folder of OpenAPI v3 files, named as Kubernetes names them
            (``apis__apps__v1_openapi.json``).
        crds: folders with CustomResourceDefinitions in YAML.
    """

    def __init__(self, kubernetes: Path | None = None, crds: Iterable[Path] = ()) -> None:
        self._kubernetes = kubernetes
        self._custom: dict[tuple[str, str], Data] = {}
        self._built_in: dict[str, tuple[dict[str, Data], dict[str, str]]] = {}
        self._validators: dict[tuple[str, str], tuple[Data, jsonschema_rs.Validator] | None] = {}
        for folder in crds:
            for file in sorted(folder.rglob("*.yaml")):
                try:
                    self.add(load_all(file.read_text(encoding="utf-8")))
                except NotYaml:
                    continue

    def add(self, documents: Iterable[Any]) -> None:
        """Learn the CustomResourceDefinitions among the documents; later ones win."""
        for data in documents:
            if isinstance(data, dict) and data.get("kind") == "CustomResourceDefinition":
                spec = data.get("spec") or {}
                kind = (spec.get("names") or {}).get("kind")
                for version in spec.get("versions") or ():
                    schema = (version.get("schema") or {}).get("openAPIV3Schema")
                    key = (f"{spec.get('group')}/{version.get('name')}", str(kind))
                    if schema:
                        self._custom[key] = schema
                        self._validators.pop(key, None)

    def knows(self, item: Object) -> bool:
        return self._validator(item) is not None

    def errors(self, item: Object) -> Iterator[SchemaError]:
        """What does not fit, unknown fields included; nothing if the kind is not known."""
        found = self._validator(item)
        if found is not None:
            schema, validator = found
            for error in validator.iter_errors(_without_nulls(item.data)):
                yield from _explained(error, schema)

    def _validator(self, item: Object) -> tuple[Data, jsonschema_rs.Validator] | None:
        key = (item.api_version, item.kind)
        if key not in self._validators:
            schema = self._custom_schema(key) or self._built_in_schema(*key)
            # OpenAPI 3.0 is nearest to draft 4: a boolean exclusiveMinimum, no siblings of $ref.
            self._validators[key] = (schema, jsonschema_rs.Draft4Validator(schema)) if schema else None
        return self._validators[key]

    def _custom_schema(self, key: tuple[str, str]) -> Data | None:
        schema = self._custom.get(key)
        return _resource(_strict(schema)) if schema else None

    def _built_in_schema(self, api_version: str, kind: str) -> Data | None:
        schemas, names = self._group(api_version)
        name = names.get(kind)
        if name is None:
            return None
        return {"$ref": _REFERENCE + name, "components": {"schemas": schemas}}

    def _group(self, api_version: str) -> tuple[dict[str, Data], dict[str, str]]:
        """The schemas of a group's file, and the schema's name by kind."""
        if api_version not in self._built_in:
            file = f"apis__{api_version.replace('/', '__')}" if "/" in api_version else f"api__{api_version}"
            path = self._kubernetes / f"{file}_openapi.json" if self._kubernetes else None
            schemas: dict[str, Data] = {}
            names: dict[str, str] = {}
            if path and path.is_file():
                raw: dict[str, Data] = json.loads(path.read_bytes())["components"]["schemas"]
                if _QUANTITY in raw:
                    raw[_QUANTITY] = {"type": ["string", "number"], "pattern": _QUANTITIES}
                for name, schema in raw.items():
                    schemas[name] = _strict(schema)
                    for gvk in schema.get("x-kubernetes-group-version-kind", ()):
                        group = f"{gvk['group']}/" if gvk["group"] else ""
                        if f"{group}{gvk['version']}" == api_version:
                            names[gvk["kind"]] = name
            self._built_in[api_version] = schemas, names
        return self._built_in[api_version]


def _strict(schema: Data) -> Data:
    """The schema with unknown fields refused, as the API server's strict field validation refuses them.

    Not within allOf, anyOf, oneOf and not: there a schema names only some of the fields.
    """
    result = dict(schema)
    properties = schema.get("properties")
    if isinstance(properties, dict):
        result["properties"] = {name: _strict(inner) for name, inner in properties.items()}
        if "additionalProperties" not in schema and not schema.get("x-kubernetes-preserve-unknown-fields"):
            result["additionalProperties"] = False
        if schema.get("x-kubernetes-embedded-resource"):
            result = _resource(result)
    for key in ("items", "additionalProperties"):
        if isinstance(schema.get(key), dict):
            result[key] = _strict(schema[key])
    return result


def _resource(schema: Data) -> Data:
    """With the three fields that every object has."""
    common = {"apiVersion": {"type": "string"}, "kind": {"type": "string"}, "metadata": {"type": "object"}}
    return {**schema, "properties": {**common, **schema.get("properties", {})}}


def _without_nulls(value: Any) -> Any:
    """The API server drops null fields before it looks."""
    if isinstance(value, dict):
        return {key: _without_nulls(inner) for key, inner in value.items() if inner is not None}
    return [_without_nulls(inner) for inner in value] if isinstance(value, list) else value


def _explained(error: jsonschema_rs.ValidationError, schema: Data) -> Iterator[SchemaError]:
    field = tuple(error.instance_path)
    details = error.kind.as_dict()
    if error.kind.name == "additionalProperties":
        around: Any = schema
        for part in error.schema_path[:-1]:
            around = around[part]
        known = list(around["properties"])
        for name in details["unexpected"]:
            close = get_close_matches(name, known, n=1)
            yield SchemaError((*field, name), "is not a known field", f'"{close[0]}"?' if close else "")
    elif error.kind.name == "required":
        yield SchemaError(field, f'lacks "{details["property"]}"')
    elif error.kind.name == "pattern" and details["pattern"] == _QUANTITIES:
        yield SchemaError(field, f'is "{error.instance}", which is no quantity such as 500m or 2Gi')
    else:
        message = error.message if len(error.message) < 200 else f"{error.message[:200]}..."
        yield SchemaError(field, f"does not fit: {message}")
