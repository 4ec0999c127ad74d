"""What a Containerfile is built on, and what its context is."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from platformctl.errors import ConfigError
from platformctl.local.images.containerfile import Built, context_files, named_bases

NGINX = "docker.io/nginxinc/nginx-unprivileged:1.22"


def bases(text: str) -> set[str]:
    return {str(name) for name in named_bases(text)}


def test_stages_and_scratch_are_no_bases() -> None:
    text = (
        "FROM node:24-slim AS build\nRUN x\nFROM build as more\nFROM scratch\n"
        "COPY --from=build /a /a\nCOPY --from=0 /b /b\n"
    )
    assert bases(text) == {"docker.io/library/node:24-slim"}


def test_images_that_are_copied_from_or_mounted_count() -> None:
    text = (
        f"FROM --platform=linux/amd64 {NGINX}\n"
        "COPY --chown=1:1 --from=busybox:1.35 /bin/sh /bin/sh\n"
        "RUN --mount=type=bind,from=ghcr.io/a/b:1,target=/x true\n"
    )
    assert bases(text) == {NGINX, "docker.io/library/busybox:1.35", "ghcr.io/a/b:1"}


def test_a_base_named_by_an_argument_is_its_default() -> None:
    assert bases(f'ARG BASE="{NGINX}"\nFROM ${{BASE}} AS a\nFROM $BASE\n') == {NGINX}


@pytest.fixture
def built(tmp_path: Path) -> Built:
    (tmp_path / "Containerfile").write_text("FROM scratch\n")
    (tmp_path / "app.py").write_text("print(1)\n")
    return Built(tmp_path, tmp_path / "Containerfile")


def test_inputs_follow_content_names_and_executable_bits(built: Built) -> None:
    seen = {built.inputs()}
    (built.context / "app.py").write_text("print(2)\n")
    seen.add(built.inputs())
    (built.context / "app.py").chmod(0o755)
    seen.add(built.inputs())
    (built.context / "app.py").rename(built.context / "main.py")
    seen.add(built.inputs())
    (built.context / "link").symlink_to("main.py")
    seen.add(built.inputs())
    assert len(seen) == 5
    (built.context / "main.py").touch()
    assert built.inputs() in seen


def test_a_folder_that_is_left_out_changes_nothing(built: Built) -> None:
    without = Built(built.context, built.containerfile, left_out=("chart",))
    before = without.inputs()
    (built.context / "chart").mkdir()
    (built.context / "chart/values.yaml").write_text("a: 1\n")
    assert without.inputs() == before
    (built.context / "chart.txt").write_text("")
    assert without.inputs() not in (before, built.inputs())


def test_what_git_ignores_is_not_in_the_context(built: Built) -> None:
    assert context_files(built.context) == ["Containerfile", "app.py"]
    subprocess.run(["git", "init", "-q", built.context], check=True)
    (built.context / ".gitignore").write_text("node_modules/\n")
    (built.context / "node_modules").mkdir()
    (built.context / "node_modules/x.js").write_text("")
    assert context_files(built.context) == [".gitignore", "Containerfile", "app.py"]


def test_a_missing_containerfile_is_named_with_its_likely_cause(tmp_path: Path) -> None:
    built = Built(tmp_path, tmp_path / "Containerfile")
    for asked in (built.bases, built.inputs):
        with pytest.raises(ConfigError, match=r"there is no .*/Containerfile") as caught:
            asked()
        assert "git submodule update --init" in str(caught.value.fix)
