"""Who holds a port."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from platformctl.errors import ConfigError
from platformctl.local.node.ports import Listener, parse_listeners, require_free

HEADER = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
TCP = HEADER + (
    "   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1 0\n"
    "   1: 0100007F:1F91 0100007F:C350 01 00000000:00000000 00:00000000 00000000     0        0 4712 1 0\n"
    "   2: 0100C70A:1388 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4713 1 0\n"
)
TCP6 = HEADER + (
    "   0: 00000000000000000000000000000000:0050 00000000000000000000000000000000:0000 0A "
    "00000000:00000000 00:00000000 00000000     0        0 4714 1 0\n"
    "   1: 0000000000000000FFFF00000100007F:0051 00000000000000000000000000000000:0000 0A "
    "00000000:00000000 00:00000000 00000000     0        0 4715 1 0\n"
)


def test_listening_sockets_are_read_and_connections_are_not() -> None:
    assert parse_listeners(TCP) == [Listener("127.0.0.1", 8080, 4711), Listener("10.199.0.1", 5000, 4713)]
    assert parse_listeners(TCP6) == [Listener("::", 80, 4714), Listener("127.0.0.1", 81, 4715)]


@pytest.mark.parametrize(
    ("listener", "blocks"),
    [
        (Listener("127.0.0.1", 80, 0), True),
        (Listener("0.0.0.0", 80, 0), True),
        (Listener("::", 80, 0), True),
        (Listener("10.0.0.1", 80, 0), False),
        (Listener("127.0.0.1", 81, 0), False),
    ],
)
def test_a_listener_blocks_its_address_or_all(listener: Listener, blocks: bool) -> None:
    assert listener.blocks("127.0.0.1", 80) is blocks


def test_the_process_that_holds_a_port_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with pytest.raises(ConfigError) as caught:
            require_free([(f"127.0.0.1:{port}", "git")])
        assert (
            f"port {port}, which git needs at 127.0.0.1:{port}, is taken by process {os.getpid()} ("
            in str(caught.value)
        )
        assert caught.value.fix == f"end process {os.getpid()}, or choose another port in platform.yaml"
    require_free([(f"127.0.0.1:{port}", "git")])


def test_a_process_out_of_sight_is_said_to_be(tmp_path: Path) -> None:
    (tmp_path / "net").mkdir()
    (tmp_path / "net/tcp").write_text(TCP)
    with pytest.raises(ConfigError, match=r"port 8080, which web needs .* out of sight"):
        require_free([("127.0.0.1:8080", "web")], proc=tmp_path)
