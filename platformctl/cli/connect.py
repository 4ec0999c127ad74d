"""Opens the cluster that a command is about."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from platformctl import platform
from platformctl.cli.console import err
from platformctl.errors import Unreachable
from platformctl.live.kubernetes import Cluster
from platformctl.local import state
from platformctl.local.paths import Paths


def connect(
    chosen: platform.Cluster | None, kubeconfig: Path | None, context: str | None, folder: Path = Path()
) -> Cluster:
    """The cluster of the given kubeconfig and context; without both, an embedded cluster's own.

    Args:
        chosen: what platform.yaml says of it; None where there is no platform.yaml.
        kubeconfig: None: as kubectl finds it.
        context: None: the kubeconfig's current one.
        folder: of platform.yaml; that the embedded cluster belongs to another repository is said, not
            refused, because this one may be a clone of it.

    Raises:
        ConfigError: the kubeconfig or the context is wrong.
        Unreachable: there is no kubeconfig, or nobody answers; an embedded cluster is not running here.
    """
    if kubeconfig or context or chosen is None or not chosen.embedded:
        return Cluster.connect(kubeconfig, context)
    with running(chosen.name) as own:
        if other := state.other_root(Paths.of(chosen.name), folder):
            err.print(
                f"note: cluster {chosen.name} on this machine belongs to {other}", markup=False, style="dim"
            )
        return Cluster.connect(own)


@contextmanager
def running(name: str) -> Iterator[Path]:
    """The kubeconfig of an embedded cluster, for what connects to it: one text for all commands.

    Raises:
        Unreachable: the cluster was never started here, or is not running.
    """
    start = f"platformctl up --cluster {name}"
    own = Paths.of(name).kubeconfig
    if not own.exists():
        raise Unreachable(f"cluster {name} was never started here", fix=start)
    try:
        yield own
    except Unreachable as error:
        raise Unreachable(f"cluster {name} is not running: {error.message}", fix=start) from error
