"""Gives Flux the private key to a cluster's secrets, and makes sure before that it is the right one."""

from __future__ import annotations

import base64
import contextlib
from collections.abc import Iterator, Mapping

from platformctl.build import sops
from platformctl.build.documents import Data, NotYaml, load_all, load_one
from platformctl.live.bootstrap.problems import Problem
from platformctl.live.bootstrap.target import FLUX_SYSTEM, Bootstrap, Decryption, Settings
from platformctl.live.kinds import NAMESPACE, SECRET
from platformctl.platform import SECRETS
from platformctl.render import HEADER
from platformctl.steps import Task

SECRET_NAME = "sops-age"
"""What the rendered Kustomization of the secrets names."""

ENTRY = "platformctl.agekey"
"""Flux takes every ``*.agekey`` of it; one of our own name replaces nobody else's."""


def give_key(bootstrap: Bootstrap, task: Task) -> str:  # noqa: ARG001
    """Put the key into Flux's namespace, which may not be there yet; returns a note."""
    kube, decryption = bootstrap.kube, bootstrap.settings.decryption
    if decryption is None:
        return "no key is given"
    if kube.get(NAMESPACE, FLUX_SYSTEM) is None:
        kube.apply({"apiVersion": "v1", "kind": NAMESPACE.name, "metadata": {"name": FLUX_SYSTEM}})
    kube.apply(
        {
            "apiVersion": SECRET.api_version,
            "kind": SECRET.name,
            "metadata": {"name": SECRET_NAME, "namespace": FLUX_SYSTEM},
            "data": _data(decryption),
        }
    )
    return f"Flux has the key {', '.join(decryption.recipients)}"


def has_key(bootstrap: Bootstrap) -> str | None:
    """A note when nothing is to be given, or Flux has the key already."""
    decryption = bootstrap.settings.decryption
    if decryption is None:
        return "no key is given"
    held = bootstrap.kube.get(SECRET, SECRET_NAME, FLUX_SYSTEM)
    same = held is not None and _data(decryption).items() <= (held.get("data") or {}).items()
    return "Flux has the key" if same else None


def secret_problems(settings: Settings, files: Mapping[str, str], *, key_is_there: bool) -> Iterator[Problem]:
    """Why Flux could not read the secrets; nothing about a folder that is not rendered by us.

    Args:
        files: the texts of the cluster's folder of secrets in Git, by path.
        key_is_there: Flux in the cluster has a key; whether the right one, nobody can tell.
    """
    folder = f"{settings.path}/{SECRETS}"
    if not files.get(f"{folder}/kustomization.yaml", "").startswith(HEADER):
        return
    found: dict[str, list[Data]] = {}
    for path, text in files.items():
        try:
            documents = [each for each in load_all(text) if isinstance(each, dict)]
        except NotYaml as error:
            yield Problem("secrets/yaml", "this file is not YAML", "correct it", f"{path}:{error.line}")
            continue
        found[path] = [each for each in documents if each.get("kind") == "Secret"]
    init = f"platformctl secrets init --cluster {settings.cluster}, then commit and push"
    for path in _listed(files[f"{folder}/kustomization.yaml"], folder):
        if path not in files:
            yield Problem("secrets/missing", "this Secret is not in Git", init, path)
    encrypted = {path: e for path, each in found.items() for d in each if (e := sops.encryption(d))}
    for path, each in found.items():
        if each and path not in encrypted:
            fix = "encrypt it, and replace its values: they are known to all who read the repository"
            yield Problem("secrets/clear", "this Secret is not encrypted", fix, path, blocking=False)
    if settings.decryption is None:
        if encrypted and not key_is_there:
            yield Problem(
                "secrets/no-key",
                f"{len(encrypted)} Secrets are encrypted, and the cluster has no key to them",
                "give the private age key: --age-key-file FILE",
                folder,
            )
        return
    for path, encryption in encrypted.items():
        if not set(encryption.recipients) & set(settings.decryption.recipients):
            yield Problem(
                "secrets/recipient",
                f"this Secret is encrypted to {', '.join(encryption.recipients) or 'no age key'}, "
                f"and Flux would get {', '.join(settings.decryption.recipients)}",
                "give another key with --age-key-file, or add the recipient in platform.yaml, then " + init,
                path,
            )


def _listed(text: str, folder: str) -> list[str]:
    with contextlib.suppress(NotYaml):
        kustomization = load_one(text)
        if isinstance(kustomization, dict):
            return [f"{folder}/{name}" for name in kustomization.get("resources") or ()]
    return []


def _data(decryption: Decryption) -> dict[str, str]:
    return {ENTRY: base64.b64encode(decryption.key.encode()).decode()}
