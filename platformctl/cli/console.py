"""The two consoles: data goes to ``out`` (stdout), everything else to ``err`` (stderr)."""

from __future__ import annotations

import sys

from rich.console import Console

# A pipe has no width, and rich would take 80 columns and cut the names in a table off.
PIPE_WIDTH = 200

# soft_wrap keeps a finding or a path on one line in a pipe; highlight is off so that colour means something.
out = Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else PIPE_WIDTH)
err = Console(stderr=True, highlight=False, soft_wrap=True)
