"""The reference of platform.yaml says what the schema says, and the schema says something of every key."""

from __future__ import annotations

from platformctl.platform.schema import PlatformFile
from tests import reference


def test_the_page_is_current() -> None:
    assert reference.PAGE.read_text(encoding="utf-8") == reference.page(), "run: make reference"


def test_every_key_is_described() -> None:
    schema = PlatformFile.model_json_schema()
    silent = [
        f"{section.get('title')}.{key}"
        for section in (schema, *schema["$defs"].values())
        for key, field in section["properties"].items()
        if "description" not in field and "$ref" not in field and "anyOf" not in field
    ]
    assert silent == []
    assert [row for row in reference.page().splitlines() if row.endswith("|  |")] == []
