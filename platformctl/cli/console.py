"""The two consoles: data goes to ``out`` (stdout), everything else to ``err`` (stderr)."""

from __future__ import annotations

from rich.console import Console

# soft_wrap keeps a finding or a path on one line in a pipe; highlight is off so that colour means something.
out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)
