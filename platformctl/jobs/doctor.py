"""``doctor``: the checks of this machine for one cluster."""

from __future__ import annotations

from pathlib import Path

from platformctl.jobs.embedded import Embedded
from platformctl.local.doctor import Check, examine


def examine_machine(root: Path, cluster: str) -> list[Check]:
    """What this machine has and lacks for the embedded cluster; changes nothing."""
    embedded = Embedded.of(root, cluster)
    running = embedded.bare_node().ready()
    # The ports of a running cluster are taken by itself.
    ports = [] if running else [embedded.http_port, embedded.git_port]
    return list(examine(embedded.paths.cache, needs=embedded.toolchain.needs(), ports=ports))
