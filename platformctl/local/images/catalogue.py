"""Every third-party image of the embedded cluster: its production name and what stands in for it.

Binaries come from the toolchain (built from the projects' own modules), everything else from Debian packages.
User, entrypoint and paths follow the production images, so that the manifests need not know the difference.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Protocol

from platformctl.errors import ConfigError, ToolMissing
from platformctl.local.images import machine
from platformctl.local.images.containerfile import Built
from platformctl.local.images.image import Image, Runtime
from platformctl.local.images.layer import Entry, File, Folder, Link, tree
from platformctl.local.images.model import OllamaModel, model_name
from platformctl.local.images.name import ImageName
from platformctl.local.images.packed import DebianBase, Packed

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
DEBIAN = ImageName.parse("docker.io/library/debian:bookworm-slim")
_CONTAINERFILES = Path(__file__).parent / "containerfiles"

# Models that packages have: the name, and the toolchain's folder with the weights.
_MODELS = {"gemma3:270m": "gemma3-270m"}

# struct vfs_cap_data, revision 2, effective, CAP_NET_BIND_SERVICE (10) permitted.
_NET_BIND_SERVICE = bytes.fromhex("0100000200040000000000000000000000000000")


class Binaries(Protocol):
    """The part of the toolchain that images are made of."""

    def binary(self, name: str) -> Path:
        """A program; ToolMissing while it is not built."""

    def folder(self, name: str) -> Path:
        """A folder of files; ToolMissing while it is not there."""


def of_every_cluster(toolchain: Binaries) -> list[Image]:
    """What runs on an embedded cluster whatever its components are."""
    return [*_of_the_node(toolchain), *_of_flux(toolchain)]


def of_some_clusters(toolchain: Binaries) -> list[Image]:
    """What components run, and what images are built on; the slowest, on which others wait, first."""
    return [Image(DEBIAN, DebianBase()), *_of_components(toolchain), *_bases_of_ours(toolchain)]


def _of_the_node(toolchain: Binaries) -> list[Image]:
    return [
        _program(
            toolchain,
            "registry.k8s.io/pause:3.10",
            "pause",
            "/pause",
            Runtime(("/pause",), user="65535:65535"),
        ),
        _program(
            toolchain,
            "registry.k8s.io/coredns/coredns:v1.12.4",
            "coredns",
            "/coredns",
            Runtime(("/coredns",), user="65532:65532", workdir="/", ports=("53/tcp", "53/udp")),
            # Port 53 without root, also under `allowPrivilegeEscalation: false`.
            capabilities=_NET_BIND_SERVICE,
        ),
    ]


def _of_flux(toolchain: Binaries) -> list[Image]:
    return [
        _program(
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


def _of_components(toolchain: Binaries) -> list[Image]:
    return [
        _program(
            toolchain,
            "registry.k8s.io/metrics-server/metrics-server:v0.9.0",
            "metrics-server",
            "/metrics-server",
            Runtime(("/metrics-server",), user="65534"),
        ),
        _program(
            toolchain,
            "docker.io/rancher/local-path-provisioner:v0.0.30",
            "local-path-provisioner",
            "/usr/bin/local-path-provisioner",
            Runtime(command=("local-path-provisioner",), environment={"PATH": PATH}),
        ),
        _containerfile("docker.io/library/busybox:1.35", "busybox"),
        _program(
            toolchain,
            "docker.io/library/traefik:v3.6.12",
            "traefik",
            "/usr/local/bin/traefik",
            Runtime(("/usr/local/bin/traefik",), environment={"PATH": PATH}, ports=("80/tcp",)),
            # The chart starts it by a shell, which the production image has.
            base=DEBIAN,
        ),
        _program(
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


def _bases_of_ours(toolchain: Binaries) -> list[Image]:
    return [
        _containerfile("docker.io/library/python:3.11-slim", "python"),
        _containerfile("docker.io/nginxinc/nginx-unprivileged:1.22", "nginx"),
        Image(
            ImageName.parse("docker.io/library/node:24-slim"),
            Packed(
                lambda: _node(toolchain.folder("node-home")),
                Runtime(command=("node",), environment={"PATH": PATH}),
                DEBIAN,
                frozenset({"node-home"}),
            ),
        ),
    ]


def own(contexts: Mapping[str, Path]) -> list[Image]:
    """Images from our own Containerfiles.

    Args:
        contexts: the full image name and the folder with its Containerfile.
    """
    return [
        Image(ImageName.parse(name), Built(context, context / "Containerfile"))
        for name, context in contexts.items()
    ]


def models(toolchain: Binaries, names: Sequence[str]) -> list[Image]:
    """The models of that list, from packages.

    Raises:
        ConfigError: a model that no package has.
    """
    unknown = [name for name in names if name not in _MODELS]
    if unknown:
        raise ConfigError(
            f"the embedded cluster has no model {unknown[0]}; it has {', '.join(_MODELS)}",
            fix="choose one of those, or run the platform on a cluster that reaches Ollama's registry",
        )
    return [
        Image(
            model_name(name),
            OllamaModel(
                Path(__file__).parent / "models" / f"{_MODELS[name]}.Modelfile",
                partial(toolchain.folder, _MODELS[name]),
                partial(toolchain.binary, "ollama"),
                frozenset({_MODELS[name], "ollama"}),
            ),
        )
        for name in names
    ]


def _program(
    toolchain: Binaries,
    name: str,
    tool: str,
    target: str,
    runtime: Runtime,
    *,
    base: ImageName | None = None,
    capabilities: bytes = b"",
) -> Image:
    """One program, the machine's certificate authorities and a /tmp."""

    def files() -> list[Entry]:
        program = File(target, toolchain.binary(tool), 0o755, capabilities=capabilities)
        bundle = machine.authorities()
        trusted = [File("/etc/ssl/certs/ca-certificates.crt", bundle)] if bundle else []
        return [program, *trusted, Folder("/tmp", 0o1777)]

    return Image(ImageName.parse(name), Packed(files, runtime, base, frozenset({tool})))


def _containerfile(name: str, folder: str) -> Image:
    context = _CONTAINERFILES / folder
    return Image(ImageName.parse(name), Built(context, context / "Containerfile"))


def _node(wheel: Path) -> list[Entry]:
    """Node.js and npm from the unpacked wheel, where the production image has them."""
    program = next(wheel.rglob("bin/node"), None)
    if program is None:
        raise ToolMissing(f"{wheel} holds no bin/node")
    modules = program.parents[1] / "lib/node_modules"
    entries = {entry.target: entry for entry in tree(modules, "/usr/local/lib/node_modules")}
    for name in ("npm", "npx"):
        script = f"lib/node_modules/npm/bin/{name}-cli.js"
        # A wheel need not keep the executable bit.
        entries[f"/usr/local/{script}"] = File(f"/usr/local/{script}", modules.parents[1] / script, 0o755)
        entries[name] = Link(f"/usr/local/bin/{name}", f"../{script}")
    return [File("/usr/local/bin/node", program, 0o755), *entries.values()]
