"""Which process holds a port, told from /proc, so that a clash can be named."""

from __future__ import annotations

import ipaddress
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

from platformctl.errors import ConfigError
from platformctl.local.node.cell import command_of

LISTEN = "0A"


@dataclass(frozen=True)
class Listener:
    """A TCP socket that listens: its address, its port and its inode."""

    address: str
    port: int
    inode: int

    def blocks(self, address: str, port: int) -> bool:
        """Whether another socket could not listen there as well."""
        if self.port != port:
            return False
        both = (ipaddress.ip_address(self.address), ipaddress.ip_address(address))
        return any(one.is_unspecified for one in both) or both[0] == both[1]


def parse_listeners(table: str) -> list[Listener]:
    """The listening sockets of the text of /proc/net/tcp or /proc/net/tcp6."""
    listeners = []
    for line in table.splitlines()[1:]:
        fields = line.split()
        if fields[3] == LISTEN:
            address, port = fields[1].split(":")
            listeners.append(Listener(_address(address), int(port, 16), int(fields[9])))
    return listeners


def listeners(proc: Path = Path("/proc")) -> list[Listener]:
    """All TCP sockets of this network namespace that listen."""
    tables = [proc / "net/tcp", proc / "net/tcp6"]
    return [one for table in tables if table.exists() for one in parse_listeners(table.read_text())]


def holder(inode: int, proc: Path = Path("/proc")) -> int | None:
    """The id of a process that has the socket open, if it may be seen."""
    wanted = f"socket:[{inode}]"
    for folder in proc.iterdir():
        if not folder.name.isdigit():
            continue
        try:
            if any(str(file.readlink()) == wanted for file in (folder / "fd").iterdir()):
                return int(folder.name)
        except OSError:
            continue  # it ended meanwhile, or belongs to somebody else
    return None


def require_free(
    addresses: Iterable[tuple[str, str]], proc: Path = Path("/proc"), *, ours: Collection[int] = ()
) -> None:
    """Make sure that nothing listens where we will.

    Args:
        addresses: pairs of "address:port" and the name of the service that wants it.
        ours: ids of processes that may listen there.

    Raises:
        ConfigError: one is taken; names the port and, where it can be seen, the process that holds it.
    """
    taken = listeners(proc)
    for wanted, service in addresses:
        address, _, port = wanted.rpartition(":")
        for listener in taken:
            if listener.blocks(address.strip("[]"), int(port)):
                pid = holder(listener.inode, proc)
                if pid is None or pid not in ours:
                    raise _taken(wanted, service, listener, pid, proc)


def _taken(wanted: str, service: str, listener: Listener, pid: int | None, proc: Path) -> ConfigError:
    if pid is None:
        return ConfigError(
            f"port {listener.port}, which {service} needs at {wanted}, is taken by a process out of sight",
            fix="end that process, or choose another port in platform.yaml",
        )
    command = " ".join(command_of(pid, proc))[:120]
    return ConfigError(
        f"port {listener.port}, which {service} needs at {wanted}, is taken by process {pid} ({command})",
        fix=f"end process {pid}, or choose another port in platform.yaml",
    )


def _address(text: str) -> str:
    """The kernel prints addresses as 32 bit words in the machine's byte order, little endian here."""
    raw = b"".join(bytes.fromhex(text[at : at + 8])[::-1] for at in range(0, len(text), 8))
    address = ipaddress.ip_address(raw)
    mapped = getattr(address, "ipv4_mapped", None)
    return str(mapped or address)
