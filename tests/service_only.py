"""Our own platform.yaml with its first cluster alone, for tests that break it in one place."""

from __future__ import annotations

from pathlib import Path

from platformctl.platform import load
from platformctl.render import difference, write

ROOT = Path(__file__).resolve().parent.parent


def put_into(folder: Path) -> None:
    """Write platform.yaml, and what is rendered from it."""
    text = (ROOT / "platform.yaml").read_text(encoding="utf-8").partition("\n  local:\n")[0] + "\n"
    (folder / "platform.yaml").write_text(text, encoding="utf-8")
    platform = load(folder)
    assert list(platform.clusters) == ["service"]
    write(folder, difference(folder, platform).changes)
