"""The values that helm-controller would give to a chart."""

from __future__ import annotations

from typing import Any

import pytest

from platformctl.build import Object, ObjectId, Origin
from platformctl.build.values import ValuesError, merge, nested, release_values


def made(kind: str, name: str, **content: Any) -> Object:
    data = {"kind": kind, "metadata": {"name": name, "namespace": "n"}, **content}
    return Object(data, Origin("x.yaml"))


def release(**spec: Any) -> Object:
    return made("HelmRelease", "r", spec=spec)


def values(item: Object, *known: Object) -> Any:
    found: dict[ObjectId, Object] = {other.id: other for other in known}
    return release_values(item, found.get)


def test_mappings_merge_and_lists_are_replaced() -> None:
    base = {"a": {"b": 1, "c": 2}, "l": [1, 2], "x": 1}
    assert merge(base, {"a": {"c": 3}, "l": [3], "y": None}) == {
        "a": {"b": 1, "c": 3},
        "l": [3],
        "x": 1,
        "y": None,
    }
    assert base["l"] == [1, 2]


def test_references_come_in_order_and_inline_values_last() -> None:
    item = release(
        valuesFrom=[
            {"kind": "ConfigMap", "name": "first"},
            {"kind": "Secret", "name": "second", "valuesKey": "v"},
            {"kind": "ConfigMap", "name": "third", "valuesKey": "port", "targetPath": "service.port"},
        ],
        values={"inline": True, "b": 4},
    )
    found, notes = values(
        item,
        made("ConfigMap", "first", data={"values.yaml": "a: 1\nb: 1\nservice: {type: X}\n"}),
        made("Secret", "second", data={"v": "YjogMgpjOiAyCg=="}),
        made("ConfigMap", "third", data={"port": "8080"}),
    )
    assert found == {"a": 1, "b": 4, "c": 2, "service": {"type": "X", "port": 8080}, "inline": True}
    assert notes == []


def test_text_of_a_secret_stands_before_its_data() -> None:
    item = release(valuesFrom=[{"kind": "Secret", "name": "s"}])
    secret = made("Secret", "s", data={"values.yaml": "YTogMQo="}, stringData={"values.yaml": "a: 2"})
    assert values(item, secret)[0] == {"a": 2}


def test_what_is_not_in_the_repository_is_noted_unless_optional() -> None:
    item = release(
        valuesFrom=[
            {"kind": "Secret", "name": "absent"},
            {"kind": "Secret", "name": "optional", "optional": True},
        ]
    )
    assert values(item) == ({}, ["values from Secret n/absent, which is not in the repository"])


@pytest.mark.parametrize(
    ("data", "why"),
    [
        ({"other": "a: 1"}, 'has no key "values.yaml"'),
        ({"values.yaml": "- 1"}, "holds no mapping"),
        ({"values.yaml": "a: ["}, 'key "values.yaml"'),
    ],
)
def test_references_that_do_not_hold(data: dict[str, str], why: str) -> None:
    item = release(valuesFrom=[{"kind": "ConfigMap", "name": "c"}])
    with pytest.raises(ValuesError, match=why):
        values(item, made("ConfigMap", "c", data=data))


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        ("a", "x\n", {"a": "x"}),
        ("a.b", "true", {"a": {"b": True}}),
        ("a.b", '"true"', {"a": {"b": "true"}}),
        ("a.b", "08", {"a": {"b": "08"}}),
        ("a.b", "null", {"a": {"b": None}}),
        (r"a\.b/c", "1", {"a.b/c": 1}),
        ("a[1].b", "1", {"a": [None, {"b": 1}]}),
    ],
)
def test_target_paths(path: str, text: str, expected: Any) -> None:
    assert nested(path, text) == expected
