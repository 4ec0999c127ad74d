"""The bootstrap as a list of steps, for a command of its own or as part of a longer job."""

from __future__ import annotations

from platformctl.live.bootstrap.decryption import give_key, has_key
from platformctl.live.bootstrap.install import install
from platformctl.live.bootstrap.patch import is_patched, patch
from platformctl.live.bootstrap.preflight import preflight
from platformctl.live.bootstrap.prove import prove
from platformctl.live.bootstrap.target import Bootstrap
from platformctl.live.bootstrap.wait import wait_until_ready
from platformctl.steps import Step

STEPS: tuple[Step[Bootstrap], ...] = (
    Step("preflight", preflight),
    Step("patch", patch, is_patched),
    Step("key", give_key, has_key),
    Step("flux", install),
    Step("ready", wait_until_ready),
    Step("proof", prove),
)
"""In order. Each may be interrupted, and running all of them again brings the same end."""
