"""Every program that the embedded cluster runs: fetched or built from packages, pinned in one lock file."""

from platformctl.local.toolchain.lock import Lock, Part
from platformctl.local.toolchain.needs import Need
from platformctl.local.toolchain.toolchain import Toolchain

__all__ = ["Lock", "Need", "Part", "Toolchain"]
