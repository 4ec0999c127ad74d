"""What ``up`` knows before it starts, and what it shares with what is rendered."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from types import SimpleNamespace

import pytest

from platformctl import platform, render
from platformctl.errors import ConfigError
from platformctl.jobs.embedded import Embedded
from platformctl.jobs.secrets import SecretStore
from platformctl.jobs.up import BEFORE_FLUX, Up
from platformctl.steps import Silent
from tests import service_only
from tests.unit.secrets.open_sops import OpenSops

ROOT = Path(__file__).parents[3]


@pytest.fixture
def job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Up:
    for variable in ("XDG_CACHE_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(variable, str(tmp_path / variable))
    return Up.of(ROOT, "service")


def test_an_empty_cache_has_all_to_build(job: Up) -> None:
    assert "kube-apiserver" in [part.name for part in job.to_build]
    assert job.minutes_to_build == sum(part.seconds for part in job.to_build) / 60 > 1


def test_the_toolchain_is_looked_at_once(job: Up) -> None:
    toolchain = next(step for step in BEFORE_FLUX if step.name == "toolchain")
    assert toolchain.done(job) is None
    assert toolchain.done(dataclasses.replace(job, to_build=[])) == "all there"


def test_flux_is_told_the_interval_that_is_rendered(job: Up, tmp_path: Path) -> None:
    toolchain = SimpleNamespace(binary=lambda name: tmp_path / name)
    embedded = dataclasses.replace(job.embedded, toolchain=toolchain)  # type: ignore[arg-type]
    rendered = render.render(platform.load(ROOT))["clusters/service/flux-system/kustomization.yaml"]
    assert f"path: /spec/interval, value: {embedded.bootstrap_settings().interval}}}" in rendered


def test_a_cluster_that_is_not_embedded_is_not_started_here(tmp_path: Path) -> None:
    text = service_only.text()
    text = text[: text.index("    embedded:")].replace("target: embedded", "target: existing")
    (tmp_path / "platform.yaml").write_text(text)
    with pytest.raises(ConfigError, match="is not started here") as caught:
        Embedded.of(tmp_path, "service")
    assert "platformctl bootstrap --cluster service" in str(caught.value.fix)


def test_secrets_are_made_before_they_are_published_and_only_where_somebody_reads_one(
    job: Up, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [step.name for step in BEFORE_FLUX]
    assert names.index("toolchain") < names.index("secrets") < names.index("git")
    secrets = BEFORE_FLUX[names.index("secrets")]
    assert secrets.done(job) == "none needed"
    local = Up.of(ROOT, "local")
    assert secrets.done(local) is None
    store = SecretStore.of(ROOT, local.embedded.cluster, OpenSops())
    monkeypatch.setattr(Embedded, "secrets", lambda _: store)
    assert secrets.run(local, Silent()) == "6 made"
    assert secrets.run(local, Silent()) == "6 there"
    assert store.key
    assert store.key.parent == local.embedded.paths.state
