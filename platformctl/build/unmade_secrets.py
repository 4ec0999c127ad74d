"""The Secrets of an embedded cluster, which are no files of the repository."""

from __future__ import annotations

from pathlib import Path

from platformctl.build.documents import dump
from platformctl.errors import PlatformctlError
from platformctl.platform import FILE_NAME, Cluster, load
from platformctl.platform.rotation import ROTATED

_UNKNOWN = "ENC[made on the machine of the cluster]"
"""A value as sops would leave it: nobody reads one."""


def unmade_secrets(root: Path, folder: str) -> dict[str, str]:
    """Stand-ins for the encrypted files that ``folder``'s rendered ``secrets/kustomization.yaml`` lists.

    An embedded cluster's secrets are its machine's own: they lie in its state folder and in what the local
    Git server publishes, never in the repository. Their names and keys are known from platform.yaml, so that
    what refers to them can be checked. Other clusters' files are committed: a missing one is an error.

    Returns:
        The text by the path in the repository, for each file that is not there; nothing where platform.yaml
        is missing or wrong.
    """
    if not (root / FILE_NAME).is_file():
        return {}
    try:
        clusters = load(root).clusters.values()
    except PlatformctlError:
        return {}
    return {
        path: text
        for cluster in clusters
        if cluster.embedded and cluster.path == folder
        for path, text in _files(cluster).items()
        # Kept as it is: somebody who put a file there has to hear what is wrong with it.
        if not (root / path).exists()
    }


def _files(cluster: Cluster) -> dict[str, str]:
    return {
        f"{cluster.secrets_path}/{secret.file}": dump(
            {
                "apiVersion": "v1",
                "kind": "Secret",
                "metadata": {"name": secret.name, "namespace": secret.namespace},
                "stringData": dict.fromkeys((*secret.keys, ROTATED), _UNKNOWN),
            }
        )
        for secret in cluster.secrets
    }
