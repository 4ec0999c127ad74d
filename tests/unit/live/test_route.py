"""The way to a platform's hosts: where it connects to, and what it says there."""

from __future__ import annotations

import datetime
import socket
import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from platformctl.live.route import client, leads_to


class Server(ThreadingHTTPServer):
    """Keeps what it was called, by ``Host`` and by SNI, and how many connections it had."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.hosts: list[str] = []
        self.names: list[str | None] = []

    def url(self, host: str, scheme: str = "http") -> str:
        return f"{scheme}://{host}:{self.server_address[1]}"


class Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: Any) -> None:
        pass

    def do_GET(self) -> None:
        self.server.hosts.append(self.headers["Host"])
        self.send_response(200)
        self.send_header("Content-Length", "0")
        if self.path == "/session":
            self.send_header("Set-Cookie", "session=1; Domain=chat.localhost; Path=/; Secure")
        self.send_header("X-Cookie", self.headers.get("Cookie", ""))
        self.end_headers()


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def resolver(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The names that the machine resolves, numbers aside."""
    names: dict[str, str] = {}
    real = socket.getaddrinfo

    def resolve(host: str | bytes, *more: Any, **settings: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host
        if name in names or name.replace(".", "").isdigit():
            return real(names.get(name, name), *more, **settings)
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    return names


@pytest.fixture
def authority(server: Server, tmp_path: Path) -> Path:
    """Lets the server speak TLS as ``*.chat.localhost``; the file with the authority that says so."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("*.chat.localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
        .public_bytes(serialization.Encoding.PEM)
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (tmp_path / "both.pem").write_bytes(private + certificate)
    (tmp_path / "ca.crt").write_bytes(certificate)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "both.pem")
    context.sni_callback = lambda _socket, name, _context: server.names.append(name)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    return tmp_path / "ca.crt"


@pytest.mark.usefixtures("resolver")
def test_a_name_that_nobody_resolves_is_said_to_a_known_address(server: Server) -> None:
    url = server.url("chat.example.com")

    assert client(url, address="127.0.0.1").get("/").status_code == 200
    assert server.hosts == [url.removeprefix("http://")]
    with pytest.raises(httpx.ConnectError):
        client(url).get("/")


@pytest.mark.usefixtures("resolver")
@pytest.mark.parametrize("host", ["chat.localhost", "localhost"])
def test_names_under_localhost_are_loopback(server: Server, host: str) -> None:
    assert client(server.url(host)).get("/").status_code == 200
    assert server.hosts == [server.url(host).removeprefix("http://")]


def test_tls_is_with_the_name_and_not_with_the_address(server: Server, authority: Path) -> None:
    app, api = server.url("app.chat.localhost", "https"), server.url("api.chat.localhost", "https")
    with client(app, authorities=authority) as browser:
        browser.get("/session")
        # Another host is another connection, and the parent domain's cookie goes with it.
        assert browser.get(f"{api}/").headers["X-Cookie"] == "session=1"
        assert browser.get("/").status_code == 200
    assert server.names == ["app.chat.localhost", "api.chat.localhost"]
    with pytest.raises(httpx.ConnectError, match="certificate"):
        client(server.url("elsewhere.localhost", "https"), authorities=authority).get("/")
    with pytest.raises(httpx.ConnectError, match="certificate"):
        client(app).get("/")


def test_whether_a_name_leads_to_an_address(resolver: dict[str, str]) -> None:
    resolver |= {"here.example.com": "127.0.0.1", "elsewhere.example.com": "192.0.2.1"}

    led = {
        host: leads_to(f"http://{host}:8080", "127.0.0.1")
        for host in ("chat.localhost", "here.example.com", "elsewhere.example.com", "nowhere.example.com")
    }
    assert [host for host, here in led.items() if here] == ["chat.localhost", "here.example.com"]
