"""Secrets that are no files of the repository are built with their keys and without a value."""

from __future__ import annotations

from pathlib import Path

import pytest

from platformctl.build import build
from platformctl.build.sops import is_encrypted
from platformctl.build.unmade_secrets import unmade_secrets
from platformctl.platform import load
from platformctl.render import difference, write
from tests.unit.building.fakes import FakeTools

VALID = Path(__file__).parents[1] / "platform/valid"


def repository(root: Path, name: str) -> Path:
    (root / "platform.yaml").write_text((VALID / f"{name}.yaml").read_text())
    write(root, difference(root, load(root)).changes)
    return root


@pytest.fixture
def embedded(tmp_path: Path) -> Path:
    return repository(tmp_path, "login")


def test_an_embedded_clusters_secrets_are_known_by_their_keys(embedded: Path) -> None:
    result = build(embedded, "clusters/local", FakeTools())
    found = {f"{item.namespace}/{item.name}": item.get("stringData") for item in result.of("Secret")}
    assert set(found) == {f"{s.namespace}/{s.name}" for s in load(embedded).cluster().secrets}
    assert set(found["auth/oauth2-proxy"]) == {"client-secret", "cookie-secret", ".rotated"}
    assert set(found["auth/keycloak-users"]) == {"ada", "grace", ".rotated"}
    assert all(is_encrypted(value) for data in found.values() for value in data.values())
    assert not [problem for problem in result.problems if "secrets" in problem.sentence]
    assert [note for note in result.notes if "secrets" in note]


def test_a_file_that_is_there_is_taken_as_it_is(embedded: Path) -> None:
    (embedded / "clusters/local/secrets/dns-tsig.yaml").write_text("kind: Secret\n")
    assert "clusters/local/secrets/auth-redis.yaml" in unmade_secrets(embedded, "clusters/local")
    assert "clusters/local/secrets/dns-tsig.yaml" not in unmade_secrets(embedded, "clusters/local")


def test_files_that_have_to_be_committed_are_missed(tmp_path: Path) -> None:
    folder = repository(tmp_path, "login-on-an-existing-cluster")
    assert unmade_secrets(folder, "clusters/sandbox") == {}


def test_a_folder_that_is_no_cluster_of_the_file_has_none(embedded: Path, tmp_path: Path) -> None:
    assert unmade_secrets(embedded, "clusters/other") == {}
    (embedded / "platform.yaml").write_text("name: 1\n")
    assert unmade_secrets(embedded, "clusters/local") == {}
    (embedded / "platform.yaml").unlink()
    assert unmade_secrets(embedded, "clusters/local") == {}
