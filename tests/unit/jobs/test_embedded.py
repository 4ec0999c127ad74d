"""What one cluster is made of: no other cluster's parts."""

from __future__ import annotations

from pathlib import Path

import pytest

from platformctl.errors import ConfigError
from platformctl.jobs.embedded import Embedded
from platformctl.jobs.up import BEFORE_FLUX, Up
from platformctl.local.toolchain import Lock, Toolchain
from platformctl.steps import Silent

ROOT = Path(__file__).parents[3]


@pytest.fixture(autouse=True)
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for variable in ("XDG_CACHE_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(variable, str(tmp_path / variable))
    return tmp_path


def parts(name: str) -> set[str]:
    return {part.name for part in Lock.read().closure(Embedded.of(ROOT, name).tools())}


def test_a_cluster_is_made_of_its_node_its_components_and_its_models() -> None:
    found = parts("service")
    assert {"node-packages", "image-packages", "etcd", "kubelet", "kubectl", "flux"} <= found
    assert {"traefik", "metrics-server", "local-path-provisioner", "ollama", "gemma3-270m"} <= found
    assert {"source-controller", "coredns", "pause", "node"} <= found
    assert "kubernetes-openapi" in found, "validate works without a network afterwards"


def test_two_clusters_build_what_is_common_once_and_each_its_own() -> None:
    service, local = parts("service"), parts("local")
    assert service - local == {"traefik"}
    assert local - service == {
        *("pilot-discovery", "pilot-agent", "envoy", "istio-charts", "istio-bootstrap"),
        *("cert-manager-webhook", "cert-manager-controller", "cert-manager-cainjector", "cert-manager-chart"),
        *("external-dns", "oauth2-proxy", "keycloak", "java-packages", "sops", "age-keygen"),
    }
    assert service | local == set(Lock.read().by_name), "no part is there for nothing"


def test_a_cluster_without_a_gateway_of_its_own_builds_no_traefik(
    folders: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    embedded = Embedded.of(ROOT, "service")
    less = tuple(one for one in embedded.cluster.components if one.name != "traefik")
    monkeypatch.setitem(vars(embedded.cluster), "components", less)
    assert "traefik" not in embedded.tools() and "ollama" in embedded.tools()


def test_an_upstream_chart_is_served_and_its_source_is_part_of_the_cluster(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert "istio-charts" not in Embedded.of(ROOT, "service").tools()
    embedded = Embedded.of(ROOT, "local")
    monkeypatch.setitem(vars(embedded.cluster), "components", (embedded.cluster.component("istio-base"),))
    monkeypatch.setitem(vars(embedded.cluster), "login", None)
    assert {"istio-charts", "helm"} <= embedded.images().tools() <= embedded.tools()


def test_up_builds_what_the_cluster_is_made_of_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    job = Up.of(ROOT, "service")
    assert {part.name for part in job.to_build} <= parts("service")
    asked: list[object] = []
    monkeypatch.setattr(Toolchain, "ensure", lambda *arguments: asked.append(arguments[2]) or "")
    next(step for step in BEFORE_FLUX if step.name == "toolchain").run(job, Silent())
    assert asked == [job.embedded.tools()]


def test_a_version_that_cannot_be_built_here_is_told_before_anything_is_built(folders: Path) -> None:
    text = (ROOT / "platform.yaml").read_text()
    old = "  chatbot-ui: {version: 0.1.0, submodule: true}\n"
    assert old in text
    (folders / "platform.yaml").write_text(text.replace(old, f"{old}  traefik: {{version: v9.9.9}}\n"))
    with pytest.raises(ConfigError, match=r"stands in for the image docker\.io/library/traefik:v9\.9\.9"):
        Embedded.of(folders, "service").images()
