"""The proof, with artifacts made here and commits on a real Git server."""

from __future__ import annotations

import gzip
import io
import tarfile
from collections.abc import Mapping

import pytest

from platformctl.errors import NotHealthy
from platformctl.live.artifact import Artifact, unpack
from platformctl.live.bootstrap.prove import blob_id, prove_submodules
from platformctl.live.bootstrap.target import Settings
from platformctl.live.git import GitStore
from tests.unit.live.bootstrap.conftest import HOST, Repositories

API = f"http://{HOST}/chatbot-api.git"
AT = "components/chatbot-api"
FILES = {"chart/Chart.yaml": "name: chatbot-api\n", "chart/values.yaml": "replicas: 2\n"}


def packed(files: Mapping[str, str], folders: tuple[str, ...] = (), revision: str = "") -> Artifact:
    """What source-controller would serve: folders have entries of their own."""
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w") as archive:
        for folder in folders:
            entry = tarfile.TarInfo(folder)
            entry.type = tarfile.DIRTYPE
            archive.addfile(entry)
        for path, text in files.items():
            entry = tarfile.TarInfo(path)
            entry.size = len(text.encode())
            archive.addfile(entry, io.BytesIO(text.encode()))
    return unpack(gzip.compress(raw.getvalue()), revision)


@pytest.fixture
def revision(repositories: Repositories, store: GitStore, settings: Settings) -> str:
    pinned = repositories.commit("chatbot-api", FILES | {"logo.png": "picture", ".gitignore": "x\n"})
    repositories.platform({AT: (API, pinned)})
    return f"main@sha1:{store.fetch_branch(settings.git, 'main')}"


def inside(files: Mapping[str, str]) -> dict[str, str]:
    return {f"{AT}/{path}": text for path, text in files.items()}


def test_submodule_that_is_there(store: GitStore, settings: Settings, revision: str) -> None:
    artifact = packed({"README.md": "platform\n"} | inside(FILES), revision=revision)

    [proven] = prove_submodules(store, settings, artifact)

    assert (proven.path, proven.files) == (AT, 2), "the picture and .gitignore never reach an artifact"


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({}, f"2 of 2 files differ, first {AT}/chart/Chart.yaml"),
        (
            {"chart/Chart.yaml": FILES["chart/Chart.yaml"]},
            f"1 of 2 files differ, first {AT}/chart/values.yaml",
        ),
        (
            FILES | {"chart/values.yaml": "replicas: 3\n"},
            f"1 of 2 files differ, first {AT}/chart/values.yaml",
        ),
    ],
)
def test_submodule_that_is_empty_incomplete_or_another(
    store: GitStore, settings: Settings, revision: str, files: Mapping[str, str], said: str
) -> None:
    artifact = packed(inside(files), folders=("components", AT), revision=revision)

    with pytest.raises(NotHealthy) as failed:
        list(prove_submodules(store, settings, artifact))

    assert said in failed.value.message
    assert failed.value.place == AT


def test_own_ignore_rules_replace_the_list_of_pictures(
    repositories: Repositories, store: GitStore, settings: Settings, revision: str
) -> None:
    repositories.commit("platform", {".sourceignore": "values.yaml\n"})
    revision = f"main@sha1:{store.fetch_branch(settings.git, 'main')}"
    files = {".sourceignore": "values.yaml\n"} | inside({"chart/Chart.yaml": FILES["chart/Chart.yaml"]})

    with pytest.raises(NotHealthy, match=r"1 of 2 files differ, first components/chatbot-api/logo\.png"):
        list(prove_submodules(store, settings, packed(files, revision=revision)))
    [proven] = prove_submodules(
        store, settings, packed(files | inside({"logo.png": "picture"}), revision=revision)
    )
    assert proven.files == 2


def test_empty_folders_are_known() -> None:
    artifact = packed({"a/b/c": "c"}, folders=(".", "a", "a/b", "components", "components/chatbot-api"))

    assert artifact.empty_folders == {"components/chatbot-api"}


def test_broken_archive() -> None:
    with pytest.raises(NotHealthy, match="no archive"):
        unpack(b"nonsense", "main@sha1:0")


def test_blob_id_is_that_of_git() -> None:
    assert blob_id(b"hello\n", "0" * 40) == "ce013625030ba8dba906f756967f9e9ca394464a"
    assert blob_id(b"hello\n", "0" * 64).startswith("2cf8d83d9ee29543b34a87727421fdecb7e3f3a1")
