"""Certificates are renewed before they end, and names are written to a real DNS server and kept there."""

from __future__ import annotations

import json
import socket
import subprocess
from collections.abc import Iterator

import pytest

from platformctl.live.route import LOOPBACK, trusting
from platformctl.platform.embedded import NODE_ADDRESS
from tests.e2e.running import RunningPlatform, eventually

CERTIFICATE = ("-n", "istio-ingress", "certificate", "platform-tls")
IN_THE_SERVER = ("exec", "-i", "-n", "dns", "deployment/dns", "--")


def serial_that_is_served(platform: RunningPlatform, host: str) -> str:
    """The serial number of the certificate that a browser gets, trusted by the cluster's own authority."""
    context = trusting(platform.embedded.authorities)
    port = platform.embedded.cluster.port
    with (
        socket.create_connection((LOOPBACK, port), timeout=10) as plain,
        context.wrap_socket(plain, server_hostname=host) as secure,
    ):
        found = secure.getpeercert()
    assert found
    return str(found["serialNumber"])


@pytest.fixture
def ends_soon(platform: RunningPlatform) -> Iterator[None]:
    """Certificates live an hour, and are renewed 20 seconds after they were issued."""
    release = ("-n", "istio-ingress", "helmrelease", "certificates", "--type=merge")
    spec = platform.get(*CERTIFICATE)["spec"]
    before = {name: spec[name] for name in ("duration", "renewBefore")}

    def change(times: dict[str, str]) -> None:
        platform.kubectl("patch", *CERTIFICATE, "--type=merge", "-p", json.dumps({"spec": times}))

    platform.kubectl("patch", *release, "-p", '{"spec": {"suspend": true}}')
    try:
        change({"duration": "1h0m0s", "renewBefore": "59m40s"})
        yield
    finally:
        change(before)
        platform.kubectl("patch", *release, "-p", '{"spec": {"suspend": false}}')


@pytest.mark.usefixtures("ends_soon")
def test_a_certificate_is_renewed_before_it_ends_and_served_at_once(platform: RunningPlatform) -> None:
    host = platform.embedded.cluster.host
    first = serial_that_is_served(platform, host)
    second = eventually(
        "another certificate",
        lambda: (found := serial_that_is_served(platform, host)) != first and found,
        seconds=90,
    )
    # Not only because its settings were changed: the next one is the clock's doing.
    eventually(
        "one more",
        lambda: (found := serial_that_is_served(platform, host)) not in (first, second) and found,
        seconds=90,
    )


def resolved(platform: RunningPlatform, *server: str) -> dict[str, str]:
    """The address of each host, asked from within the DNS server's pod; "" where there is none."""
    hosts = platform.embedded.cluster.hosts
    return {host: platform.kubectl(*IN_THE_SERVER, "dig", "+short", *server, host).strip() for host in hosts}


SERVER = ("-p", "5353", "@127.0.0.1")


def test_every_host_is_known_to_the_server_and_to_every_pod(platform: RunningPlatform) -> None:
    everywhere = dict.fromkeys(platform.embedded.cluster.hosts, NODE_ADDRESS)
    assert resolved(platform, *SERVER) == everywhere
    assert resolved(platform) == everywhere  # by the cluster's own DNS, as every pod asks


def test_a_record_that_somebody_removed_comes_back(platform: RunningPlatform) -> None:
    host = platform.embedded.cluster.host
    remove = f"server 127.0.0.1 5353\nupdate delete {host} A\nsend\n"
    platform.kubectl(*IN_THE_SERVER, "nsupdate", "-k", "/run/named/tsig.conf", given=remove)
    eventually("the record", lambda: resolved(platform, *SERVER)[host] == NODE_ADDRESS, seconds=60)


def test_nobody_writes_a_record_without_the_key(platform: RunningPlatform) -> None:
    add = "server 127.0.0.1 5353\nupdate add evil.chat.localhost 60 A 192.0.2.1\nsend\n"
    with pytest.raises(subprocess.CalledProcessError) as refused:
        platform.kubectl(*IN_THE_SERVER, "nsupdate", given=add)
    assert "REFUSED" in refused.value.stderr
