"""Images of every embedded cluster, whatever runs on it."""

from __future__ import annotations

from platformctl.local.images.catalogue.making import PATH, Binaries, program
from platformctl.local.images.image import Image, Runtime

# struct vfs_cap_data, revision 2, effective, CAP_NET_BIND_SERVICE (10) permitted.
_NET_BIND_SERVICE = bytes.fromhex("0100000200040000000000000000000000000000")


def images(toolchain: Binaries) -> list[Image]:
    """What the node runs itself, and Flux."""
    return [
        program(
            toolchain,
            "registry.k8s.io/pause:3.10",
            "pause",
            "/pause",
            Runtime(("/pause",), user="65535:65535"),
        ),
        program(
            toolchain,
            "registry.k8s.io/coredns/coredns:v1.12.4",
            "coredns",
            "/coredns",
            Runtime(("/coredns",), user="65532:65532", workdir="/", ports=("53/tcp", "53/udp")),
            # Port 53 without root, also under `allowPrivilegeEscalation: false`.
            capabilities=_NET_BIND_SERVICE,
        ),
        *_flux(toolchain),
    ]


def _flux(toolchain: Binaries) -> list[Image]:
    return [
        program(
            toolchain,
            f"ghcr.io/fluxcd/{name}:{version}",
            name,
            f"/usr/local/bin/{name}",
            Runtime((name,), user="65534:65534", environment={"PATH": PATH}),
        )
        for name, version in (
            ("source-controller", "v1.7.3"),
            ("kustomize-controller", "v1.7.2"),
            ("helm-controller", "v1.4.3"),
            ("notification-controller", "v1.6.0"),
        )
    ]
