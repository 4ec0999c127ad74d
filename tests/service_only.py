"""Our own platform.yaml with cluster `service` alone, for tests that break it in one place."""

from __future__ import annotations

from pathlib import Path

from platformctl.platform import load
from platformctl.render import difference, write

ROOT = Path(__file__).resolve().parent.parent


def text() -> str:
    """Our platform.yaml without its other clusters."""
    whole = (ROOT / "platform.yaml").read_text(encoding="utf-8")
    head, _, clusters = whole.partition("clusters:\n")
    return f"{head}clusters:\n{clusters[clusters.index('  service:') :]}"


def put_into(folder: Path) -> None:
    """Write platform.yaml, and what is rendered from it."""
    (folder / "platform.yaml").write_text(text(), encoding="utf-8")
    platform = load(folder)
    assert list(platform.clusters) == ["service"]
    write(folder, difference(folder, platform).changes)
