"""Where the embedded cluster keeps what it fetches, what it writes and what it remembers."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Paths:
    """The folders of one embedded cluster.

    Attributes:
        cache: what can be fetched or built again, shared by all clusters.
        state: what belongs to one cluster: configuration, certificates, data, logs.
    """

    cache: Path
    state: Path

    @classmethod
    def of(cls, cluster: str) -> Paths:
        """The folders of a cluster, after the XDG variables of the environment."""
        cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
        state = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local/state"
        return cls(
            cache=Path(cache).absolute() / "platformctl",
            state=Path(state).absolute() / "platformctl" / cluster,
        )

    @property
    def logs(self) -> Path:
        """One file for each daemon, ``<name>.log``."""
        return self.state / "logs"

    @property
    def run(self) -> Path:
        """Sockets, locks and marks that mean nothing once nothing runs."""
        return self.state / "run"

    @property
    def config(self) -> Path:
        """Rendered configuration of the daemons; written anew by each start."""
        return self.state / "config"

    @property
    def pki(self) -> Path:
        """The cluster's certificate authorities, certificates and keys."""
        return self.state / "pki"

    @property
    def data(self) -> Path:
        """What outlives a stop: etcd, images, volumes."""
        return self.state / "data"

    @property
    def kubeconfig(self) -> Path:
        """The administrator's kubeconfig."""
        return self.state / "kubeconfig"
