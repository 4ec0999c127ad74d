"""The Secrets that platform.yaml wants in the repository, and the files that are there."""

from __future__ import annotations

from pathlib import Path

import pytest

from platformctl.build import Build, BuildProblem, Place
from platformctl.check import CHECKS, Cluster, run_checks
from platformctl.jobs.secrets import SecretStore
from platformctl.platform import parse
from tests.unit.check.cluster_of_files import schemas
from tests.unit.secrets.open_sops import OpenSops
from tests.unit.secrets.test_store import OTHER, PLATFORM, RECIPIENT

FOLDER = "clusters/office/secrets"
INIT = "platformctl secrets init --cluster office"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    SecretStore.of(tmp_path, parse(PLATFORM % RECIPIENT).clusters["office"], OpenSops()).complete()
    return tmp_path


def told(
    root: Path, code: str, recipients: str = RECIPIENT, cluster: str = "office"
) -> list[tuple[str, ...]]:
    declared = parse(PLATFORM % recipients).clusters[cluster]
    subject = Cluster(Build(root, declared.path), schemas(), declared)
    return [(f.object, f.message, str(f.place), f.fix) for f in CHECKS[code].run(subject)]


def test_all_are_there_for_everybody(root: Path) -> None:
    assert told(root, "secret/missing") == told(root, "secret/recipient") == []


def test_a_file_that_is_missing(root: Path) -> None:
    (root / FOLDER / "auth-redis.yaml").unlink()
    message = "has no file, and a component reads it"
    assert told(root, "secret/missing") == [("Secret auth/redis", message, f"{FOLDER}/auth-redis.yaml", INIT)]
    assert told(root, "secret/recipient") == []


def test_a_file_that_is_missing_is_said_once(root: Path) -> None:
    """kustomize fails over it as well, and says no more than that; other files are its own to report."""
    (root / FOLDER / "auth-redis.yaml").unlink()
    declared = parse(PLATFORM % RECIPIENT).clusters["office"]
    built = Build(root, declared.path)
    for file in ("auth-redis.yaml", "other.yaml"):
        path = f"{FOLDER}/{file}"
        place = Place(f"{FOLDER}/kustomization.yaml", 1)
        built.problems.append(
            BuildProblem("build/kustomize", f"{path} does not exist", None, place, missing=path)
        )
    found = run_checks(Cluster(built, schemas(), declared))
    assert [
        (f.code, f.place.file) for f in found if f.place and f.code in ("secret/missing", "build/kustomize")
    ] == [
        ("secret/missing", f"{FOLDER}/auth-redis.yaml"),
        ("build/kustomize", f"{FOLDER}/kustomization.yaml"),
    ]


def test_a_key_that_is_missing(root: Path) -> None:
    file = root / FOLDER / "auth-oauth2-proxy.yaml"
    file.write_text(file.read_text().replace("cookie-secret", "cookie"))
    ((name, message, place, _),) = told(root, "secret/missing")
    assert (name, place) == ("Secret auth/oauth2-proxy", f"{FOLDER}/auth-oauth2-proxy.yaml")
    assert message == "has no cookie-secret, and a component reads it"


def test_a_file_that_is_no_yaml(root: Path) -> None:
    (root / FOLDER / "auth-redis.yaml").write_text("a: [\n")
    assert [found[0] for found in told(root, "secret/missing")] == ["Secret auth/redis"]


def test_a_recipient_that_was_added(root: Path) -> None:
    found = told(root, "secret/recipient", f"{RECIPIENT}, {OTHER}")
    assert {file for _, _, file, _ in found} == {
        f"{FOLDER}/{each.name}" for each in (root / FOLDER).glob("[!.]*")
    }
    assert {(message, fix) for _, message, _, fix in found} == {(f"is not encrypted to {OTHER}", INIT)}


def test_an_embedded_cluster_has_none_in_the_repository(tmp_path: Path) -> None:
    assert told(tmp_path, "secret/missing", cluster="local") == []
    assert told(tmp_path, "secret/recipient", cluster="local") == []
