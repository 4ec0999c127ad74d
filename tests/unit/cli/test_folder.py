"""Which repository a command is about."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import pytest
import typer
from click.testing import Result
from typer.testing import CliRunner

from platformctl.cli import complete
from platformctl.cli.options import ClusterOption, ContextOption, RepositoryArgument
from platformctl.errors import ConfigError

app = typer.Typer()


@app.command()
def look(folder: RepositoryArgument = Path(), cluster: ClusterOption = None) -> None:
    typer.echo(str(folder))


@app.command()
def render(folder: RepositoryArgument = Path(), context: ContextOption = None) -> None:
    typer.echo(str(folder))


@app.command()
def repair(
    name: Annotated[str, typer.Argument(autocompletion=complete.models)], folder: RepositoryArgument = Path()
) -> None:
    pass


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository in another Git repository, with a submodule."""
    root = tmp_path / "root"
    for folder in ("clusters/prod/chat", "clusters/base/chat", "components/api", ".git"):
        (root / folder).mkdir(parents=True)
    (root / "components/api/.git").write_text("gitdir: elsewhere")
    text = "clusters: {prod: {}, stage: {}}\nmodels: {'gemma3:1b': {}}\n"
    (root / "platform.yaml").write_text(text)
    monkeypatch.chdir(root)
    return root


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def fix_of(result: Result) -> str:
    assert isinstance(result.exception, ConfigError), result.output
    return str(result.exception.fix)


def test_at_the_root_nothing_is_said(root: Path) -> None:
    assert run("look").output == ".\n"


@pytest.mark.parametrize("below", ["clusters/prod", "components/api", "components"])
def test_below_the_root_it_is_found_and_named(
    root: Path, below: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(root / below)
    done = run("look")
    assert done.stdout == f"{root}\n"
    assert done.stderr == f"note: in {root}, the repository that this folder lies in\n"


def test_a_repository_without_platform_yaml_is_found_by_its_clusters(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (root / "platform.yaml").unlink()
    monkeypatch.chdir(root / "clusters/prod")
    assert run("look").stdout == f"{root}\n"


def test_another_repository_inside_is_one_of_its_own(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (root / "other/.git").mkdir(parents=True)
    monkeypatch.chdir(root / "other")
    assert run("look").output == ".\n"


def test_the_folder_of_one_cluster_is_no_repository(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done = run("look", "clusters/prod")
    assert fix_of(done).endswith("look --cluster prod")
    assert "clusters/prod is the folder of one cluster" in str(done.exception)
    monkeypatch.chdir(root.parent)
    assert f"-C {root}" in fix_of(run("look", "root/clusters/prod"))
    assert "--cluster" not in fix_of(run("render", "root/clusters/prod"))


def test_a_cluster_is_not_given_as_a_folder(root: Path) -> None:
    done = run("look", "prod")
    assert "there is no folder prod" in str(done.exception)
    assert fix_of(done).endswith("look --cluster prod")


def test_a_folder_that_is_not_there_is_named(root: Path) -> None:
    assert str(run("look", "nowhere").exception) == "there is no folder nowhere"
    assert run("look", "platform.yaml").stdout == ".\n"
    (root / "notes").write_text("")
    assert str(run("look", "notes").exception) == "notes is a file"


def offered(arguments: str) -> list[str]:
    words = f"root {arguments}"
    settings = {"_ROOT_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": str(words.count(" "))}
    return CliRunner().invoke(app, [], env=settings, prog_name="root").stdout.split()


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        ("look --cluster ", ["prod", "stage"]),
        ("look --cluster s", ["stage"]),
        ("repair gem", ["gemma3:1b"]),
        ("render --context ", ["one", "two"]),
    ],
)
def test_the_shell_completes_names(
    root: Path, arguments: str, names: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (root / "kubeconfig").write_text(
        "clusters: [{name: a, cluster: {server: 'https://a'}}]\n"
        "contexts: [{name: one, context: {cluster: a}}, {name: two, context: {cluster: a}}]\n"
    )
    monkeypatch.setenv("KUBECONFIG", str(root / "kubeconfig"))
    assert offered(arguments) == names


def test_clusters_are_completed_from_their_folders_too(root: Path) -> None:
    (root / "platform.yaml").write_text("clusters: [")
    assert offered("look --cluster ") == ["prod"]


def test_completion_never_fails(root: Path) -> None:
    (root / "platform.yaml").write_bytes(b"\xff")
    assert offered("repair g") == []
