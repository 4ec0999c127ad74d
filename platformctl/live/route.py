"""The way to a platform's hosts: one address for all of them, whatever their names resolve to."""

from __future__ import annotations

import socket
import ssl
from pathlib import Path
from urllib.parse import urlsplit

import httpx

LOOPBACK = "127.0.0.1"


class Route(httpx.BaseTransport):
    """Connects every host to one address. ``Host``, SNI and the certificate's check keep the host's name.

    No connection serves two hosts, as none does in a browser that speaks HTTP/1.1.
    """

    def __init__(self, address: str, context: ssl.SSLContext, *, http2: bool = False) -> None:
        """
        Args:
            address: IPv4 address; the port is the URL's.
            context: whom to trust.
            http2: offer HTTP/2 beside HTTP/1.1; needs the package h2.
        """
        self._address = address
        self._context = context
        self._http2 = http2
        self._by_host: dict[str, httpx.HTTPTransport] = {}

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        host = request.url.host
        if host not in self._by_host:
            self._by_host[host] = httpx.HTTPTransport(verify=self._context, http2=self._http2)
        routed = httpx.Request(
            request.method,
            request.url.copy_with(host=self._address),
            headers=request.headers,
            stream=request.stream,
            extensions={**request.extensions, "sni_hostname": host},
        )
        return self._by_host[host].handle_request(routed)

    def close(self) -> None:
        for transport in self._by_host.values():
            transport.close()


def trusting(authorities: Path | None = None) -> ssl.SSLContext:
    """TLS that trusts the machine's authorities, and those of a PEM file."""
    context = ssl.create_default_context()
    if authorities is not None:
        context.load_verify_locations(cafile=authorities)
    return context


def client(
    url: str,
    *,
    address: str | None = None,
    authorities: Path | None = None,
    timeout_seconds: float = 30.0,
) -> httpx.Client:
    """A client for a platform.

    Args:
        url: its base, for example ``http://chat.localhost:8080``.
        address: the IPv4 address to connect to. None: what the name resolves to. Names under ``localhost``
            are loopback for browsers (RFC 6761), but the C library resolves only those in /etc/hosts; so for
            them None means loopback.
        authorities: a PEM file with certificate authorities to trust beside the machine's.
        timeout_seconds: for each silence.
    """
    if address is None and _is_localhost(urlsplit(url).hostname):
        address = LOOPBACK
    context = trusting(authorities)
    transport = Route(address, context) if address else httpx.HTTPTransport(verify=context)
    return httpx.Client(base_url=url, transport=transport, timeout=timeout_seconds, trust_env=False)


def leads_to(url: str, address: str) -> bool:
    """Whether the name in the URL brings a browser on this machine to the IPv4 address."""
    host = urlsplit(url).hostname or ""
    if _is_localhost(host):
        return address == LOOPBACK
    try:
        found = socket.getaddrinfo(host, None, socket.AF_INET, socket.SOCK_STREAM)
    except OSError:
        return False
    return address in {str(one[4][0]) for one in found}


def _is_localhost(host: str | None) -> bool:
    return host is not None and (host == "localhost" or host.endswith(".localhost"))
