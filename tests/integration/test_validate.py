"""``validate`` over mistakes in a repository like ours, through the real kustomize and Helm."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from platformctl.cli.commands import app
from tests import service_only
from tests.integration.test_offline import ROOT, SYNC

FLUX = "clusters/service/flux-system/kustomization.yaml"
Edit = Callable[[str, str, str], None]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """What a new repository holds, to be changed by a test."""
    service_only.put_into(tmp_path)
    for chart in ROOT.glob("components/*/chart"):
        shutil.copytree(chart, tmp_path / chart.relative_to(ROOT))
    return tmp_path


@pytest.fixture
def edit(root: Path) -> Edit:
    def replace(file: str, old: str, new: str) -> None:
        text = (root / file).read_text()
        assert old in text, f"{old!r} is not in {file}"
        (root / file).write_text(text.replace(old, new))

    return replace


def git(folder: Path, *arguments: str) -> None:
    identity = ("-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "protocol.file.allow=always")
    subprocess.run(["git", "-C", str(folder), *identity, *arguments], check=True, capture_output=True)


def as_submodule(root: Path, component: str, upstreams: Path) -> None:
    """Make a component's folder a real submodule."""
    upstream = upstreams / component
    shutil.move(root / "components" / component, upstream)
    git(upstream, "init", "--quiet")
    git(upstream, "add", ".")
    git(upstream, "commit", "--quiet", "-m", "chart")
    git(root, "init", "--quiet")
    git(root, "submodule", "add", str(upstream), f"components/{component}")
    modules = root / ".gitmodules"
    url = f"https://git.example.com/{component}.git"
    modules.write_text(modules.read_text().replace(str(upstream), url))


def found(root: Path, *options: str) -> list[dict[str, Any]]:
    """All findings, of the repository and of its clusters; the exit code must fit them."""
    result = CliRunner().invoke(app, ["validate", str(root), "-o", "json", *options])
    assert result.exit_code in (0, 1), result.output
    report = json.loads(result.stdout)
    findings = report["repository"]["findings"] + [f for each in report["clusters"] for f in each["findings"]]
    assert result.exit_code == any(f["severity"] == "error" or "--strict" in options for f in findings)
    return findings


def told(root: Path, *options: str) -> list[str]:
    return [f"{each['file']}:{each['line']} {each['code']}" for each in found(root, *options)]


@pytest.fixture
def upstreams(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("upstreams")


def test_a_chart_in_a_submodule_is_fine(root: Path, upstreams: Path) -> None:
    as_submodule(root, "chatbot-api", upstreams)
    assert told(root) == []


@pytest.mark.parametrize("sync", [None, "", SYNC])
def test_submodules_that_are_switched_off(root: Path, upstreams: Path, edit: Edit, sync: str | None) -> None:
    as_submodule(root, "chatbot-api", upstreams)
    edit(FLUX, "      - {op: add, path: /spec/recurseSubmodules, value: true}\n", "")
    if sync is not None:
        (root / FLUX).with_name("gotk-components.yaml").write_text("")
        (root / FLUX).with_name("gotk-sync.yaml").write_text(sync)
    (off,) = [each for each in found(root) if each["code"] == "submodule/recurse"]
    assert (off["file"], off["line"]) == (FLUX, 5)
    assert "components/chatbot-api" in off["message"]
    assert "HelmRelease chat/chatbot-api" in off["message"]
    assert "/spec/recurseSubmodules" in off["fix"]


def test_submodules_that_the_next_bootstrap_switches_off(root: Path, upstreams: Path, edit: Edit) -> None:
    as_submodule(root, "chatbot-api", upstreams)
    edit(FLUX, "      - {op: add, path: /spec/recurseSubmodules, value: true}\n", "")
    (root / FLUX).with_name("gotk-components.yaml").write_text("")
    recursing = SYNC.replace("  interval: 1m0s\n", "  interval: 1m0s\n  recurseSubmodules: true\n")
    (root / FLUX).with_name("gotk-sync.yaml").write_text(recursing)
    assert f"{FLUX}:5 submodule/kept" in told(root)


@pytest.mark.parametrize("url", ["../chatbot-api.git", "git@git.example.com:team/chatbot-api.git"])
def test_a_submodule_that_flux_cannot_fetch(root: Path, upstreams: Path, edit: Edit, url: str) -> None:
    as_submodule(root, "chatbot-api", upstreams)
    edit(".gitmodules", "https://git.example.com/chatbot-api.git", url)
    assert told(root) == [".gitmodules:3 submodule/url"]


def test_platform_yaml_against_git(root: Path, upstreams: Path, edit: Edit) -> None:
    as_submodule(root, "chatbot-api", upstreams)
    edit("platform.yaml", "chatbot-api: {version: 0.1.0, submodule: true}", "chatbot-api: {version: 0.1.0}")
    assert told(root) == ["platform.yaml:12 submodule/declared"]


def test_a_stale_file_is_found_at_the_line(root: Path, edit: Edit) -> None:
    edit("platform.yaml", "maxContextMessages: 20", "maxContextMessages: 30")
    assert told(root) == ["clusters/service/chatbot-api/values.yaml:16 render/stale"]


def test_a_wrong_platform_yaml(root: Path, edit: Edit) -> None:
    edit("platform.yaml", "gateway: traefik", "gatway: traefik")
    (wrong,) = found(root)
    assert (wrong["code"], wrong["file"], wrong["line"]) == ("platform/invalid", "platform.yaml", 23)
    assert 'Did you mean "gateway"?' in wrong["message"]


def test_a_repository_without_platform_yaml(root: Path) -> None:
    (root / "platform.yaml").unlink()
    assert told(root) == []


VALUES = "clusters/service/chatbot-api/values.yaml"
CHART = "components/chatbot-api/chart"
TEMPLATE = f"{CHART}/templates/deployment.yaml"


def replaced(old: str, new: str) -> Callable[[str], str | None]:
    return lambda text: text.replace(old, new)


def added(line: str) -> Callable[[str], str | None]:
    return lambda text: f"{text}{line}\n"


def gone(_: str) -> None:
    return None


@pytest.mark.parametrize(
    ("file", "change", "where", "says", "fix"),
    [
        (VALUES, added("  x: : y"), f"{VALUES}:22", "the file cannot be parsed", ""),
        (VALUES, gone, "clusters/service/chatbot-api/kustomization.yaml:5", f"{VALUES} does not exist", ""),
        (
            "clusters/base/ollama/release.yaml",
            gone,
            "clusters/base/ollama/kustomization.yaml:5",
            "clusters/base/ollama/release.yaml does not exist",
            "",
        ),
        (
            "clusters/base/ollama/kustomization.yaml",
            gone,
            "clusters/service/ollama/kustomization.yaml:7",
            "clusters/base/ollama has no kustomization.yaml",
            "",
        ),
        (
            "clusters/service/ollama/kustomization.yaml",
            gone,
            "clusters/service/ollama/kustomization.yaml:0",
            "the file is missing, so Flux takes clusters/service/ollama/values.yaml",
            "",
        ),
        (
            "clusters/service/kustomization.yaml",
            gone,
            "clusters/service/kustomization.yaml:0",
            "applies all that lies in clusters/service",
            "",
        ),
        (
            "clusters/service/kustomizations.yaml",
            lambda _: "# nothing\n",
            "clusters/service/kustomizations.yaml:0",
            "applies nothing",
            "",
        ),
        (
            "clusters/service/ollama/values.yaml",
            replaced("name: ollama", "name: olama"),
            "clusters/service/ollama/kustomization.yaml:0",
            "no resource matches strategic merge patch",
            "",
        ),
        (
            "clusters/base/ollama/kustomization.yaml",
            added("resource: []"),
            "clusters/base/ollama/kustomization.yaml:0",
            'unknown field "resource"',
            "",
        ),
        (
            VALUES,
            replaced("maxContextMessages", "maxContextMesages"),
            f"{VALUES}:16",
            "is not a value of the chart",
            'did you mean "maxContextMessages"?',
        ),
        (
            VALUES,
            replaced("minReplicas", "minReplica"),
            f"{VALUES}:11",
            "is not a value of the chart",
            'did you mean "minReplicas"?',
        ),
        (
            VALUES,
            replaced("maxReplicas: 4", "maxReplicas: x"),
            f"{VALUES}:10",
            "got string, want integer",
            "",
        ),
        (
            f"{CHART}/values.yaml",
            replaced("maxContextMessages:", "maxContextMesages:"),
            f"{CHART}/values.yaml:",
            "is not a value of the chart",
            'did you mean "maxContextMessages"?',
        ),
        (f"{CHART}/values.yaml", added("x: : y"), f"{CHART}/values.yaml:", "cannot be parsed", ""),
        (TEMPLATE, added("{{ .Values.a.b.c }}"), f"{TEMPLATE}:", "nil pointer evaluating", ""),
        (TEMPLATE, added("{{ nosuch 1 }}"), f"{TEMPLATE}:", 'function "nosuch" not defined', ""),
        (TEMPLATE, added('{{ fail "no way" }}'), f"{TEMPLATE}:", "no way", ""),
        (TEMPLATE, added("  : : x: y"), f"{TEMPLATE}:0", "renders something that cannot be parsed", ""),
    ],
)
def test_one_mistake_is_one_finding_where_it_was_made(
    root: Path, file: str, change: Callable[[str], str | None], where: str, says: str, fix: str
) -> None:
    (root / "platform.yaml").unlink()  # else each file that is changed is stale too
    new = change((root / file).read_text())
    (root / file).unlink() if new is None else (root / file).write_text(new)
    (finding,) = found(root)
    place = f"{finding['file']}:{finding['line']}"
    lines = len((root / where.rpartition(":")[0]).read_text().splitlines()) if where.endswith(":") else 0
    assert place == where or (
        where.endswith(":") and place.startswith(where) and 1 < finding["line"] <= lines
    )
    assert says in finding["message"]
    assert not fix or finding["fix"] == fix
    for no in ("--debug", "/tmp/", "platformctl-build", "../view"):
        assert no not in finding["message"]


def test_strict_takes_warnings_for_errors(root: Path, edit: Edit) -> None:
    (root / "platform.yaml").unlink()
    edit("clusters/service/ollama/values.yaml", "className: local-path", "className: fast")
    for options in ((), ("--strict",)):
        (warning,) = found(root, *options)
        assert (warning["code"], warning["severity"]) == ("reference/storage-class", "warning")


def test_what_a_chart_renders_is_found_in_its_template(root: Path, edit: Edit) -> None:
    edit(VALUES, "    maxContextMessages: 20\n", "    resources: {requests: {cpu: 1x}}\n")
    (root / "platform.yaml").unlink()
    (finding,) = found(root)
    assert (finding["code"], finding["file"], finding["line"]) == ("schema/invalid", TEMPLATE, 0)
    assert '"1x"' in finding["message"]
