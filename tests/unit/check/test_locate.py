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
PATCH = """\
kind: Service
metadata: {name: two}
spec:
  ports:
    - name: patched
  type: NodePort
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


def test_of_what_a_chart_renders_the_template_is_known_and_no_line(tmp_path: Path) -> None:
    origin = Origin("templates/x.yaml", None, ObjectId("HelmRelease", "n", "r"))
    assert str(Locator(tmp_path).place(item("one", origin), ("spec",))) == "templates/x.yaml"


@pytest.mark.parametrize(
    ("name", "field", "place"),
    [
        ("two", ("spec", "type"), "patch.yaml:6"),
        ("two", ("spec", "ports", 0, "name"), "patch.yaml:5"),
        ("two", ("spec", "ports", 1, "port"), "x.yaml:13"),
        ("two", (), "x.yaml:6"),
        ("one", ("spec", "type"), "x.yaml:2"),
    ],
)
def test_a_field_that_a_patch_sets(tmp_path: Path, name: str, field: Field, place: str) -> None:
    (tmp_path / "x.yaml").write_text(FILE)
    (tmp_path / "patch.yaml").write_text(PATCH)
    kustomization = ObjectId("Kustomization", "flux-system", "k")
    locator = Locator(tmp_path, {kustomization: ["k", "k/kustomization.yaml", "patch.yaml", "x.yaml"]})
    assert str(locator.place(item(name, Origin("x.yaml", kustomization)), field)) == place


def test_without_a_file_there_is_no_place_and_without_a_match_the_first_line(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text(FILE)
    assert Locator(tmp_path).place(item("one", Origin(None))) is None
    for file in ("x.yaml", "gone.yaml"):
        place = Locator(tmp_path).place(item("one", Origin(file), kind="Secret"))
        assert str(place) == f"{file}:1"
