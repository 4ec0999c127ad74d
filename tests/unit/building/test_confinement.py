"""A repository of a stranger: what leads out of it is refused before kustomize or Helm runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from platformctl.build import BuildProblem
from tests.unit.building.fakes import FakeTools
from tests.unit.building.test_graph import data, kustomization, made, named, put, release, root

__all__ = ["root"]

OUT = "../../../outside"
LIST = {"kind": "List", "items": [{"kind": "SecretGenerator", "envs": [OUT]}]}


def problem(root: Path, *documents: dict[str, Any]) -> BuildProblem:
    """The one problem of a cluster whose other Kustomization is built all the same."""
    put(root, "clusters/c/k.yaml", *documents, kustomization("fine"))
    put(root, "apps/fine/x.yaml", named("ConfigMap", "fine", data={"a": "b"}))
    result = made(root)
    assert data(result, "fine") == {"a": "b"}
    (found,) = result.problems
    return found


def written(root: Path, text: str) -> BuildProblem:
    """The problem of a Kustomization with this kustomization.yaml."""
    put(root, "apps/bad/x.yaml", named("ConfigMap", "x"))
    (root / "apps/bad/kustomization.yaml").write_text(text)
    return problem(root, kustomization("bad"))


@pytest.mark.parametrize(
    "field",
    [
        {"resources": [OUT]},
        {"bases": [OUT]},
        {"Resources": [OUT]},
        {"components": [OUT]},
        {"configurations": [OUT]},
        {"crds": [OUT]},
        {"resources": ["/etc/hostname"]},
        {"resources": ["x/../../../../etc"]},
        {"patchesStrategicMerge": [OUT]},
        {"patches": [{"path": OUT}]},
        {"patches": [OUT]},
        {"patchesJson6902": [{"path": OUT}]},
        {"replacements": [{"path": OUT}]},
        {"openapi": {"path": OUT}},
        {"configMapGenerator": [{"name": "a", "files": [f"key={OUT}"]}]},
        {"secretGenerator": [{"name": "a", "envs": [OUT]}]},
        {"secretGenerator": [{"name": "a", "env": OUT}]},
        {"generators": [OUT]},
        {"generators": [yaml.safe_dump({"kind": "ConfigMapGenerator", "files": [OUT]})]},
        {"transformers": [yaml.safe_dump({"kind": "PatchTransformer", "path": OUT})]},
        {"validators": [yaml.safe_dump(LIST)]},
        {"patchesStrategicMerge": ["a: x/../../../../../outside"]},
    ],
    ids=lambda field: "-".join(field),
)
def test_a_path_out_of_the_repository_is_refused(root: Path, field: dict[str, Any]) -> None:
    found = written(root, "namePrefix: a-\n" + yaml.safe_dump(field))
    assert found.code == "build/kustomize"
    assert "leads out of the repository, which Flux refuses" in found.message
    assert found.place is not None
    assert found.place.file == "apps/bad/kustomization.yaml"
    assert found.place.line > 1
    assert found.object is not None


def test_the_fields_of_a_plugin_in_a_file_are_read_too(root: Path) -> None:
    put(root, "apps/plugins/one.yaml", {"kind": "ConfigMapGenerator", "name": "a", "files": ["k=/etc/hosts"]})
    found = written(root, "generators: [../plugins/one.yaml]\n")
    assert str(found.place) == "apps/plugins/one.yaml:2"


def test_the_fields_of_plugins_in_a_folder_are_read_too(root: Path) -> None:
    put(root, "apps/plugins/one.yaml", {"kind": "ConfigMapGenerator", "name": "a", "files": ["k=/etc/hosts"]})
    (root / "apps/plugins/kustomization.yaml").write_text("resources: [one.yaml]\n")
    assert str(written(root, "generators: [../plugins]\n").place) == "apps/plugins/one.yaml:2"


def test_a_folder_of_plugins_that_are_changed_is_refused(root: Path) -> None:
    put(root, "apps/plugins/one.yaml", {"kind": "ConfigMapGenerator", "name": "a", "files": ["k=x.yaml"]})
    (root / "apps/plugins/kustomization.yaml").write_text("resources: [one.yaml]\npatches: []\n")
    assert 'changed by "patches"' in written(root, "generators: [../plugins]\n").message


def test_a_base_is_looked_at_like_the_folder_that_names_it(root: Path) -> None:
    (root / "apps/base").mkdir(parents=True)
    (root / "apps/base/kustomization.yaml").write_text("# a base\nresources:\n  - ../../../x.yaml\n")
    assert str(written(root, "resources: [../base]\n").place) == "apps/base/kustomization.yaml:3"


@pytest.mark.parametrize(
    "url",
    [
        "https://git.example.com/team/base//app?ref=v1",
        "HTTP://example.com/x.yaml",
        "git@git.example.com:team/base",
        "github.com/team/base",
        "git::ssh://example.com/a.git",
        "file:///etc",
    ],
)
def test_nothing_is_fetched(root: Path, url: str) -> None:
    found = written(root, f"resources:\n  - x.yaml\n  - {url}\n")
    assert found.code == "build/remote"
    assert "on another host, and nothing is fetched here" in found.message
    assert str(found.place) == "apps/bad/kustomization.yaml:3"


def test_a_link_is_refused_where_it_is_named(root: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    secret = tmp_path_factory.mktemp("outside") / "secret.yaml"
    secret.write_text(yaml.safe_dump(named("ConfigMap", "secret", data={})))
    (root / "apps/bad").mkdir(parents=True)
    (root / "apps/bad/link.yaml").symlink_to(secret)
    found = written(root, "resources: [link.yaml]\n")
    assert '"apps/bad/link.yaml" is a symbolic link, which Flux leaves out' in found.message
    (root / "apps/bad/kustomization.yaml").unlink()
    # Without a kustomization.yaml Flux takes what is there, and in an artifact the link is not.
    result = made(root)
    assert not result.problems
    assert "secret" not in {item.name for item in result.objects}


def test_a_folder_that_is_a_link_is_refused(root: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    (root / "apps").mkdir()
    (root / "apps/bad").symlink_to(tmp_path_factory.mktemp("outside"))
    assert "symbolic link" in problem(root, kustomization("bad")).message


def test_the_paths_of_a_spec_end_at_the_root_as_in_flux(root: Path) -> None:
    put(root, "apps/a/x.yaml", named("ConfigMap", "a", data={}))
    put(root, "clusters/c/k.yaml", kustomization("a", path="../../../../apps/a"))
    assert data(made(root), "a") == {}


def test_a_component_of_a_spec_stays_inside(root: Path) -> None:
    put(root, "apps/a/x.yaml", named("ConfigMap", "a"))
    found = problem(root, kustomization("a", components=["../../../other"]))
    assert "leads out of the repository" in found.message


def test_a_patch_of_a_spec_names_no_file(root: Path) -> None:
    put(root, "apps/a/x.yaml", named("ConfigMap", "a", data={}))
    put(root, "clusters/c/k.yaml", kustomization("a", patches=[{"path": "/etc/hostname", "patch": "{}"}]))
    tools = FakeTools()
    made(root, tools)
    assert [wrapper["patches"] for wrapper in tools.wrappers if "patches" in wrapper] == [[{"patch": "{}"}]]


def test_a_chart_with_a_link_is_refused(root: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    secret = tmp_path_factory.mktemp("outside") / "secret"
    secret.write_text("x")
    (root / "charts/one/files").mkdir()
    (root / "charts/one/files/secret").symlink_to(secret)
    found = problem(root, release("r"))
    assert found.code == "build/chart"
    assert '"charts/one/files/secret" is a symbolic link' in found.message


def test_a_chart_and_its_values_end_at_the_root_as_in_flux(root: Path) -> None:
    put(root, "etc/hosts", {"a": 1})
    put(root, "etc/x", {"a": 2})
    one = release("r", "../../charts/one")
    one["spec"]["chart"]["spec"]["valuesFiles"] = ["../../../etc/hosts", "/etc/x"]
    put(root, "clusters/c/k.yaml", one)
    tools = FakeTools()
    made(root, tools)
    (call,) = tools.helm_calls
    assert call[1] == str(root / "charts/one")
    files = [call[index + 1] for index, word in enumerate(call) if word == "--values"]
    assert files[:2] == [str(root / "etc/hosts"), str(root / "etc/x")]


@pytest.mark.parametrize("name", ["--set-file=a=/etc/hostname", "-f", "A", "a" * 54])
def test_a_release_name_is_no_option_of_helm(root: Path, name: str) -> None:
    found = problem(root, release("r", releaseName=name))
    assert found.code == "build/helm"
    assert "cannot be the name of a release" in found.message
