"""What Helm and kustomize say, as one sentence and a place in the repository."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from platformctl.build.causes import Cause, of_helm, of_kustomize
from platformctl.build.confinement import Named
from platformctl.build.objects import Place
from platformctl.build.repository import Repository
from platformctl.build.tools import ToolError

SCHEMA = "Error: values don't meet the specifications of the schema(s) in the following chart(s):\none:\n"


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    (tmp_path / "chart").mkdir()
    schema = {
        "properties": {"replicas": {}, "list": {"items": {"$ref": "#/$defs/entry"}}},
        "$defs": {"entry": {"properties": {"name": {}, "size": {}}}},
    }
    (tmp_path / "chart/values.schema.json").write_text(json.dumps(schema))
    (tmp_path / "chart/values.yaml").write_text("replicas: 1\nlist:\n  - {}\nreplcas: 2\n")
    (tmp_path / "apps").mkdir()
    (tmp_path / "apps/kustomization.yaml").write_text("resources: []\n")
    return Repository(tmp_path, tmp_path, tmp_path / "scratch")


@pytest.mark.parametrize(
    ("said", "cause"),
    [
        (
            f"{SCHEMA}- at '': additional properties 'replicass' not allowed",
            Cause("is not a value of the chart", None, ("spec", "values", "replicass"), ("list", "replicas")),
        ),
        (
            f"{SCHEMA}- at '/list/0': additional properties 'nam' not allowed",
            Cause(
                "is not a value of the chart", None, ("spec", "values", "list", 0, "nam"), ("name", "size")
            ),
        ),
        (
            f"{SCHEMA}- at '': additional properties 'replcas' not allowed",
            Cause(
                "replcas is not a value of the chart",
                Place("chart/values.yaml", 4),
                ("replcas",),
                ("list", "replicas"),
            ),
        ),
        (
            f"{SCHEMA}- at '/replicass': got string, want integer",
            Cause("got string, want integer", None, ("spec", "values", "replicass")),
        ),
        (
            "Error: parse error at (one/templates/x.yaml:12): unclosed action\nUse --debug flag",
            Cause("unclosed action", Place("chart/templates/x.yaml", 12)),
        ),
        (
            "Error: template: one/templates/x.yaml:1:3: executing"
            ' "one/templates/x.yaml" at <include "f" .>: error calling include: template:'
            ' one/charts/two/templates/_f.tpl:5:10: executing "f" at <.Values.a.b>: nil pointer',
            Cause("at <.Values.a.b>: nil pointer", Place("chart/charts/two/templates/_f.tpl", 5)),
        ),
        ("Error: something else\nUse --debug flag to render out invalid YAML", Cause("something else")),
    ],
)
def test_helm(repository: Repository, said: str, cause: Cause) -> None:
    values = {"replicass": 1, "list": [{"nam": 1}]}
    why = of_helm(ToolError(said), "chart", values, ["chart/values.yaml"], repository)
    assert why.causes == (cause,)


def test_each_wrong_value_is_a_cause(repository: Repository) -> None:
    said = f"{SCHEMA}- at '': additional properties 'a', 'b' not allowed\n- at '/c': got null, want string"
    why = of_helm(ToolError(said), "chart", {}, [], repository)
    assert [cause.field[2:] for cause in why.causes] == [("a",), ("b",), ("c",)]


def test_kustomize_is_asked_for_its_innermost_sentence(repository: Repository) -> None:
    root = repository.root
    said = (
        f"error: accumulating resources: accumulation err='from '../../{root.name}/x': "
        f"is a directory': recursed accumulation of path '{root}/apps': no such thing {root}/y.yaml"
    )
    why = of_kustomize(ToolError(said), {}, repository)
    assert why.causes == (Cause("no such thing y.yaml", Place("apps/kustomization.yaml", 0)),)


def test_a_file_that_kustomize_fails_over_is_named(repository: Repository) -> None:
    (repository.root / "broken.yaml").write_text("a: 1\n b: : 2\n")
    (repository.root / "script.sh").write_text("a: b: c\n")
    (repository.root / "empty").mkdir()
    where = Place("apps/kustomization.yaml", 1)
    named = {
        "broken.yaml": Named(where),
        "script.sh": Named(where, yaml=False),
        "gone.yaml": Named(where),
        "- op: add": Named(where, inline=True),
        "empty": Named(where, folder=True),
    }
    broken, gone, empty = of_kustomize(ToolError("it says no"), named, repository).causes
    assert (broken.place, broken.message[:26]) == (Place("broken.yaml", 2), "the file cannot be parsed:")
    assert gone == Cause("gone.yaml does not exist", where, missing="gone.yaml")
    assert empty == Cause("empty has no kustomization.yaml", where)
