"""The command line as a whole."""

from __future__ import annotations

import subprocess
import sys


def test_only_commands_that_need_a_cluster_load_what_talks_to_one() -> None:
    asked = "import sys; import platformctl.cli.app; print('kr8s' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
