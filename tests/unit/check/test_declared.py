"""platform.yaml against what is rendered, and against Git."""

from __future__ import annotations

from pathlib import Path

import pytest

from platformctl.build import Submodule
from platformctl.check import Checkout, Finding, run_checks
from tests import service_only

API = Submodule("components/chatbot-api", "https://git.example.com/api.git", "0" * 40, 3)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    service_only.put_into(tmp_path)
    return tmp_path


def findings(root: Path, *submodules: Submodule) -> list[Finding]:
    return run_checks(Checkout.read(root, submodules))


def replace(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


def told(root: Path, *submodules: Submodule) -> list[str]:
    return [f"{finding.place} {finding.code}" for finding in findings(root, *submodules)]


def test_a_repository_that_is_as_rendered(root: Path) -> None:
    assert told(root) == told(root, API) == []


def test_a_folder_without_platform_yaml(tmp_path: Path) -> None:
    assert told(tmp_path, API) == []


def test_everything_wrong_in_platform_yaml_is_found(root: Path) -> None:
    replace(root / "platform.yaml", "gateway:", "gatway:")
    replace(root / "platform.yaml", "domain: chat.localhost", "domain: Chat")
    first, second = findings(root)
    assert {first.code, second.code} == {"platform/invalid"}
    assert (first.path, second.path) == ("clusters.service.domain", "clusters.service.gatway")
    assert 'Did you mean "gateway"?' in second.message


def test_files_that_are_not_what_is_rendered(root: Path) -> None:
    folder = root / "clusters/service"
    replace(folder / "namespaces.yaml", "restricted", "baseline")
    (folder / "kustomization.yaml").unlink()
    (folder / "old.yaml").write_text((folder / "namespaces.yaml").read_text())
    assert told(root) == [
        "clusters/service/kustomization.yaml render/stale",
        "clusters/service/namespaces.yaml:8 render/stale",
        "clusters/service/old.yaml render/stale",
    ]


def test_a_file_of_another_hand_stands_in_the_way(root: Path) -> None:
    (root / "clusters/service/namespaces.yaml").write_text("mine: true\n")
    (finding,) = findings(root)
    assert (finding.code, str(finding.place)) == ("render/failed", "clusters/service/namespaces.yaml")


def test_a_submodule_that_platform_yaml_does_not_know(root: Path) -> None:
    replace(root / "platform.yaml", "chatbot-api: {version: 0.1.0, submodule: true}", "chatbot-api: {}")
    finding = next(each for each in findings(root, API) if each.code == "submodule/declared")
    assert finding.path == "components.chatbot-api.submodule"
    assert "components/chatbot-api is a submodule in Git" in finding.message


def test_a_folder_that_platform_yaml_calls_a_submodule(root: Path) -> None:
    """`up` makes the submodules of embedded clusters; any other cluster gets what is in Git."""
    (root / ".git").mkdir()
    assert "submodule/declared" not in {each.code for each in findings(root, API)}
    text = (root / "platform.yaml").read_text()
    text = text.replace("target: embedded", "target: existing").replace(
        "className: local-path", "className: x"
    )
    (root / "platform.yaml").write_text(text.replace("    embedded: {httpPort", "    #"))
    wrong = [each for each in findings(root, API) if each.code == "submodule/declared"]
    assert [each.path for each in wrong] == ["components.chatbot-ui.submodule"]
    (root / ".git").rmdir()
    assert "submodule/declared" not in {each.code for each in findings(root, API)}
