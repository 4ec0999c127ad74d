"""The files of a new platform repository."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from platformctl.errors import ConfigError
from platformctl.platform import FILE_NAME, Platform, parse
from platformctl.render import packaged
from platformctl.render.templates import Templates
from platformctl.render.writing import difference, write

# What a new repository has when it is cloned from a server: none of it is in our way.
_BESIDE = re.compile(
    r"\.git|\.gitignore|\.gitattributes|\.editorconfig|(README|LICEN[CS]E|COPYING)(\..*)?", re.I
)
# What building and testing leave beside the sources in a checkout.
NOT_SOURCE = shutil.ignore_patterns("node_modules", "dist", "__pycache__", ".*_cache", "*.egg-info", ".venv")


@dataclass(frozen=True)
class Answers:
    """What a new platform.yaml needs to know; the first model is the default one.

    Attributes:
        email, dns_project: of a cluster that exists with gateway: istio.
        recipients: of a cluster that exists with a login.
    """

    name: str = "chat"
    cluster: str = "service"
    target: str = "embedded"
    domain: str = "chat.localhost"
    git_url: str = "https://git.example.com/platform.git"
    branch: str = "main"
    registry: str = "ghcr.io/platformctl"
    models: Sequence[str] = ("gemma3:270m",)
    storage_class: str = "local-path"
    size: str = "2Gi"
    gateway: str = "traefik"
    login: str = "none"
    email: str = ""
    dns_project: str = ""
    recipients: Sequence[str] = ()


def described(answers: Answers) -> tuple[str, Platform]:
    """The text of platform.yaml, and what it says. Pure.

    Raises:
        PlatformFileError: the answers do not make a platform.
    """
    text = Templates(packaged.folder("templates")).text(FILE_NAME, **vars(answers))
    return text, parse(text)


def start(folder: Path, answers: Answers) -> Platform:
    """Write platform.yaml, its components, and what render makes of it: all of it, or nothing.

    Raises:
        ConfigError: the folder holds something already; nothing is written.
        PlatformFileError: the answers do not make a platform; nothing is written.
    """
    _is_free(folder)
    text, platform = described(answers)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / FILE_NAME).write_text(text, encoding="utf-8")
        # An embedded cluster builds our images, so it needs their sources as well.
        embedded = any(cluster.embedded for cluster in platform.clusters.values())
        for component in (component for component in platform.components if not component.chart):
            part = Path(component.name) if embedded else Path(component.name) / "chart"
            source, target = packaged.folder("components") / part, folder / "components" / part
            shutil.copytree(source, target, ignore=NOT_SOURCE)
        write(folder, difference(folder, platform).changes)
    except BaseException:
        # Half a platform would be in the way of the next try.
        (folder / FILE_NAME).unlink(missing_ok=True)
        for name in ("components", "clusters"):
            shutil.rmtree(folder / name, ignore_errors=True)
        raise
    return platform


def _is_free(folder: Path) -> None:
    nearest = next(path for path in (folder, *folder.absolute().parents) if os.path.lexists(path))
    if not nearest.is_dir():
        raise ConfigError(f"{nearest} is not a folder", fix="give another folder")
    if folder == nearest:
        others = sorted(path.name for path in folder.iterdir() if not _BESIDE.fullmatch(path.name))
        if others:
            shown = ", ".join(others[:3]) + (", ..." if len(others) > 3 else "")
            raise ConfigError(f"{folder} is not empty: {shown}", fix="give a folder that does not exist yet")
