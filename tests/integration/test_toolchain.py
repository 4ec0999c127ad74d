"""The small parts of the real lock, from the real registries, into an empty cache."""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
from pathlib import Path

import pytest

from platformctl.errors import StepFailed
from platformctl.local.toolchain import Lock, Toolchain
from platformctl.local.toolchain.lock import LOCK, ManifestsPart
from platformctl.steps import Silent

CHARTS = ("istio-charts", "cert-manager-chart")


def output(*command: str | Path) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


@pytest.fixture(scope="module")
def toolchain(tmp_path_factory: pytest.TempPathFactory) -> Toolchain:
    tools = Toolchain(tmp_path_factory.mktemp("cache"))
    tools.ensure(Silent(), ["flux-manifests", "helm", "pause", *CHARTS])
    return tools


def test_programs_from_npm_run(toolchain: Toolchain) -> None:
    assert "v1.34." in output(toolchain.binary("kubectl"), "version", "--client")
    assert output(toolchain.binary("helm"), "version", "--short").startswith("v4.")


def test_pause_is_static_and_says_its_version(toolchain: Toolchain) -> None:
    assert output(toolchain.binary("pause"), "-v").strip() == "pause.c 3.10"
    assert program_headers(toolchain.binary("pause")).isdisjoint({PT_DYNAMIC, PT_INTERP})


PT_DYNAMIC, PT_INTERP = 2, 3


def program_headers(path: Path) -> set[int]:
    """The types of an ELF file's program headers, 64 bits; elf(5)."""
    image = path.read_bytes()
    (start,) = struct.unpack_from("<Q", image, 32)
    size, count = struct.unpack_from("<HH", image, 54)
    return {struct.unpack_from("<I", image, start + index * size)[0] for index in range(count)}


def test_a_dynamic_program_would_be_seen() -> None:
    assert PT_INTERP in program_headers(Path("/bin/sleep"))


def test_the_manifests_name_the_controllers_that_are_built(toolchain: Toolchain) -> None:
    part = Lock.read().by_name["flux-manifests"]
    assert isinstance(part, ManifestsPart)
    folder = toolchain.folder("flux-manifests")
    for controller in part.controllers:
        name = controller.module.rpartition("/")[2]
        text = (folder / f"{name}.yaml").read_text()
        assert f"image: ghcr.io/fluxcd/{name}:{controller.version}\n" in text
        assert "kind: CustomResourceDefinition" in text
    assert {path.name for path in folder.iterdir()} >= {"rbac.yaml", "policies.yaml"}


def test_nothing_is_left_to_do(toolchain: Toolchain) -> None:
    assert toolchain.missing(["flux-manifests", "helm", "pause"]) == []


def test_upstream_charts_are_as_their_projects_have_them(toolchain: Toolchain) -> None:
    assert toolchain.missing(CHARTS) == []
    istio = toolchain.folder("istio-charts")
    for chart in ("base", "istio-control/istio-discovery", "gateway"):
        assert (istio / chart / "Chart.yaml").is_file()
    assert "name: cert-manager\n" in (toolchain.folder("cert-manager-chart") / "Chart.yaml").read_text()


def test_keycloak_comes_by_maven_whole(tmp_path: Path) -> None:
    """Of 177 MB; Debian's Maven stays on the machine."""
    if shutil.which("mvn") is None and os.geteuid() != 0:
        pytest.skip("Maven is not installed, and only root can")
    tools = Toolchain(tmp_path / "cache")
    tools.ensure(Silent(), ["keycloak"])
    home = tools.folder("keycloak")
    assert (home / "version.txt").read_text().strip().endswith("26.7.3")
    assert os.access(home / "bin/kc.sh", os.X_OK)
    assert [path.name for path in home.parent.iterdir()] == [home.name], "no download stays"


def test_a_module_that_is_not_the_locked_one_is_refused(tmp_path: Path) -> None:
    text = LOCK.read_text()
    digest = Lock.read().by_name["pause"].digest  # type: ignore[union-attr]
    wrong = tmp_path / "parts.lock.yaml"
    wrong.write_text(text.replace(digest, "h1:AAAA="))
    (tmp_path / "go").symlink_to(LOCK.with_name("go"))
    tools = Toolchain(tmp_path / "cache", Lock.read(wrong))
    with pytest.raises(StepFailed, match="the lock says h1:AAAA="):
        tools.ensure(Silent(), ["pause"])
    assert [part.name for part in tools.missing(["pause"])] == ["pause"]
