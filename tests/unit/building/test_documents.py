"""YAML as Kubernetes reads it."""

from __future__ import annotations

import pytest

from platformctl.build.documents import NotYaml, dump, load_all, load_one, split


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("yes", "yes"),
        ("on", "on"),
        ("true", True),
        ("1.35", 1.35),
        ("1e3", 1000.0),
        ("0644", 420),
        ("0o17", 15),
        ("0x1f", 31),
        ("089", 89),
        ("12:30", "12:30"),
        ("2026-11-21", "2026-11-21"),
        ("1_000", "1_000"),
        ("~", None),
        ("null", None),
        ("'1'", "1"),
        ("v1", "v1"),
        ("-5", -5),
        ("<<", "<<"),
        (".5", 0.5),
    ],
)
def test_scalars(text: str, expected: object) -> None:
    found = load_one(f"key: {text}\n")["key"]
    assert found == expected
    assert type(found) is type(expected)


def test_anchors_and_merge_keys() -> None:
    assert load_one("a: &x {b: 1}\nc: {<<: *x, d: 2}\n")["c"] == {"b": 1, "d": 2}


def test_empty_documents_are_left_out() -> None:
    assert load_all("---\n---\na: 1\n---\n# nothing\n---\nb: 2\n") == [{"a": 1}, {"b": 2}]


def test_an_error_has_its_line() -> None:
    with pytest.raises(NotYaml) as caught:
        load_all("a: 1\nb: [\n")
    assert caught.value.line == 3


def test_a_dumped_value_is_read_back() -> None:
    value = {"a": "yes", "b": "1", "c": "x\ny\n", "d": [None, True, 1.5], "e": "2026-11-21", "f": "12:30"}
    assert load_one(dump(value)) == value
    assert "|" in dump(value)


def test_streams_are_split_at_markers_alone() -> None:
    text = "---\n# Source: a\na: |\n  ---\n  x\n--- # second\nb: 1\n---\n"
    assert list(split(text)) == ["# Source: a\na: |\n  ---\n  x\n", "b: 1\n"]
