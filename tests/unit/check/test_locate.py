"""Where in a file something is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from platformctl.build import Object, ObjectId, Origin
from platformctl.check.locate import Field, Locator

FILE = """\
# two of a kind
apiVersion: v1
kind: Service
metadata: {name: one}
---
apiVersion: v1
kind: Service
metadata: {name: two}
spec:
  ports:
    - port: 1
    - name: x
      port: 2
"""
TEMPLATE = """\
{{- if .Values.on }}
kind: Service
metadata:
  name: one
---
kind: Service
metadata: {name: three}
---
kind: Service
metadata:
  name: {{ .Release.Name }}-two
{{- end }}
"""


def item(name: str, origin: Origin, kind: str = "Service") -> Object:
    return Object({"kind": kind, "metadata": {"name": name}}, origin)


@pytest.mark.parametrize(
    ("name", "field", "line"),
    [
        ("one", (), 2),
        ("two", (), 6),
        ("two", ("spec", "ports", 1, "port"), 13),
        ("two", ("spec", "ports", 1, "protocol"), 12),
        ("two", ("spec", "ports", 7), 10),
        ("prefix-one", ("metadata", "name"), 4),
    ],
)
def test_a_field_of_a_file(tmp_path: Path, name: str, field: Field, line: int) -> None:
    (tmp_path / "x.yaml").write_text(FILE)
    place = Locator(tmp_path).place(item(name, Origin("x.yaml")), field)
    assert str(place) == f"x.yaml:{line}"


def test_an_object_of_a_chart_template(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text(TEMPLATE)
    origin = Origin("x.yaml", None, ObjectId("HelmRelease", "n", "r"))
    assert str(Locator(tmp_path).place(item("one", origin))) == "x.yaml:2"
    assert str(Locator(tmp_path).place(item("release-two", origin), ("spec",))) == "x.yaml:9"
    assert str(Locator(tmp_path).place(item("three", origin))) == "x.yaml:6"


def test_without_a_file_there_is_no_place_and_without_a_match_the_first_line(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text(FILE)
    assert Locator(tmp_path).place(item("one", Origin(None))) is None
    for file in ("x.yaml", "gone.yaml"):
        place = Locator(tmp_path).place(item("one", Origin(file), kind="Secret"))
        assert str(place) == f"{file}:1"
