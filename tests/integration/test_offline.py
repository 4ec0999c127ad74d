"""This repository through the real kustomize and Helm, and against the real schemas. Needs no cluster."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from platformctl.build import Build, Object, ObjectId, Programs, build
from platformctl.check import Cluster, Finding, run_checks
from platformctl.check.pods import pods
from platformctl.cli.commands import app
from platformctl.cli.tools import programs, schemas
from platformctl.local.paths import cache_folder
from platformctl.local.toolchain import Toolchain
from platformctl.platform import load
from platformctl.render import difference, write

ROOT = Path(__file__).parents[2]
CLUSTER = "clusters/service"

SYNC = """\
apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {name: flux-system, namespace: flux-system}
spec:
  interval: 1m0s
  ref: {branch: main}
  url: http://10.199.0.1:8081/platform.git
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: flux-system, namespace: flux-system}
spec:
  interval: 10m0s
  path: ./clusters/service
  prune: true
  sourceRef: {kind: GitRepository, name: flux-system}
"""


@pytest.fixture(scope="module")
def tools() -> Programs:
    return programs()


@pytest.fixture(scope="module")
def built(tools: Programs) -> Build:
    return build(ROOT, CLUSTER, tools)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """What a new repository holds, to be changed by a test."""
    for name in ("clusters", "platform.yaml"):
        source = ROOT / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, tmp_path / name)
    for chart in ROOT.glob("components/*/chart"):
        shutil.copytree(chart, tmp_path / chart.relative_to(ROOT))
    return tmp_path


def findings(result: Build) -> list[Finding]:
    return run_checks(Cluster(result, schemas()))


def found(result: Build, kind: str, namespace: str, name: str) -> Object:
    item = result.find(ObjectId(kind, namespace, name))
    assert item is not None, f"{kind} {namespace}/{name} of {[str(each.id) for each in result.objects]}"
    return item


def test_our_own_cluster_has_no_findings(built: Build) -> None:
    assert findings(built) == []
    assert not built.left_out
    assert len(built.of("HelmRelease")) == len(load(ROOT).cluster("service").components)


def test_the_images_are_those_that_the_platform_names(built: Build) -> None:
    """The charts run what platform.yaml and the catalogue say, and nothing else."""
    wanted = {str(image) for image in load(ROOT).cluster("service").images}
    running = {
        str(container["image"])
        for owner in pods(Cluster(built, schemas()))
        for _, container in owner.containers()
    }
    # The helper of local-path is named in a ConfigMap: the provisioner starts its pod.
    helper = {image for image in wanted if "busybox" in image}
    assert running == wanted - helper
    config = found(built, "ConfigMap", "storage", "local-path-config")
    assert all(image in str(config.data["data"]) for image in helper)


def test_what_bootstrap_writes_is_patched(copy: Path, tools: Programs) -> None:
    toolchain = Toolchain(cache_folder())
    flux = copy / CLUSTER / "flux-system"
    (flux / "gotk-sync.yaml").write_text(SYNC)
    manifests = sorted(toolchain.folder("flux-manifests").glob("*-controller.yaml"))
    (flux / "gotk-components.yaml").write_text("---\n".join(file.read_text() for file in manifests))
    result = build(copy, CLUSTER, tools)
    assert not result.problems
    source = result.of("GitRepository")[0]
    assert source.spec["recurseSubmodules"] is True
    assert source.spec["interval"] == "2s"
    arguments: dict[str, list[Any]] = {
        item.name: item.get("spec", "template", "spec", "containers", 0, "args")
        for item in result.of("Deployment")
        if item.name.endswith("-controller")
    }
    for name, words in arguments.items():
        assert ("--requeue-dependency=1s" in words) == (name in {"kustomize-controller", "helm-controller"})
    assert "--feature-gates=CancelHealthCheckOnNewRevision=true" in arguments["kustomize-controller"]


def test_a_change_of_platform_yaml_reaches_the_pods(copy: Path, tools: Programs) -> None:
    file = copy / "platform.yaml"
    file.write_text(
        file.read_text()
        .replace("replicas: {min: 2, max: 4}", "replicas: {min: 3, max: 7}")
        .replace("domain: chat.localhost", "domain: talk.localhost")
    )
    write(copy, difference(copy, load(copy)).changes)
    result = build(copy, CLUSTER, tools)
    (scaler,) = result.of("HorizontalPodAutoscaler")
    assert (scaler.spec["minReplicas"], scaler.spec["maxReplicas"]) == (3, 7)
    ingresses = [ingress for ingress in result.of("Ingress") if ingress.namespace == "chat"]
    hosts = {rule["host"] for ingress in ingresses for rule in ingress.spec["rules"]}
    assert hosts == {"talk.localhost"}


def test_a_value_that_a_chart_refuses_is_found(copy: Path, tools: Programs) -> None:
    values = copy / CLUSTER / "traefik/values.yaml"
    values.write_text(values.read_text().replace("className: traefik", "className: 7"))
    (finding,) = findings(build(copy, CLUSTER, tools))
    assert finding.code == "build/helm"
    assert finding.object == "HelmRelease traefik/traefik"
    assert finding.path == "spec.values.className"
    assert str(finding.place) == "clusters/service/traefik/values.yaml:9"


def test_a_submodule_that_is_not_checked_out_is_named(copy: Path, tools: Programs) -> None:
    shutil.rmtree(copy / "components/chatbot-ui")
    (copy / ".gitmodules").write_text(
        '[submodule "ui"]\n\tpath = components/chatbot-ui\n\turl = https://git.example.com/ui.git\n'
    )
    (finding,) = findings(build(copy, CLUSTER, tools))
    assert finding.code == "build/chart"
    assert "submodule components/chatbot-ui is not checked out" in finding.message
    assert str(finding.place) == "clusters/base/chatbot-ui/release.yaml:10"


def test_validate_and_build_on_the_command_line(copy: Path) -> None:
    runner = CliRunner()
    fine = runner.invoke(app, ["validate", str(copy)])
    assert fine.exit_code == 0, fine.output
    assert "no findings" in fine.stdout
    printed = runner.invoke(app, ["build", str(copy), "--cluster", "service"])
    assert printed.exit_code == 0
    assert "\n# components/traefik/chart/templates/" in printed.stdout
    shutil.rmtree(copy / "components/traefik")
    broken = runner.invoke(app, ["validate", str(copy)])
    assert broken.exit_code == 1
    assert "build/chart" in broken.stdout
    assert runner.invoke(app, ["build", str(copy)]).exit_code == 1


def test_the_real_kustomize_is_not_run_on_what_leads_out(
    copy: Path, tools: Programs, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Once it runs, it reads the file."""
    secret = tmp_path_factory.mktemp("outside") / "secret.env"
    secret.write_text("password=x\n")
    folder = copy / CLUSTER / "chatbot-ui"
    generator = f"secretGenerator:\n  - name: leak\n    envs: [{secret}]\n"
    (folder / "kustomization.yaml").write_text(generator)
    assert "password" in tools.kustomize(folder)
    (finding,) = findings(build(copy, CLUSTER, tools))
    assert finding.code == "build/kustomize"
    assert str(finding.place) == f"{CLUSTER}/chatbot-ui/kustomization.yaml:3"
