"""``doctor``, and the first step of ``up``: what this machine has and lacks for one cluster."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from platformctl import platform
from platformctl.errors import ConfigError
from platformctl.jobs.embedded import Embedded
from platformctl.local import registry, state
from platformctl.local.doctor import Check, blocking, examine, examine_tools
from platformctl.local.node import HOST_ADDRESS, Node, running_state
from platformctl.local.paths import Paths, cache_folder, state_folder
from platformctl.local.toolchain import Need, Part, Toolchain
from platformctl.platform.embedded import GIT_PORT
from platformctl.platform.schema import Embedded as Ports


@dataclass(frozen=True)
class Cost:
    """What the first ``up`` builds or fetches here: parts, minutes on two cores, and disk as in "15 GB"."""

    parts: int
    minutes: float
    disk: str

    @classmethod
    def of(cls, parts: Sequence[Part], needs: Sequence[Need]) -> Cost:
        disk = next((need.wanted for need in needs if need.name == "disk"), "")
        return cls(len(parts), sum(part.seconds for part in parts) / 60, disk)


@dataclass(frozen=True)
class Examination:
    """What was looked at.

    Attributes:
        cluster: its name; None where there is no platform.yaml.
        checks: in the order in which they would fail.
        cost: of starting it here; None for a cluster that is not started here.
    """

    cluster: str | None
    checks: Sequence[Check]
    cost: Cost | None

    @property
    def to_mend(self) -> list[Check]:
        """What keeps it from working."""
        return blocking(self.checks)


def examine_machine(root: Path, cluster: str | None) -> Examination:
    """What this machine has and lacks; changes nothing.

    Args:
        root: the platform's folder; without a platform.yaml there, an embedded cluster with all that can
            be chosen is meant.
        cluster: its name; None: the only one.

    Raises:
        ConfigError: platform.yaml is wrong, has no such cluster, or has several and none was named.
    """
    if not (root / platform.FILE_NAME).is_file():
        if cluster is not None:
            platform.load(root)  # a name means nothing without the file: says so
        toolchain = Toolchain(cache_folder())
        needs = toolchain.needs()
        paths = Paths(cache_folder(), running_state() or state_folder() / "new")
        ours = Node(paths, toolchain).pids()
        found = examine(paths, needs=needs, addresses=_addresses(Ports()), ours=ours)
        return Examination(None, list(found), Cost.of(toolchain.missing(), needs))
    chosen = platform.load(root).cluster(cluster)
    if chosen.embedded is None:
        return Examination(chosen.name, list(examine_tools(Toolchain(cache_folder()))), None)
    embedded = Embedded.of(root, chosen.name)
    missing, needs, _ = _to_build(embedded)
    return Examination(chosen.name, list(checks_of(embedded)), Cost.of(missing, needs))


def checks_of(embedded: Embedded) -> Iterator[Check]:
    """All that can keep this cluster from starting on this machine and can be known before."""
    ours = embedded.bare_node().pids()
    ports = embedded.cluster.embedded
    assert ports is not None  # Embedded.of has seen to it
    _, needs, wrong = _to_build(embedded)
    addresses = _addresses(ports, https=embedded.cluster.https)
    yield from examine(embedded.paths, needs=needs, addresses=addresses, ours=ours)
    ownership: list[Callable[[], None]] = [
        lambda: state.require_root(embedded.paths, embedded.root),
        embedded.bare_node().require_ours,
    ]
    for require in ownership:
        try:
            require()
        except ConfigError as error:
            yield Check("cluster", error.message, False, error.fix or "")
    if wrong:
        yield Check("images", wrong.message, False, wrong.fix or "")


def _to_build(embedded: Embedded) -> tuple[list[Part], list[Need], ConfigError | None]:
    """The parts that this cluster lacks, what they need, and why that cannot be told where it cannot."""
    try:
        tools = embedded.tools()
    except ConfigError as error:
        return [], [], error
    return embedded.toolchain.missing(tools), embedded.toolchain.needs(tools), None


def _addresses(ports: Ports, *, https: bool = False) -> list[tuple[str, str]]:
    """Where an embedded cluster listens, and what platform.yaml calls the port."""
    gateway = (ports.https_port, "httpsPort") if https else (ports.http_port, "httpPort")
    return [
        (f"127.0.0.1:{gateway[0]}", gateway[1]),
        (f"127.0.0.1:{ports.git_port}", "gitPort"),
        (f"{HOST_ADDRESS}:{GIT_PORT}", ""),
        (f"{HOST_ADDRESS}:{registry.PORT}", ""),
    ]
