"""Secrets: that none is readable in Git, and that Flux can read each."""

from __future__ import annotations

from collections.abc import Iterator

from platformctl.build import Object, Place, sops
from platformctl.build.documents import NotYaml, load_one
from platformctl.build.graph import ROOT
from platformctl.check.cluster import UNSET, Cluster
from platformctl.check.finding import Finding, Severity
from platformctl.check.registry import check
from platformctl.platform import Secret


@check("secret/clear")
def no_value_is_readable(cluster: Cluster) -> Iterator[Finding]:
    """A Secret in Git must be encrypted: whoever may read the repository, or did once, has its values.

    What a chart or a generator makes is not looked at, nor a value that Flux puts in from elsewhere.
    """
    for item in _written(cluster):
        for section, key, value in sops.values(item.data):
            if value and not sops.is_encrypted(value) and "${" not in value:
                yield cluster.at(item, section, key).finding(
                    "is in clear text in Git",
                    "encrypt the file with sops, and replace the value if it was pushed",
                )


@check("secret/not-decrypted")
def encrypted_values_are_decrypted(cluster: Cluster) -> Iterator[Finding]:
    """A Kustomization that applies an encrypted Secret must decrypt it: pods would get the cipher text."""
    for item in _written(cluster):
        if not any(sops.is_encrypted(value) for _, _, value in sops.values(item.data)):
            continue
        by = item.origin.kustomization or ROOT
        applied = cluster.by_id.get(by)
        if applied and (applied.spec.get("decryption") or {}).get("provider") == "sops":
            continue
        fix = "add decryption: {provider: sops, secretRef: {name: sops-age}} to the Kustomization"
        yield cluster.at(item).finding(f"is encrypted, and applied by {by}, which has no decryption", fix)


@check("secret/missing")
def wanted_secrets_are_there(cluster: Cluster) -> Iterator[Finding]:
    """Every Secret that a component reads must have a file with all its keys: its pods wait for it for ever.

    An embedded cluster's are made by `platformctl up`, on the machine where it runs.
    """
    for secret, file in committed(cluster):
        text = cluster.locator.text(file)
        keys = {key for _, key, _ in sops.values(_document(text))}
        lacking = [key for key in secret.keys if key not in keys]
        if lacking:
            what = f"has no {', '.join(lacking)}" if text else "has no file"
            message = f"{what}, and a component reads it"
            yield _about(cluster, secret, file, message)


@check("secret/recipient")
def every_recipient_can_read(cluster: Cluster) -> Iterator[Finding]:
    """A Secret must be encrypted to all of ``secrets.recipients``: Flux has the key of one of them."""
    if cluster.declared is None:
        return
    for secret, file in committed(cluster):
        encryption = sops.encryption(_document(cluster.locator.text(file)))
        for recipient in cluster.declared.secret_store.recipients if encryption else ():
            if encryption and recipient not in encryption.recipients:
                yield _about(cluster, secret, file, f"is not encrypted to {recipient}")


def _written(cluster: Cluster) -> Iterator[Object]:
    """The Secrets that stand in a file of the repository."""
    return (item for item in cluster.of("Secret") if item.origin.file and not item.origin.release)


def committed(cluster: Cluster) -> Iterator[tuple[Secret, str]]:
    """The Secrets that platform.yaml wants in the repository, and their files."""
    declared = cluster.declared
    if declared and not declared.embedded and declared.secret_store.store == "sops":
        for secret in declared.secrets:
            yield secret, f"{declared.secrets_path}/{secret.file}"


def _document(text: str) -> dict[str, object]:
    try:
        data = load_one(text)
    except NotYaml:
        return {}
    return data if isinstance(data, dict) else {}


def _about(cluster: Cluster, secret: Secret, file: str, message: str) -> Finding:
    name = f"Secret {secret.namespace}/{secret.name}"
    fix = f"platformctl secrets init --cluster {cluster.name}"
    return Finding(UNSET, Severity.ERROR, name, "", message, Place(file, 0), fix)
