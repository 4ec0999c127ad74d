"""Child processes that end with us, however we end: the kernel tells them, so a kill -9 is no exception."""

from __future__ import annotations

import shutil
from typing import Literal


def ends_with_us(signal: Literal["TERM", "KILL"] = "TERM") -> tuple[str, ...]:
    """Words to put before a command that must not outlive us.

    It gets the signal when the thread that started it ends, so that thread must wait for it. What it starts
    itself gets none: `ends_with_all_it_starts`.
    """
    setpriv = shutil.which("setpriv")
    return (setpriv, "--pdeathsig", signal, "--") if setpriv else ()


def ends_with_all_it_starts() -> tuple[str, ...]:
    """Words to put before a command of which no descendant and no mount may outlive it or us; needs root.

    It is the first process of a process namespace: when that one ends, the kernel kills all others.
    """
    # unshare ignores TERM while it waits for its child, and hands on its own end as KILL only.
    return (
        *ends_with_us("KILL"),
        *("unshare", "--mount", "--propagation=private", "--pid", "--fork", "--kill-child", "--mount-proc"),
    )
