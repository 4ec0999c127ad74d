"""What a chart renders is shown where a person wrote it, if that is certain."""

from __future__ import annotations

from typing import Any

import pytest

from platformctl.build import Object, ObjectId, Origin
from platformctl.check.written import Field, in_values

RELEASE = ObjectId("HelmRelease", "n", "r")
VALUES = {
    "host": "www.example.com",
    "flags": {"cookie-domain": ".example.com", "domains": [".example.org"], "on": True},
    "twice": ["the same", "the same"],
    "size": "2Gi",
    "other": {"size": "2Gi", "host-name": ".example.com"},
}


def found(field: Field, data: dict[str, Any], release: ObjectId | None = RELEASE) -> Field | None:
    owner = Object({"kind": "HelmRelease", "spec": {"values": VALUES}}, Origin("r.yaml"))
    item = Object({"kind": "Deployment", **data}, Origin("chart/x.yaml", release=release))
    written = in_values(item, field, {RELEASE: owner})
    return written[1] if written else None


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("www.example.com", ("host",)),
        ("--cookie-domain=.example.com", ("flags", "cookie-domain")),
        ("--domains=.example.org", ("flags", "domains", 0)),
        ("--hostname=www.example.com", ("host",)),
        ("--on=true", ("flags", "on")),
    ],
)
def test_one_value_is_equal(text: str, field: Field) -> None:
    assert found(("args", 0), {"args": [text]}) == ("spec", "values", *field)


@pytest.mark.parametrize(
    "text", ["the same", "2Gi", "--size=3Gi", "true", "gone", "--cookie-domain", ".example.com"]
)
def test_none_or_several_are(text: str) -> None:
    assert found(("args", 0), {"args": [text]}) is None


def test_a_variable_is_its_value() -> None:
    assert found(("env", 0), {"env": [{"name": "HOST", "value": "www.example.com"}]}) is not None


def test_only_of_a_release() -> None:
    assert found(("args", 0), {"args": ["www.example.com"]}, release=None) is None
