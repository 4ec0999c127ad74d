"""docs/platform-yaml.md, made from the schema of platform.yaml: ``make reference``."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from platformctl.platform.schema import PlatformFile

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs/platform-yaml.md"

HEAD = """\
# platform.yaml

Made by `make reference` from the descriptions in `platformctl/platform/schema/`; edit those.

The one file that describes a platform. A key that is not listed here is an error, and so are keys that do
not go together: `platformctl render` names the line of each. After an edit: `platformctl render`, then commit
and push.

For completion and checks in an editor, keep the schema in the repository and name it in the first line,
as below. The schema belongs to the version of platformctl that wrote it, so `init` leaves both to you:

```
platformctl render --schema > platform.schema.json
sed -i '1i # yaml-language-server: $schema=platform.schema.json' platform.yaml
```
"""

Schema = dict[str, Any]


def page() -> str:
    """The whole page as Markdown."""
    schema = PlatformFile.model_json_schema()
    sections = _sections("", schema, schema["$defs"])
    return "\n".join([HEAD, *sections])


def _sections(path: str, section: Schema, definitions: dict[str, Schema]) -> Iterator[str]:
    """The section at a path of keys, then those below it, in the file's order."""
    if path:
        yield f"## {path}\n{section['description']}\n"
    else:
        yield "## At the top"
    yield "| key | value | default | meaning |\n|---|---|---|---|"
    below = []
    for key, field in section["properties"].items():
        inner, mapping = _inner(field, definitions)
        yield _row(key, field, inner, mapping, key in section.get("required", ()))
        if inner:
            below.append((f"{path}.{key}" if path else key, inner, mapping))
    yield ""
    for name, inner, mapping in below:
        yield from _sections(f"{name}.&lt;name&gt;" if mapping else name, inner, definitions)


def _inner(field: Schema, definitions: dict[str, Schema]) -> tuple[Schema | None, bool]:
    """The section that a key holds, and whether it holds one for each of its own keys."""
    for form in field.get("anyOf", [field]):
        if "$ref" in form:
            return definitions[form["$ref"].rpartition("/")[2]], False
        for of_each in [form.get("additionalProperties"), *form.get("patternProperties", {}).values()]:
            if isinstance(of_each, dict) and "$ref" in of_each:
                return _inner(of_each, definitions)[0], True
    return None, False


def _row(key: str, field: Schema, inner: Schema | None, mapping: bool, required: bool) -> str:
    default = field.get("default")
    shown = (
        "required"
        if required
        else "none"
        if default in (None, {})
        else f"`{json.dumps(default).strip(chr(34))}`"
    )
    value = "names to sections, below" if mapping else "section, below" if inner else _value(field)
    meaning = field.get("description") or (inner or {}).get("description", "")
    meaning = meaning.replace("<", "&lt;")
    examples = ", ".join(f"`{_plain(example)}`" for example in field.get("examples", ()))
    return f"| `{key}` | {value} | {shown} | {meaning}{f' Example: {examples}' if examples else ''} |"


def _value(field: Schema) -> str:
    form = next(form for form in field.get("anyOf", [field]) if form.get("type") != "null")
    choices = form.get("enum") or ([form["const"]] if "const" in form else [])
    if choices:
        return " or ".join(f"`{choice}`" for choice in choices)
    kinds = {"string": "text", "integer": "number", "boolean": "`true` or `false`", "array": "list"}
    kind = kinds[form["type"]]
    if "maximum" in form:
        return f"{kind}, {form['minimum']} to {form['maximum']}"
    return f"{kind}, at least {form['minimum']}" if "minimum" in form else kind


def _plain(example: Any) -> str:
    return f"[{', '.join(example)}]" if isinstance(example, list) else str(example)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
