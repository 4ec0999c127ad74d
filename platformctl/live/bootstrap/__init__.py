"""Flux on any cluster, so that submodules arrive and stay: look first, install, wait, prove."""

from platformctl.live.bootstrap.problems import PreflightFailed, Problem
from platformctl.live.bootstrap.steps import STEPS
from platformctl.live.bootstrap.target import COMPONENTS, Bootstrap, Decryption, Settings, opened

__all__ = [
    "COMPONENTS",
    "STEPS",
    "Bootstrap",
    "Decryption",
    "PreflightFailed",
    "Problem",
    "Settings",
    "opened",
]
