"""The cluster's certificates: written once, kept while they are valid, so that data survives a restart."""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from platformctl.local.node.settings import (
    API_SERVICE_ADDRESS,
    CLUSTER_DOMAIN,
    NODE_ADDRESS,
    NODE_NAME,
)

AUTHORITY_LIFE = timedelta(days=3650)
LEAF_LIFE = timedelta(days=365)
RENEW_BEFORE = timedelta(days=30)


@dataclass(frozen=True)
class Leaf:
    """A certificate to issue.

    Attributes:
        name: of the files, ``<name>.crt`` and ``<name>.key``.
        authority: name of the authority that signs it.
        common_name: for clients, the Kubernetes user.
        organization: for clients, the Kubernetes group.
        names: DNS names and IP addresses that a server answers to; empty makes a client certificate.
    """

    name: str
    authority: str
    common_name: str
    organization: str | None = None
    names: tuple[str, ...] = ()

    @property
    def subject(self) -> x509.Name:
        attributes = [x509.NameAttribute(NameOID.COMMON_NAME, self.common_name)]
        if self.organization:
            attributes.append(x509.NameAttribute(NameOID.ORGANIZATION_NAME, self.organization))
        return x509.Name(attributes)


AUTHORITIES = ("ca", "front-proxy-ca")

LEAVES = (
    Leaf(
        "apiserver",
        "ca",
        "kube-apiserver",
        names=(
            "localhost",
            "kubernetes",
            "kubernetes.default",
            "kubernetes.default.svc",
            f"kubernetes.default.svc.{CLUSTER_DOMAIN}",
            NODE_NAME,
            "127.0.0.1",
            NODE_ADDRESS,
            API_SERVICE_ADDRESS,
        ),
    ),
    # The node's address is in the kubelet's certificate because metrics-server verifies it.
    Leaf("kubelet-server", "ca", NODE_NAME, names=(NODE_NAME, NODE_ADDRESS)),
    # For the controller manager and the scheduler, which would each make an RSA pair at every start.
    Leaf("loopback-server", "ca", "loopback", names=("localhost", "127.0.0.1")),
    Leaf("apiserver-kubelet-client", "ca", "kube-apiserver-kubelet-client", "system:masters"),
    Leaf("front-proxy-client", "front-proxy-ca", "front-proxy-client"),
    Leaf("admin", "ca", "platformctl-admin", "system:masters"),
    Leaf("controller-manager", "ca", "system:kube-controller-manager"),
    Leaf("scheduler", "ca", "system:kube-scheduler"),
    Leaf("proxy", "ca", "system:kube-proxy"),
    Leaf("kubelet", "ca", f"system:node:{NODE_NAME}", "system:nodes"),
)


def ensure_pki(folder: Path, leaves: Sequence[Leaf] = LEAVES, now: datetime | None = None) -> list[str]:
    """Bring the folder to a complete, valid set of certificates and keys.

    Authorities and the service account key are kept as long as they are valid: the cluster's data holds
    tokens and trust bundles made with them. A leaf is issued again when it nears its end, when its names
    or subject changed, or when its authority did.

    Returns:
        The names of what was written; empty where all was there.
    """
    now = now or datetime.now(UTC)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    written = []
    authorities = {}
    for name in AUTHORITIES:
        authority = _load_authority(folder, name, now)
        if authority is None:
            authority = _make_authority(folder, name, now)
            written.append(name)
        authorities[name] = authority
    if not (folder / "sa.key").exists() or not (folder / "sa.pub").exists():
        key = ec.generate_private_key(ec.SECP256R1())
        _write(folder / "sa.pub", _public_pem(key), mode=0o644)
        _write(folder / "sa.key", _private_pem(key))
        written.append("sa")
    for leaf in leaves:
        certificate, key = authorities[leaf.authority]
        if not _is_current(folder, leaf, certificate, now):
            _issue(folder, leaf, certificate, key, now)
            written.append(leaf.name)
    return written


def _load_authority(
    folder: Path, name: str, now: datetime
) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey] | None:
    try:
        certificate = x509.load_pem_x509_certificate((folder / f"{name}.crt").read_bytes())
        key = serialization.load_pem_private_key((folder / f"{name}.key").read_bytes(), None)
    except (OSError, ValueError):
        return None
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.public_key() != certificate.public_key():
        return None
    if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc - LEAF_LIFE:
        return None
    return certificate, key


def _make_authority(
    folder: Path, name: str, now: datetime
) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"platformctl {name}")])
    certificate = (
        _builder(subject, subject, key.public_key(), now, AUTHORITY_LIFE)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(_key_usage(signs=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    _write(folder / f"{name}.key", _private_pem(key))
    _write(folder / f"{name}.crt", certificate.public_bytes(serialization.Encoding.PEM), mode=0o644)
    return certificate, key


def _is_current(folder: Path, leaf: Leaf, authority: x509.Certificate, now: datetime) -> bool:
    try:
        certificate = x509.load_pem_x509_certificate((folder / f"{leaf.name}.crt").read_bytes())
        key = serialization.load_pem_private_key((folder / f"{leaf.name}.key").read_bytes(), None)
        certificate.verify_directly_issued_by(authority)
    except (OSError, ValueError, TypeError, InvalidSignature):
        return False
    if key.public_key() != certificate.public_key() or certificate.subject != leaf.subject:
        return False
    if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc - RENEW_BEFORE:
        return False
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return not leaf.names
    return list(names) == _general_names(leaf.names)


def _issue(
    folder: Path,
    leaf: Leaf,
    authority: x509.Certificate,
    authority_key: ec.EllipticCurvePrivateKey,
    now: datetime,
) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    usage = ExtendedKeyUsageOID.SERVER_AUTH if leaf.names else ExtendedKeyUsageOID.CLIENT_AUTH
    builder = (
        _builder(leaf.subject, authority.subject, key.public_key(), now, LEAF_LIFE)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(signs=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(
                authority.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
            ),
            critical=False,
        )
    )
    if leaf.names:
        builder = builder.add_extension(
            x509.SubjectAlternativeName(_general_names(leaf.names)), critical=False
        )
    certificate = builder.sign(authority_key, hashes.SHA256())
    _write(folder / f"{leaf.name}.key", _private_pem(key))
    _write(folder / f"{leaf.name}.crt", certificate.public_bytes(serialization.Encoding.PEM), mode=0o644)


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, now: datetime, life: timedelta
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))  # a clock that is set back a little does no harm
        .not_valid_after(now + life)
    )


def _key_usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=signs,
        crl_sign=signs,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _general_names(names: Sequence[str]) -> list[x509.GeneralName]:
    general: list[x509.GeneralName] = []
    for name in names:
        try:
            general.append(x509.IPAddress(ipaddress.ip_address(name)))
        except ValueError:
            general.append(x509.DNSName(name))
    return general


def _private_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _public_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def _write(path: Path, content: bytes, mode: int = 0o600) -> None:
    """Replace a file in one go: a start that was killed leaves no half certificate."""
    draft = path.with_name(f".{path.name}.draft")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(content)
    draft.replace(path)
