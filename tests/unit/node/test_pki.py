"""Certificates: who signs what, for which names, and when they are written anew."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key
from cryptography.x509.oid import ExtendedKeyUsageOID

from platformctl.local.node.pki import AUTHORITIES, LEAF_LIFE, LEAVES, Leaf, ensure_pki

NOW = datetime(2026, 11, 21, tzinfo=UTC)
ALL = [*AUTHORITIES, "sa", *(leaf.name for leaf in LEAVES)]


def certificate(folder: Path, name: str) -> x509.Certificate:
    return x509.load_pem_x509_certificate((folder / f"{name}.crt").read_bytes())


def names(folder: Path, name: str) -> set[str]:
    extension = certificate(folder, name).extensions.get_extension_for_class(x509.SubjectAlternativeName)
    return {str(one.value) for one in extension.value}


def usages(folder: Path, name: str) -> list[x509.ObjectIdentifier]:
    return list(certificate(folder, name).extensions.get_extension_for_class(x509.ExtendedKeyUsage).value)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    assert ensure_pki(tmp_path / "pki", now=NOW) == ALL
    return tmp_path / "pki"


@pytest.mark.parametrize("leaf", LEAVES, ids=lambda leaf: leaf.name)
def test_each_leaf_is_signed_by_its_own_authority_alone(folder: Path, leaf: Leaf) -> None:
    for authority in AUTHORITIES:
        if authority == leaf.authority:
            certificate(folder, leaf.name).verify_directly_issued_by(certificate(folder, authority))
        else:
            with pytest.raises((InvalidSignature, ValueError)):
                certificate(folder, leaf.name).verify_directly_issued_by(certificate(folder, authority))


@pytest.mark.parametrize("name", [name for name in ALL if name != "sa"])
def test_each_key_fits_and_only_its_owner_reads_it(folder: Path, name: str) -> None:
    key = load_pem_private_key((folder / f"{name}.key").read_bytes(), None)
    assert key.public_key() == certificate(folder, name).public_key()
    assert (folder / f"{name}.key").stat().st_mode & 0o777 == 0o600


def test_the_servers_answer_to_their_names(folder: Path) -> None:
    assert {"kubernetes.default.svc", "10.96.0.1", "10.199.0.2", "127.0.0.1"} <= names(folder, "apiserver")
    assert names(folder, "kubelet-server") == {"platformctl-service", "10.199.0.2"}
    assert usages(folder, "kubelet-server") == [ExtendedKeyUsageOID.SERVER_AUTH]


def test_the_kubelet_is_the_node(folder: Path) -> None:
    subject = certificate(folder, "kubelet").subject.rfc4514_string()
    assert subject == "O=system:nodes,CN=system:node:platformctl-service"
    assert usages(folder, "kubelet") == [ExtendedKeyUsageOID.CLIENT_AUTH]


def test_the_service_account_keys_are_a_pair(folder: Path) -> None:
    key = load_pem_private_key((folder / "sa.key").read_bytes(), None)
    assert key.public_key() == load_pem_public_key((folder / "sa.pub").read_bytes())


def test_what_is_valid_stays(folder: Path) -> None:
    before = {file.name: file.read_bytes() for file in folder.iterdir()}
    assert ensure_pki(folder, now=NOW + timedelta(days=300)) == []
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == before


def test_leaves_are_renewed_before_they_end_and_the_authority_stays(folder: Path) -> None:
    authority = (folder / "ca.crt").read_bytes()
    assert ensure_pki(folder, now=NOW + LEAF_LIFE - timedelta(days=10)) == [leaf.name for leaf in LEAVES]
    assert (folder / "ca.crt").read_bytes() == authority


def test_a_new_authority_renews_its_own_leaves_only(folder: Path) -> None:
    (folder / "front-proxy-ca.key").unlink()
    assert ensure_pki(folder, now=NOW) == ["front-proxy-ca", "front-proxy-client"]


@pytest.mark.parametrize(
    "changed",
    [
        Leaf("kubelet-server", "ca", "platformctl-service", names=("platformctl-service", "10.9.9.9")),
        Leaf("kubelet-server", "ca", "another", names=("platformctl-service", "10.199.0.2")),
    ],
    ids=["names", "subject"],
)
def test_a_leaf_that_changed_is_issued_again(folder: Path, changed: Leaf) -> None:
    others = [leaf for leaf in LEAVES if leaf.name != changed.name]
    assert ensure_pki(folder, [*others, changed], now=NOW) == ["kubelet-server"]


def test_a_damaged_file_is_written_again(folder: Path) -> None:
    (folder / "admin.crt").write_text("cut sho")
    (folder / "proxy.key").write_bytes((folder / "admin.key").read_bytes())
    assert ensure_pki(folder, now=NOW) == ["admin", "proxy"]
