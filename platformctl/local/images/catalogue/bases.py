"""Images that our own ones, and some of the stand-ins, are built on."""

from __future__ import annotations

from pathlib import Path

from platformctl.errors import ToolMissing
from platformctl.local.images.catalogue.making import DEBIAN, PATH, Binaries, containerfile
from platformctl.local.images.image import Image, Runtime
from platformctl.local.images.layer import Entry, File, Link, tree
from platformctl.local.images.name import ImageName
from platformctl.local.images.packed import DebianBase, Packed


def images(toolchain: Binaries) -> list[Image]:
    return [
        Image(DEBIAN, DebianBase()),
        containerfile("docker.io/library/python:3.11-slim", "python"),
        containerfile("docker.io/nginxinc/nginx-unprivileged:1.22", "nginx"),
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
