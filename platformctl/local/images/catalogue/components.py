"""Images of the components that serve the chat, and of those that other clusters bring along."""

from __future__ import annotations

from platformctl.local.images.catalogue.making import DEBIAN, PATH, Binaries, containerfile, program
from platformctl.local.images.image import Image, Runtime


def images(toolchain: Binaries) -> list[Image]:
    return [
        program(
            toolchain,
            "registry.k8s.io/metrics-server/metrics-server:v0.9.0",
            "metrics-server",
            "/metrics-server",
            Runtime(("/metrics-server",), user="65534"),
        ),
        program(
            toolchain,
            "docker.io/rancher/local-path-provisioner:v0.0.30",
            "local-path-provisioner",
            "/usr/bin/local-path-provisioner",
            Runtime(command=("local-path-provisioner",), environment={"PATH": PATH}),
        ),
        containerfile("docker.io/library/busybox:1.35", "busybox"),
        program(
            toolchain,
            "docker.io/library/traefik:v3.6.12",
            "traefik",
            "/usr/local/bin/traefik",
            Runtime(("/usr/local/bin/traefik",), environment={"PATH": PATH}, ports=("80/tcp",)),
            # The chart starts it by a shell, which the production image has.
            base=DEBIAN,
        ),
        program(
            toolchain,
            "docker.io/ollama/ollama:0.17.4",
            "ollama",
            "/usr/bin/ollama",
            Runtime(
                ("/bin/ollama",),
                ("serve",),
                environment={"PATH": PATH, "OLLAMA_HOST": "0.0.0.0:11434"},
                ports=("11434/tcp",),
            ),
            base=DEBIAN,
        ),
    ]
