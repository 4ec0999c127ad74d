"""Stand-ins for kustomize and Helm that do just enough to show what a build asks of them."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml

from platformctl.build.tools import ToolError


class FakeTools:
    """kustomize that only joins files, and Helm that writes its values into the chart's one template.

    A resource of kind ``Broken`` fails the build, and so does a value ``broken``.
    """

    def __init__(self) -> None:
        self.wrappers: list[dict[str, Any]] = []
        self.helm_calls: list[list[str]] = []

    def kustomize(self, folder: Path) -> str:
        self.wrappers.append(yaml.safe_load((folder / "kustomization.yaml").read_text()))
        return "---\n".join(_joined(folder, folder))

    def helm_template(self, arguments: Sequence[str]) -> str:
        self.helm_calls.append(list(arguments))
        values = yaml.safe_load(Path(arguments[arguments.index("--values") + 1]).read_text()) or {}
        if "broken" in values:
            raise ToolError("Error: broken: true")
        chart = Path(arguments[1])
        template = yaml.safe_load((chart / "templates/all.yaml").read_text())
        template["data"] = {"values": json.dumps(values, sort_keys=True)}
        return f"---\n# Source: {chart.parent.name}/templates/all.yaml\n{yaml.safe_dump(template)}"


def _joined(folder: Path, wrapper: Path) -> Iterator[str]:
    listed = yaml.safe_load((folder / "kustomization.yaml").read_text())
    for name in listed.get("resources", ()):
        resource = Path(os.path.normpath(folder / name))
        if resource.is_dir():
            yield from _joined(resource, wrapper)
            continue
        for item in yaml.safe_load_all(resource.read_text()):
            if item is None:
                continue
            if item["kind"] == "Broken":
                raise ToolError(f"Error: accumulating resources: {name}")
            origin = f"path: {os.path.relpath(resource, wrapper)}\n"
            item["metadata"].setdefault("annotations", {})["config.kubernetes.io/origin"] = origin
            # Literal style, as kustomize writes it.
            text = yaml.safe_dump(item, width=10_000)
            yield text.replace(f"'{origin.strip()}\n\n      '", f"|\n      {origin.strip()}")
