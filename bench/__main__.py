"""Runs every benchmark; each prints ratios."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# Module and the folder it runs in: a component's benchmark lives in the component.
BENCHMARKS = (("benchmarks.overhead", ROOT / "components/chatbot-api"),)


def main() -> int:
    ended = [subprocess.run([sys.executable, "-m", module], cwd=folder) for module, folder in BENCHMARKS]
    return max(run.returncode for run in ended)


if __name__ == "__main__":
    sys.exit(main())
