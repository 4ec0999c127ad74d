"""The files of a new platform repository."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from platformctl.errors import ConfigError
from platformctl.platform import FILE_NAME, Platform, parse
from platformctl.render import packaged
from platformctl.render.templates import Templates
from platformctl.render.writing import difference, write

# What building and testing leave beside the sources in a checkout.
NOT_SOURCE = shutil.ignore_patterns("node_modules", "dist", "__pycache__", ".*_cache", "*.egg-info", ".venv")


@dataclass(frozen=True)
class Answers:
    """What a new platform.yaml needs to know; the first model is the default one."""

    name: str = "chat"
    cluster: str = "service"
    target: str = "embedded"
    domain: str = "chat.localhost"
    git_url: str = "https://git.example.com/platform.git"
    registry: str = "ghcr.io/platformctl"
    models: Sequence[str] = ("gemma3:270m",)
    storage_class: str = "local-path"
    size: str = "2Gi"


def start(folder: Path, answers: Answers) -> Platform:
    """Write platform.yaml, its components, and what render makes of it.

    Raises:
        ConfigError: the folder holds something already; nothing is written.
        PlatformFileError: the answers do not make a platform; nothing is written.
    """
    if folder.is_file() or (folder.is_dir() and any(folder.iterdir())):
        raise ConfigError(f"{folder} is not empty", fix="give a folder that does not exist yet")
    text = Templates(packaged.folder("templates")).text(FILE_NAME, **vars(answers))
    platform = parse(text)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / FILE_NAME).write_text(text, encoding="utf-8")
    # An embedded cluster builds our images, so it needs their sources as well.
    embedded = any(cluster.embedded for cluster in platform.clusters.values())
    for component in platform.components:
        part = Path(component.name) if embedded else Path(component.name) / "chart"
        shutil.copytree(packaged.folder("components") / part, folder / "components" / part, ignore=NOT_SOURCE)
    write(folder, difference(folder, platform).changes)
    return platform
