"""Opens the cluster that a command is about."""

from __future__ import annotations

from pathlib import Path

from platformctl import platform
from platformctl.errors import Unreachable
from platformctl.live.kubernetes import Cluster
from platformctl.local.paths import Paths


def connect(chosen: platform.Cluster | None, kubeconfig: Path | None, context: str | None) -> Cluster:
    """The cluster of the given kubeconfig and context; without both, an embedded cluster's own.

    Args:
        chosen: what platform.yaml says of it; None where there is no platform.yaml.
        kubeconfig: None: as kubectl finds it.
        context: None: the kubeconfig's current one.

    Raises:
        ConfigError: the kubeconfig is missing or wrong.
        Unreachable: nobody answers; of an embedded cluster, it is not running here.
    """
    if kubeconfig or context or chosen is None or not chosen.embedded:
        return Cluster.connect(kubeconfig, context)
    own = Paths.of(chosen.name).kubeconfig
    start = f"platformctl up --cluster {chosen.name}"
    if not own.exists():
        raise Unreachable(f"cluster {chosen.name} was never started here", fix=start)
    try:
        return Cluster.connect(own)
    except Unreachable as error:
        raise Unreachable(f"cluster {chosen.name} is not running: {error.message}", fix=start) from error
