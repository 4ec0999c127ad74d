"""The forwarder by itself, with the real socat on loopback."""

from __future__ import annotations

import contextlib
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from platformctl.errors import ToolMissing
from platformctl.local import forwarder
from platformctl.local.ports import free_port

from .served import running

SECONDS = 20


@contextmanager
def gateway(port: int) -> Iterator[None]:
    """Sends back what it gets, in capitals, and ends when the sender does."""

    def answer(connection: socket.socket) -> None:
        with connection:
            while piece := connection.recv(1 << 16):
                connection.sendall(piece.upper())

    def accept() -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return  # closed
            threading.Thread(target=answer, args=(connection,), daemon=True).start()

    with socket.create_server(("127.0.0.1", port)) as server:
        threading.Thread(target=accept, daemon=True).start()
        yield
        server.shutdown(socket.SHUT_RDWR)


@contextmanager
def forwarding(folder: Path) -> Iterator[tuple[int, int]]:
    """A forwarder's own port, and the gateway's port that it forwards to."""
    port, node_port = free_port(), free_port()
    with running(forwarder.service("127.0.0.1", port=port, node_port=node_port), folder / "socat.log"):
        yield port, node_port


def exchange(port: int, sent: bytes) -> bytes:
    """What comes back, to the end, after all was sent and the sending half was closed."""
    with socket.create_connection(("127.0.0.1", port), timeout=SECONDS) as connection:
        sender = threading.Thread(target=lambda: (connection.sendall(sent), connection.shutdown(1)))
        sender.start()
        got = b""
        while piece := connection.recv(1 << 16):
            got += piece
        sender.join(SECONDS)
    return got


def test_every_byte_arrives_both_ways(tmp_path: Path) -> None:
    sent = os.urandom(1 << 20).hex().encode()
    with forwarding(tmp_path) as (port, node_port), gateway(node_port):
        assert exchange(port, sent) == sent.upper()


def test_a_slow_stream_holds_nobody_up(tmp_path: Path) -> None:
    with (
        forwarding(tmp_path) as (port, node_port),
        gateway(node_port),
        socket.create_connection(("127.0.0.1", port), timeout=SECONDS) as slow,
    ):
        slow.sendall(b"first ")
        assert slow.recv(100) == b"FIRST "
        assert exchange(port, b"other") == b"OTHER"
        slow.sendall(b"second")
        assert slow.recv(100) == b"SECOND"


def test_a_gateway_that_is_away_ends_one_connection_and_not_the_forwarder(tmp_path: Path) -> None:
    with forwarding(tmp_path) as (port, node_port):
        with contextlib.suppress(ConnectionResetError):
            assert exchange(port, b"") == b""
        with gateway(node_port):
            assert exchange(port, b"back") == b"BACK"


def test_it_listens_on_one_loopback_address_only(tmp_path: Path) -> None:
    with forwarding(tmp_path) as (port, node_port), gateway(node_port):
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.2", port), timeout=SECONDS)
        service = forwarder.service("127.0.0.1", port=port, node_port=node_port)
        assert service.listens == (f"127.0.0.1:{port}",)


def test_a_machine_without_socat_is_told_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(ToolMissing, match="socat is not installed") as caught:
        forwarder.service("10.199.0.2", port=8080)
    assert "apt-get install" in str(caught.value.fix)
