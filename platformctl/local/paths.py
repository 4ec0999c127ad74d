"""Where the embedded cluster keeps what it fetches, what it writes and what it remembers."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from platformctl.errors import ConfigError
from platformctl.platform.schema import Name

_NAME: TypeAdapter[str] = TypeAdapter(Name)


def cache_folder() -> Path:
    """What can be fetched or built again, shared by all clusters."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache").absolute() / "platformctl"


def state_folder() -> Path:
    """The folder that holds one for each cluster."""
    state = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local/state"
    return Path(state).absolute() / "platformctl"


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
        """The folders of a cluster, after the XDG variables of the environment.

        Raises:
            ConfigError: this cannot be a cluster's name, and might lead to somebody else's folder.
        """
        try:
            _NAME.validate_python(cluster)
        except ValidationError as error:
            raise ConfigError(
                f'"{cluster}" is no cluster\'s name: lower-case letters, digits and "-", 63 at most'
            ) from error
        return cls(cache=cache_folder(), state=state_folder() / cluster)

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

    @property
    def authority(self) -> Path:
        """The certificate of the authority that signed the gateway's, for browsers to trust."""
        return self.state / "ca.crt"
