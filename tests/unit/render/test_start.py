"""A new platform repository."""

from __future__ import annotations

from pathlib import Path

import pytest

from platformctl.errors import ConfigError
from platformctl.platform import PlatformFileError, load
from platformctl.render import Answers, difference, start


def test_a_new_repository_is_complete_and_current(tmp_path: Path) -> None:
    folder = tmp_path / "new"
    platform = start(folder, Answers(name="team", models=("gemma3:270m", "qwen3:0.6b")))
    assert load(folder).name == "team"
    assert not difference(folder, load(folder)).changes
    for component in platform.components:
        assert (folder / f"components/{component.name}/chart/Chart.yaml").is_file()


def test_an_embedded_cluster_gets_what_its_images_are_built_from(tmp_path: Path) -> None:
    start(tmp_path, Answers())
    for folder in ("chatbot-api", "chatbot-ui", "ollama/models"):
        assert (tmp_path / "components" / folder / "Containerfile").is_file()
    names = {path.name for path in tmp_path.rglob("*")}
    assert not names & {"node_modules", "dist", "__pycache__"}


def test_one_for_an_existing_cluster(tmp_path: Path) -> None:
    answers = Answers(target="existing", domain="chat.example.com", storage_class="standard")
    platform = start(tmp_path, answers)
    assert platform.cluster().embedded is None
    assert not (tmp_path / "components/local-path-provisioner").exists()
    assert not (tmp_path / "components/chatbot-api/src").exists()


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "notes").write_text("mine")
    with pytest.raises(ConfigError, match="is not empty"):
        start(tmp_path, Answers())
    assert [path.name for path in tmp_path.iterdir()] == ["notes"]


def test_answers_that_make_no_platform_write_nothing(tmp_path: Path) -> None:
    with pytest.raises(PlatformFileError, match="local-path"):
        start(tmp_path / "new", Answers(storage_class="standard"))
    assert not (tmp_path / "new").exists()
