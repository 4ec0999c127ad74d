"""Makes the manifests that the flux command embeds.

Its module leaves them out: its releases generate them from those of its controllers, which are fetched over
the network. Here they come from the controllers' modules, so that they name the versions that run.
"""

from __future__ import annotations

import io
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from platformctl.local.toolchain.golang import copy_tree, module_folder
from platformctl.local.toolchain.lock import GoModule, ManifestsPart
from platformctl.local.toolchain.workshop import Workshop

_KUSTOMIZATION = "kustomization.yaml"


def build_manifests(part: ManifestsPart, into: Path, workshop: Workshop) -> None:
    """One file for each controller, one for the roles, one for the network policies."""
    log = workshop.log(part)
    scratch = into / "scratch"
    ours = scratch / "flux"
    copy_tree(module_folder(part, workshop, log) / "manifests", ours)

    def kustomize(folder: Path, output: Path) -> None:
        workshop.processes.run(
            [workshop.binary("kubectl"), "kustomize", folder],
            cwd=scratch,
            log=log,
            output=output,
            what=f"building the manifests of {folder.name}",
        )

    for controller in part.controllers:
        name = controller.module.rpartition("/")[2]
        config = scratch / name
        copy_tree(module_folder(controller, workshop, log) / "config", config)
        _name_image(config / "manager" / _KUSTOMIZATION, f"{part.registry}/{name}", controller)
        base = ours / "bases" / name
        kustomize(config / "crd", base / "crds.yaml")
        kustomize(config / "manager", base / "deployment.yaml")
        _edit(base / _KUSTOMIZATION, _take_local_files)
        kustomize(base, into / f"{name}.yaml")
    for name in ("rbac", "policies"):
        kustomize(ours / name, into / f"{name}.yaml")
    shutil.rmtree(scratch)


def _name_image(kustomization: Path, image: str, controller: GoModule) -> None:
    def edit(document: Any) -> None:
        for entry in document["images"]:
            entry["newName"] = image
            entry["newTag"] = controller.version

    _edit(kustomization, edit)


def _take_local_files(document: Any) -> None:
    """``https://.../source-controller.crds.yaml`` becomes ``crds.yaml``."""
    document["resources"] = [
        ".".join(resource.rsplit(".", 2)[1:]) if "://" in resource else resource
        for resource in document["resources"]
    ]


def _edit(path: Path, change: Callable[[Any], None]) -> None:
    yaml = YAML()
    document = yaml.load(path.read_text())
    change(document)
    text = io.StringIO()
    yaml.dump(document, text)
    path.write_text(text.getvalue())
