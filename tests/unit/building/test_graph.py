"""Following the graph: what is built, in which order, with what, and what is left out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from platformctl.build import Build, ObjectId, build
from tests.unit.building.fakes import FakeTools

FLUX = "kustomize.toolkit.fluxcd.io/v1"
SOURCE = {"kind": "GitRepository", "name": "flux-system"}


def put(root: Path, path: str, *documents: dict[str, Any]) -> None:
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(yaml.safe_dump_all(documents))


def named(kind: str, name: str, namespace: str = "n", api: str = "v1", **content: Any) -> dict[str, Any]:
    return {"apiVersion": api, "kind": kind, "metadata": {"name": name, "namespace": namespace}, **content}


def kustomization(name: str, **spec: Any) -> dict[str, Any]:
    spec = {"path": f"./apps/{name}", "sourceRef": SOURCE, **spec}
    return named("Kustomization", name, "flux-system", FLUX, spec=spec)


def release(name: str, chart: str = "./charts/one", **spec: Any) -> dict[str, Any]:
    source = {**SOURCE, "namespace": "flux-system"}
    spec = {"chart": {"spec": {"chart": chart, "sourceRef": source}}, **spec}
    return named("HelmRelease", name, api="helm.toolkit.fluxcd.io/v2", spec=spec)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "charts/one").mkdir(parents=True)
    (tmp_path / "charts/one/Chart.yaml").write_text("name: one\n")
    rendered = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "rendered"}}
    put(tmp_path, "charts/one/templates/all.yaml", rendered)
    return tmp_path


def made(root: Path, tools: FakeTools | None = None) -> Build:
    return build(root, "clusters/c", tools or FakeTools())


def data(result: Build, name: str) -> Any:
    found = result.find(ObjectId("ConfigMap", "n", name))
    assert found is not None, result.problems
    return found.data["data"]


def test_objects_carry_their_origin(root: Path) -> None:
    put(root, "clusters/c/apps.yaml", kustomization("a"))
    put(root, "apps/a/app.yaml", release("r"))
    result = made(root)
    assert [(str(item.id), str(item.origin)) for item in result.objects] == [
        ("Kustomization flux-system/a", "clusters/c/apps.yaml"),
        ("HelmRelease n/r", "apps/a/app.yaml (Kustomization flux-system/a)"),
        (
            "ConfigMap n/rendered",
            "charts/one/templates/all.yaml (Kustomization flux-system/a, HelmRelease n/r)",
        ),
    ]
    assert all("annotations" not in item.metadata for item in result.objects)
    assert not result.problems


def test_a_folder_without_kustomization_is_read_whole_like_flux_reads_it(root: Path) -> None:
    put(root, "clusters/c/x/one.yaml", named("ConfigMap", "one"))
    put(root, "clusters/c/y/kustomization.yaml", {"resources": ["two.yaml"]})
    put(root, "clusters/c/y/two.yaml", named("ConfigMap", "two"))
    put(root, "clusters/c/y/unlisted.yaml", named("ConfigMap", "unlisted"))
    put(root, "clusters/c/values.yaml", {"replicas": 1})
    put(root, "clusters/c/.hidden/three.yaml", named("ConfigMap", "three"))
    assert sorted(item.name for item in made(root).objects) == ["one", "two"]


def test_bootstrap_files_that_are_listed_and_missing_are_empty(root: Path) -> None:
    listed = {"resources": ["gotk-components.yaml", "gotk-sync.yaml"]}
    put(root, "clusters/c/flux-system/kustomization.yaml", listed)
    put(root, "clusters/c/kustomization.yaml", {"resources": ["flux-system", "x.yaml"]})
    put(root, "clusters/c/x.yaml", named("ConfigMap", "x"))
    before = sorted(root.rglob("*"))
    result = made(root)
    assert [item.origin.file for item in result.objects] == ["clusters/c/x.yaml"]
    assert not result.problems
    assert "will be written by bootstrap" in result.notes[0]
    assert sorted(root.rglob("*")) == before


def test_what_bootstrap_wrote_decides_how_the_root_is_built(root: Path) -> None:
    sync = kustomization("flux-system", path="./clusters/c", postBuild={"substitute": {"A": "1"}})
    put(root, "clusters/c/flux-system/gotk-sync.yaml", sync)
    put(root, "clusters/c/x.yaml", named("ConfigMap", "x", data={"a": "a${A}"}))
    result = made(root)
    assert data(result, "x") == {"a": "a1"}
    assert len(result.of("Kustomization")) == 1


def test_variables_come_from_other_kustomizations_whatever_the_order(root: Path) -> None:
    post_build = {
        "substituteFrom": [{"kind": "ConfigMap", "name": "vars"}, {"kind": "Secret", "name": "vars"}],
        "substitute": {"INLINE": "i"},
    }
    put(root, "clusters/c/k.yaml", kustomization("a", postBuild=post_build), kustomization("z"))
    text = "${FROM_MAP} ${FROM_SECRET} ${INLINE} ${BOTH} ${NOBODY} ${DEFAULT:=d}"
    put(root, "apps/a/x.yaml", named("ConfigMap", "x", data={"text": text}))
    put(
        root,
        "apps/z/vars.yaml",
        named("ConfigMap", "vars", "flux-system", data={"FROM_MAP": "m\n", "BOTH": "m"}),
        named("Secret", "vars", "flux-system", stringData={"FROM_SECRET": "s", "BOTH": "s"}),
    )
    result = made(root)
    assert data(result, "x") == {"text": "m s i s  d"}
    assert [(found.name, found.object.name) for found in result.undefined] == [("NOBODY", "x")]


def test_a_substituted_value_gets_its_type_from_yaml(root: Path) -> None:
    put(root, "clusters/c/k.yaml", kustomization("a", postBuild={"substitute": {"PORT": "80"}}))
    put(root, "apps/a/x.yaml", named("ConfigMap", "x", data={"bare": "${PORT}", "joined": "p${PORT}"}))
    assert data(made(root), "x") == {"bare": 80, "joined": "p80"}


def test_without_a_variable_nothing_is_substituted(root: Path) -> None:
    put(root, "clusters/c/k.yaml", kustomization("a"))
    put(root, "apps/a/x.yaml", named("ConfigMap", "x", data={"a": "${A:=1} $$"}))
    assert data(made(root), "x") == {"a": "${A:=1} $$"}


def test_an_object_may_refuse_substitution(root: Path) -> None:
    put(root, "clusters/c/k.yaml", kustomization("a", postBuild={"substitute": {"A": "1"}}))
    item = named("ConfigMap", "x", data={"a": "${A}"})
    item["metadata"]["annotations"] = {"kustomize.toolkit.fluxcd.io/substitute": "disabled"}
    put(root, "apps/a/x.yaml", item)
    assert data(made(root), "x") == {"a": "${A}"}


def test_variables_from_nowhere_are_not_made_up(root: Path) -> None:
    post_build = {
        "substituteFrom": [{"kind": "Secret", "name": "by-hand"}],
        "substitute": {"A": "1"},
    }
    put(root, "clusters/c/k.yaml", kustomization("a", postBuild=post_build))
    put(root, "apps/a/x.yaml", named("ConfigMap", "x", data={"a": "${A} ${B}"}))
    result = made(root)
    assert data(result, "x") == {"a": "${A} ${B}"}
    assert "Secret flux-system/by-hand, which is not in the repository" in result.notes[0]
    assert not result.undefined


def test_optional_variables_may_be_nowhere(root: Path) -> None:
    post_build = {
        "substituteFrom": [{"kind": "Secret", "name": "by-hand", "optional": True}],
        "substitute": {"A": "1"},
    }
    put(root, "clusters/c/k.yaml", kustomization("a", postBuild=post_build))
    put(root, "apps/a/x.yaml", named("ConfigMap", "x", data={"a": "${A}${B}"}))
    assert data(made(root), "x") == {"a": 1}


def test_the_spec_of_a_kustomization_reaches_kustomize(root: Path) -> None:
    spec = {
        "targetNamespace": "t",
        "namePrefix": "p-",
        "images": [{"name": "a", "newTag": "1"}],
        "patches": [{"patch": "x", "target": {"kind": "Deployment"}}],
        "components": ["../extra"],
        "commonMetadata": {"labels": {"l": "1"}},
    }
    put(root, "clusters/c/k.yaml", kustomization("a", **spec))
    put(root, "apps/a/kustomization.yaml", {"resources": []})
    tools = FakeTools()
    made(root, tools)
    wrapper = tools.wrappers[1]
    assert wrapper["namespace"] == "t"
    assert wrapper["namePrefix"] == "p-"
    assert wrapper["images"] == spec["images"]
    assert wrapper["patches"] == spec["patches"]
    assert wrapper["labels"] == [{"pairs": {"l": "1"}}]
    assert wrapper["components"][0].endswith("/apps/extra")


def test_a_release_gets_its_values_and_its_names(root: Path) -> None:
    spec = {
        "targetNamespace": "t",
        "values": {"a": 2},
        "valuesFrom": [{"kind": "ConfigMap", "name": "v"}],
        "install": {"crds": "Skip"},
    }
    put(root, "clusters/c/k.yaml", release("r", **spec))
    put(root, "clusters/c/v.yaml", named("ConfigMap", "v", data={"values.yaml": "a: 1\nb: 1\n"}))
    tools = FakeTools()
    result = made(root, tools)
    (call,) = tools.helm_calls
    assert call[0] == "t-r"
    assert call[1] == str(root.resolve() / "charts/one")
    assert call[call.index("--namespace") + 1] == "t"
    assert "--include-crds" not in call
    found = result.find(ObjectId("ConfigMap", "t", "rendered"))
    assert found is not None
    assert json.loads(found.data["data"]["values"]) == {"a": 2, "b": 1}


def test_values_files_stand_before_the_values(root: Path) -> None:
    item = release("r", releaseName="named")
    item["spec"]["chart"]["spec"]["valuesFiles"] = ["charts/one/prod.yaml"]
    put(root, "clusters/c/k.yaml", item)
    put(root, "charts/one/prod.yaml", {})
    tools = FakeTools()
    made(root, tools)
    (call,) = tools.helm_calls
    assert call[0] == "named"
    files = [call[index + 1] for index, word in enumerate(call) if word == "--values"]
    assert files[0] == str(root.resolve() / "charts/one/prod.yaml")
    assert len(files) == 2


@pytest.mark.parametrize(
    ("item", "why"),
    [
        (kustomization("a", suspend=True), "is suspended"),
        (kustomization("a", kubeConfig={"secretRef": {"name": "x"}}), "goes to another cluster"),
        (
            kustomization("a", sourceRef={"kind": "GitRepository", "name": "other"}),
            "reads another repository",
        ),
        (kustomization("a", sourceRef={"kind": "ExternalArtifact", "name": "x"}), "reads another repository"),
        (release("r", suspend=True), "is suspended"),
        (
            named(
                "HelmRelease",
                "r",
                api="helm.toolkit.fluxcd.io/v2",
                spec={
                    "chart": {"spec": {"chart": "x", "sourceRef": {"kind": "HelmRepository", "name": "h"}}}
                },
            ),
            "the chart comes from HelmRepository h",
        ),
        (
            named(
                "HelmRelease",
                "r",
                api="helm.toolkit.fluxcd.io/v2",
                spec={"chartRef": {"kind": "OCIRepository", "name": "o"}},
            ),
            "the chart comes from OCIRepository n/o",
        ),
    ],
)
def test_what_is_left_out_is_said(root: Path, item: dict[str, Any], why: str) -> None:
    other = named("GitRepository", "other", "flux-system", spec={"url": "https://elsewhere/x"})
    put(root, "clusters/c/k.yaml", item, other)
    put(root, "apps/a/x.yaml", named("ConfigMap", "x"))
    result = made(root)
    assert [found.name for found in result.left_out] == [item["metadata"]["name"]]
    assert why in result.notes[0]
    assert not result.of("ConfigMap")


def test_a_second_source_with_the_same_url_is_this_repository(root: Path) -> None:
    sources = [
        named("GitRepository", name, "flux-system", spec={"url": "https://here/x"})
        for name in ("flux-system", "again")
    ]
    item = kustomization("a", sourceRef={"kind": "GitRepository", "name": "again"})
    put(root, "clusters/c/k.yaml", item, *sources)
    put(root, "apps/a/x.yaml", named("ConfigMap", "x", data={}))
    assert data(made(root), "x") == {}


@pytest.mark.parametrize(
    ("documents", "code", "why"),
    [
        ([kustomization("gone")], "build/kustomize", "there is no folder apps/gone"),
        ([kustomization("broken")], "build/kustomize", "accumulating resources"),
        (
            [kustomization("script", postBuild={"substitute": {"A": "1"}})],
            "build/substitution",
            "apps/script/x.yaml: missing closing brace",
        ),
        (
            [kustomization("fine", postBuild={"substitute": {"a-b": "1"}})],
            "build/substitution",
            '"a-b" cannot be the name of a variable',
        ),
        ([release("r", chart="./charts/gone")], "build/chart", "there is no chart in charts/gone"),
        (
            [release("r", chart="./modules/ui/chart")],
            "build/chart",
            "the submodule modules/ui is not checked out",
        ),
        ([release("r", values={"broken": 1})], "build/helm", "broken: true"),
        (
            [
                release("r", valuesFrom=[{"kind": "ConfigMap", "name": "v"}]),
                named("ConfigMap", "v", data={"x": "1"}),
            ],
            "build/values",
            'has no key "values.yaml"',
        ),
    ],
)
def test_what_flux_would_fail_on_is_a_problem(
    root: Path, documents: list[dict[str, Any]], code: str, why: str
) -> None:
    put(root, "clusters/c/k.yaml", *documents, kustomization("fine2"))
    put(root, "apps/broken/x.yaml", {"kind": "Broken", "metadata": {}})
    put(root, "apps/script/x.yaml", named("ConfigMap", "s", data={"s": "${A-1}"}))
    put(root, "apps/fine/x.yaml", named("ConfigMap", "f"))
    put(root, "apps/fine2/x.yaml", named("ConfigMap", "fine2", data={}))
    (root / ".gitmodules").write_text('[submodule "ui"]\n\tpath = modules/ui\n\turl = ../ui.git\n')
    result = made(root)
    (problem,) = result.problems
    assert problem.code == code
    assert why in problem.message
    assert problem.object is not None
    assert data(result, "fine2") == {}


def test_kustomizations_that_releases_make_are_followed(root: Path) -> None:
    rendered = kustomization("late")
    del rendered["metadata"]["namespace"]
    put(root, "charts/one/templates/all.yaml", rendered)
    put(root, "clusters/c/k.yaml", release("r"))
    put(root, "apps/late/x.yaml", named("ConfigMap", "late", data={}))
    assert data(made(root), "late") == {}


def test_what_sops_adds_to_an_object_is_not_part_of_it(root: Path) -> None:
    metadata = {"age": [{"recipient": "age1x"}], "mac": "ENC[m]"}
    secret = named("Secret", "s", stringData={"a": "ENC[${A}]"}, sops=metadata)
    put(
        root,
        "clusters/c/apps.yaml",
        kustomization("a"),
        kustomization("b", postBuild={"substitute": {"A": "1"}}),
    )
    put(root, "apps/a/secret.yaml", secret)
    put(root, "apps/b/secret.yaml", secret, named("ConfigMap", "c", sops={"no": "metadata"}))
    result = made(root)
    assert [list(item.data) for item in result.of("Secret")] == [[*secret][:-1]] * 2
    assert [item.get("stringData", "a") for item in result.of("Secret")] == ["ENC[${A}]", "ENC[1]"]
    assert "sops" in result.of("ConfigMap")[0].data
