"""What the shell offers at Tab. Must be fast and must never fail: what is wrong is said by the command."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

from platformctl.cli.folder import CLUSTERS, FILE_NAME, root_of


def clusters(context: typer.Context, incomplete: str) -> list[str]:
    """The clusters of platform.yaml, or else the folders of ``clusters/``."""
    names: list[str] = []
    with _quietly():
        names = list(_declared(context).get("clusters") or {})
    if not names:
        with _quietly():
            root = _root(context)
            names = [each.name for each in sorted((root / CLUSTERS).iterdir()) if each.is_dir()]
            names = [name for name in names if name != "base"]
    return [name for name in names if name.startswith(incomplete)]


def models(context: typer.Context, incomplete: str) -> list[str]:
    """The models of platform.yaml."""
    names: list[str] = []
    with _quietly():
        names = [str(name) for name in _declared(context).get("models") or {}]
    return [name for name in names if name.startswith(incomplete)]


def secrets(context: typer.Context, incomplete: str) -> list[str]:
    """The Secrets that some component of the platform reads."""
    names: list[str] = []
    with _quietly():
        from platformctl.platform import load

        clusters = load(_root(context)).clusters.values()
        names = sorted({secret.name for cluster in clusters for secret in cluster.secrets})
    return [name for name in names if name.startswith(incomplete)]


def contexts(context: typer.Context, incomplete: str) -> list[str]:
    """The contexts of the kubeconfig."""
    names: list[str] = []
    with _quietly():
        from platformctl.live.kubeconfig import Kubeconfig

        given = context.params.get("kubeconfig")
        names = list(Kubeconfig.read(Path(given) if given else None).servers)
    return [name for name in names if name.startswith(incomplete)]


def _declared(context: typer.Context) -> dict[str, Any]:
    import yaml

    data = yaml.safe_load((_root(context) / FILE_NAME).read_text(encoding="utf-8"))
    return data if isinstance(data, dict) else {}


def _root(context: typer.Context) -> Path:
    above = context.find_root().params.get("directory") or Path()
    folder = Path(above) / (context.params.get("folder") or Path())
    return root_of(folder) or folder


@contextlib.contextmanager
def _quietly() -> Iterator[None]:
    with contextlib.suppress(Exception):
        yield
